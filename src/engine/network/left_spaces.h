/* SPDX-License-Identifier: MIT */
/**
 * networks/namespaces.json: ids of network namespaces that were ours and that HNS would not delete,
 * because a container is in them or HNS believes so (runtime/release.h). Their containers go on
 * without them, or are gone; each is tried again when the end of one that was in it is recorded, by
 * its monitor or by who finds that dead, which may have been the last one inside, and all of them
 * by prune and doctor. A file that is
 * damaged is put aside as namespaces.json.damaged, and counts as an empty one.
 */
#ifndef WCOW_ENGINE_NETWORK_LEFT_SPACES_H
#define WCOW_ENGINE_NETWORK_LEFT_SPACES_H

#include "engine/host/host.h"

/**
 * Takes over what a release has left in its note, if it has: NULL stands there when it is written
 * down. What cannot be written down stays noted where it was, which must not be written over then.
 */
WCOW_CHECKED wcow_status left_spaces_take(wcow_host *host, char **space, wcow_error *err);

/**
 * Tries each again. What HNS still does not delete stays, which is no failure. Where none is noted
 * nobody is asked.
 */
WCOW_CHECKED wcow_status left_spaces_retry(wcow_host *host, wcow_error *err);

/** The same for that one alone, if it is noted; NULL: none. */
void left_spaces_retry_one(wcow_host *host, const char *space);

/** Their ids, for who only looks: WCOW_CORRUPT if the file is damaged. */
WCOW_CHECKED wcow_status left_spaces_read(wcow_host *host, string_list *out, wcow_error *err);

#endif
