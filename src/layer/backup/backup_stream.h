/* SPDX-License-Identifier: MIT */
/**
 * Win32 backup streams (BackupRead, BackupWrite): a file's security, attributes, reparse data and
 * contents as a sequence of WIN32_STREAM_ID headers and bodies. What a tar entry of a Windows layer
 * becomes, byte for byte as the field's importers make it.
 */
#ifndef WCOW_LAYER_BACKUP_BACKUP_STREAM_H
#define WCOW_LAYER_BACKUP_BACKUP_STREAM_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include <wcow/error.h>

#include "base/cleanup.h"
#include "base/source.h"
#include "base/text.h"
#include "layer/tar/tar.h"

/** dwStreamId of WIN32_STREAM_ID. */
enum {
    BACKUP_DATA = 1,
    BACKUP_EA_DATA = 2,
    BACKUP_SECURITY_DATA = 3,
    BACKUP_ALTERNATE_DATA = 4,
    BACKUP_LINK = 5,
    BACKUP_PROPERTY_DATA = 6,
    BACKUP_OBJECT_ID = 7,
    BACKUP_REPARSE_DATA = 8,
    BACKUP_SPARSE_BLOCK = 9,
    BACKUP_TXFS_DATA = 10
};

#define BACKUP_SPARSE_ATTRIBUTE 8u

/* ---- writing ---- */

/**
 * Adds everything of an entry's stream up to the bytes of its contents: security, extended
 * attributes, reparse data and, for a file, the header of its data (entry->size bytes of which must
 * follow).
 */
WCOW_CHECKED wcow_status backup_encode(const tar_entry *entry, text *out, wcow_error *err);

/** Whether the entry carries a security descriptor, in whatever form. */
bool backup_has_security(const tar_entry *entry);

/** Adds the header of an alternate data stream of that name, of which `size` bytes must follow. */
WCOW_CHECKED wcow_status backup_encode_alternate(const char *name, uint64_t size, text *out,
                                                 wcow_error *err);

/* ---- reading ---- */

typedef struct backup_header {
    uint32_t id;
    uint32_t attributes;
    uint64_t size;   /* of the body that can be read; without a sparse block's offset */
    uint64_t offset; /* of a sparse block in its file */
    char *name;      /* of an alternate stream: ":name:$DATA"; NULL for others */
} backup_header;

typedef struct backup_reader backup_reader;

/** NULL when out of memory. The source is borrowed. */
backup_reader *backup_reader_new(const byte_source *source);
void backup_reader_free(backup_reader *reader);
DEFINE_CLEANUP(backup_reader, backup_reader *, backup_reader_free)
#define cleanup_backup_reader CLEANUP(backup_reader)

/** Skips the rest of the stream and reads the next header; NULL at the end. Valid until the next
 * call. */
WCOW_CHECKED wcow_status backup_next(backup_reader *reader, const backup_header **out,
                                     wcow_error *err);
/** Reads the body; *got == 0 at its end. */
WCOW_CHECKED wcow_status backup_read(backup_reader *reader, void *buffer, size_t size, size_t *got,
                                     wcow_error *err);

#endif
