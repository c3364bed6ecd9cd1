/* SPDX-License-Identifier: MIT */
/** A container that is being thought out: what create writes down and a plan shows. */
#ifndef WCOW_ENGINE_CONTAINER_DRAFT_H
#define WCOW_ENGINE_CONTAINER_DRAFT_H

#include "engine/container/record.h"
#include "engine/container/spec.h"
#include "engine/host/host_stores.h"

/** Nothing of it is on disk yet. */
typedef struct draft {
    record *record;
    cJSON *config;         /* OCI */
    string_list folders;   /* layerFolders: topmost layer first, scratch last */
    uint64_t scratch_size; /* bytes that it may grow to */
    string_list warnings;  /* what of the wish it does not have */
} draft;

void draft_free(draft *d);
DEFINE_CLEANUP_VALUE(draft, draft, draft_free)
#define cleanup_draft CLEANUP(draft)

/**
 * Checks what needs no image: limits, devices, credentials. Limits of the wish that do not count
 * are dropped from it, with a warning in the draft. Done before an image is looked for, so that
 * nobody pulls one for a wish that cannot be had.
 *
 * @return never WCOW_NOT_FOUND, which is said of images
 */
WCOW_CHECKED wcow_status draft_check(wcow_host *host, container_wish *wish, draft *out,
                                     wcow_error *err);

/** From a wish that was checked, and its image, to record and config; `out` is as draft_check()
 * left it. `id` has ID_LENGTH digits. The wish's mounts become the record's. */
WCOW_CHECKED wcow_status draft_new(wcow_host *host, container_wish *wish, const image *source,
                                   const char *id, draft *out, wcow_error *err);

/** Folders of the layers of an image, topmost first, and the scratch's; they need not exist. */
WCOW_CHECKED wcow_status draft_folders(wcow_host *host, const image *source, const char *id,
                                       string_list *out, wcow_error *err);

#endif
