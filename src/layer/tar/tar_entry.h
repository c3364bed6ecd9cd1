/* SPDX-License-Identifier: MIT */
/**
 * Entries of tars: what a header says together with the extended headers before it; private to the
 * tar reader.
 */
#ifndef WCOW_LAYER_TAR_TAR_ENTRY_H
#define WCOW_LAYER_TAR_TAR_ENTRY_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include <wcow/error.h>

#include "base/cleanup.h"
#include "layer/tar/tar.h"
#include "layer/tar/tar_header.h"

/** What extended headers said about the entry that follows them. */
typedef struct tar_extension {
    char *name, *link; /* GNU's */
    pax_records pax;
} tar_extension;

void tar_extension_clear(tar_extension *e);
DEFINE_CLEANUP_VALUE(tar_extension, tar_extension, tar_extension_clear)

/** Whether the header belongs to the entry after it. */
bool tar_is_extension(char type);

/**
 * Takes an extended header in.
 *
 * @param[in] bytes   its content, NUL-terminated; taken, if it goes well or not
 * @param[in] global  where global records go
 */
WCOW_CHECKED wcow_status tar_extension_add(tar_extension *e, char type, char *bytes, size_t size,
                                           pax_records *global, wcow_error *err);

/** Links, directories and devices may tell a size, but have no content. */
bool tar_has_content(char type);

/**
 * A name or link target, made UTF-8, in place of *out; WCOW_CORRUPT for one of more than
 * TAR_NAME_LIMIT bytes.
 */
WCOW_CHECKED wcow_status tar_entry_text(const char *chosen, char **out, wcow_error *err);

/**
 * Makes the entry of its header and the extended headers before it, whose records it takes. The
 * caller frees what there is of the entry after a failure, too.
 *
 * @param[in,out] stored  bytes of content in the archive: by the header; by everything
 */
WCOW_CHECKED wcow_status tar_entry_make(const tar_header *h, tar_extension *e,
                                        const pax_records *global, uint64_t *stored,
                                        tar_entry *entry, wcow_error *err);

void tar_entry_clear(tar_entry *entry);

#endif
