/* SPDX-License-Identifier: MIT */
/**
 * events.log: what happened to containers, images, networks and volumes, one JSON object a line in
 * Docker's shape of an event. Every command and monitor appends what it did; nobody has to run.
 */
#ifndef WCOW_ENGINE_HOST_EVENT_LOG_H
#define WCOW_ENGINE_HOST_EVENT_LOG_H

#include <stddef.h>

#include "engine/host/host.h"

/** A file that has grown to this is put aside as events.log.1, in the place of the one before. */
#define EVENT_LOG_LIMIT (UINT64_C(4) * 1024 * 1024)
/** No line is longer; who reads one that is takes it for damaged. */
#define EVENT_LINE_LIMIT (size_t)(64 * 1024)

/** What Docker calls an attribute of the actor. A NULL value: there is none. */
typedef struct event_attribute {
    const char *name;
    const char *value;
} event_attribute;

/**
 * Notes that something happened. It cannot fail its caller: what he has done is done, whether it
 * can be noted or not. Texts that are no UTF-8 are mended; attributes that do not fit into a line
 * are left out.
 *
 * @param type    "container", "image", "network", "volume", "daemon"
 * @param action  Docker's: "start", "exec_create: cmd /c ver"
 * @param id      of what it happened to; of an image, as Docker does, perhaps its name
 */
void event_note(wcow_host *host, const char *type, const char *action, const char *id,
                const event_attribute *attributes, size_t count);

#endif
