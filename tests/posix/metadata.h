/* SPDX-License-Identifier: MIT */
/**
 * What a Windows layer says of a file and Linux cannot store: attributes, four times, and all
 * streams of its backup stream but the data. Kept in memory, by file, as long as the files port
 * lives, so that tests can read it back.
 */
#ifndef POSIX_METADATA_H
#define POSIX_METADATA_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/stat.h>

#include "port/files.h"

typedef struct metadata metadata;

/** One file's record. `streams` are backup streams as they came, each with its header. */
typedef struct metadata_record {
    dev_t device;
    ino_t inode;
    basic_info info;
    uint8_t *streams;
    size_t size;
} metadata_record;

metadata *metadata_new(void);
void metadata_free(metadata *m);

/** Forgets what is known of the file and records this instead; false when out of memory. */
bool metadata_put(metadata *m, const struct stat *node, const basic_info *info,
                  const uint8_t *streams, size_t size);
/** Changes the info, making a record if there is none. */
bool metadata_set_info(metadata *m, const struct stat *node, const basic_info *info);
void metadata_forget(metadata *m, const struct stat *node);
/** Copies the record; false if there is none. Streams are to be freed by the caller. */
bool metadata_get(metadata *m, const struct stat *node, metadata_record *out);

/** For tests: the record of a path that was written through this port (posix half only). */
bool posix_files_metadata(files_port *port, const char *path, metadata_record *out);

#endif
