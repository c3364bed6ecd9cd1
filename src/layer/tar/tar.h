/* SPDX-License-Identifier: MIT */
/**
 * A streaming tar reader for Windows layers: ustar, GNU long names, PAX with global headers,
 * base-256 numbers, sparse files (expanded). It gives every PAX record on, which no library does
 * for MSWINDOWS.* ones. Where formats leave room it reads as Go's archive/tar does, by which layers
 * are made and read everywhere else.
 *
 * Everything is bounded and checked, since layers come from strangers: a damaged archive is
 * WCOW_CORRUPT with a message that names the entry.
 */
#ifndef WCOW_LAYER_TAR_TAR_H
#define WCOW_LAYER_TAR_TAR_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include <wcow/error.h>

#include "base/cleanup.h"
#include "base/source.h"
#include "layer/tar/pax.h"

/**
 * Most bytes of an entry's name or a link's target, whatever header they come from: what the
 * longest path of Windows (32,767 units) has in UTF-8, with a separator at its end.
 */
#define TAR_NAME_LIMIT ((size_t)3 * 32768)

typedef enum tar_kind {
    TAR_FILE,
    TAR_HARD_LINK,
    TAR_SYMBOLIC_LINK,
    TAR_DIRECTORY,
    TAR_OTHER /* devices and the like: nothing that a Windows layer can hold; without content */
} tar_kind;

typedef struct tar_entry {
    tar_kind kind;
    char type;       /* the type flag as it stands in the header */
    char *name;      /* as written, made UTF-8: what is not becomes U+FFFD */
    char *link;      /* target of a link, "" for others; the same */
    uint32_t mode;   /* the permissions of Unix */
    uint64_t size;   /* bytes of content that follow, of TAR_FILE only */
    tar_time write;  /* mtime */
    tar_time access; /* atime, ctime: not there unless PAX (or old GNU, or star) says so */
    tar_time change;
    pax_records pax; /* its own records and the global ones it does not override */
} tar_entry;

/**
 * Most bytes of an entry's name or a link's target, whatever header they come from: what the
 * longest path of Windows (32,767 units) has in UTF-8, a separator at its end included.
 */
#define TAR_NAME_LIMIT ((size_t)3 * 32768)

typedef struct tar_reader tar_reader;

/** NULL when out of memory. The source is borrowed. */
tar_reader *tar_reader_new(const byte_source *source);
void tar_reader_free(tar_reader *reader);
DEFINE_CLEANUP(tar_reader, tar_reader *, tar_reader_free)
#define cleanup_tar_reader CLEANUP(tar_reader)

/**
 * Skips what is unread of the current entry and reads the next one's headers.
 *
 * @param[out] out  valid until the next call; NULL at the end of the archive
 */
WCOW_CHECKED wcow_status tar_next(tar_reader *reader, const tar_entry **out, wcow_error *err);

/** Reads the current entry's content; *got == 0 at its end. A cut archive is WCOW_CORRUPT. */
WCOW_CHECKED wcow_status tar_read(tar_reader *reader, void *buffer, size_t size, size_t *got,
                                  wcow_error *err);

/**
 * How far the archive's entries reach, once tar_next() gave NULL: zeros that end it follow. In
 * bytes of the source.
 */
uint64_t tar_position(const tar_reader *reader);
/** Then: whether nothing follows, as if the rest of the archive had got lost. */
bool tar_is_cut(const tar_reader *reader);

/** Reads the source to its end, past the end of the archive: hashes cover the padding, too. */
WCOW_CHECKED wcow_status tar_drain(tar_reader *reader, wcow_error *err);
/** The same, of a source that may have no end: WCOW_CORRUPT if more than `most` bytes follow. */
WCOW_CHECKED wcow_status tar_drain_within(tar_reader *reader, uint64_t most, wcow_error *err);

#endif
