/* SPDX-License-Identifier: MIT */
/** What happens to an image, as events.log has it. */
#ifndef WCOW_ENGINE_IMAGE_IMAGE_EVENT_H
#define WCOW_ENGINE_IMAGE_IMAGE_EVENT_H

#include "engine/host/event_log.h"
#include "oci/reference.h"

/**
 * As event_note(): it cannot fail its caller. The labels of the image are told where it is in the
 * store.
 *
 * @param id    "sha256:…", or, of a pull and a push, its name and tag
 * @param name  what Docker calls the name there
 */
void image_event(wcow_host *host, const char *action, const char *id, const char *name);

/** "pull" and "push", which Docker tells of a name and tag. */
void image_event_of(wcow_host *host, const char *action, const image_reference *reference);

/** "tag"; of no name, nothing. */
void image_event_tag(wcow_host *host, const char *id, const image_reference *name);

/** "prune", once for all that it removed. */
void image_event_prune(wcow_host *host, uint64_t reclaimed);

#endif
