/* SPDX-License-Identifier: MIT */
/**
 * Who may have which name, told by a list of one folder: beside each container's folder lies an
 * empty file, `<id>.<name>`. It comes before container.json says the name, and goes after it does
 * not any more, so of a container that has such files, no other name is possible. It proves
 * nothing: container.json says which of them is true, and whether there is a container at all. One
 * without such a file (an older wcow's, one whose name is too long for a file's) is looked at.
 */
#ifndef WCOW_ENGINE_CONTAINER_NAME_CLAIM_H
#define WCOW_ENGINE_CONTAINER_NAME_CLAIM_H

#include "engine/host/store.h"

/** Of a list of the folder, sorted: whether the item after this folder's is a claim of it. */
bool name_claim_follows(const string_list *sorted, size_t folder);
/** The name that a file claims; NULL: it is no claim. Its first ID_LENGTH characters are the id. */
const char *name_claim_of(const char *item);

/** Under the catalog's lock, before container.json says so. One that is there is fine. */
WCOW_CHECKED wcow_status name_claim_make(wcow_host *host, const char *id, const char *name,
                                         wcow_error *err);
/** Under the catalog's lock, after container.json does not say so any more. */
void name_claim_drop(wcow_host *host, const char *id, const char *name);

#endif
