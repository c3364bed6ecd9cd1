/* SPDX-License-Identifier: MIT */
/**
 * Writes layer tars: PAX headers as the field's exporters write them (Go's archive/tar with
 * go-winio's records), sorted, and only where ustar cannot say it.
 */
#ifndef WCOW_LAYER_TAR_TAR_WRITER_H
#define WCOW_LAYER_TAR_TAR_WRITER_H

#include "base/sink.h"
#include "base/strings.h"
#include "base/text.h"
#include "layer/tar/tar.h"
#include "port/files.h"

#define MODE_DIRECTORY 040000u
#define MODE_FILE      0100000u
#define MODE_LINK      0120000u

/** One entry to be written; a plain value, everything borrowed. */
typedef struct tar_item {
    const char *name; /* with '/' */
    const char *link; /* target of a link; NULL for others */
    tar_kind kind;
    uint64_t size;            /* bytes that follow */
    const basic_info *info;   /* NULL: a bare entry, as whiteouts are */
    const string_list *extra; /* further records, "KEY=value"; may be NULL */
    bool has_mode;            /* else that of its kind */
    uint32_t mode;
    bool write_only; /* of `info` only the time of the last write, in whole seconds */
    bool plain_info; /* of `info` only the times that each tar has: an alternate stream */
} tar_item;

/** Writes the headers; item->size bytes and tar_write_padding() must follow. */
WCOW_CHECKED wcow_status tar_write_header(const byte_sink *sink, const tar_item *item,
                                          wcow_error *err);
WCOW_CHECKED wcow_status tar_write_padding(const byte_sink *sink, uint64_t size, wcow_error *err);
/** The two blocks of zeros that end an archive. */
WCOW_CHECKED wcow_status tar_write_end(const byte_sink *sink, wcow_error *err);

#endif
