/* SPDX-License-Identifier: MIT */
/** Tars made in memory, honest and hostile ones. */
#ifndef TESTS_SUPPORT_TAR_BUILDER_H
#define TESTS_SUPPORT_TAR_BUILDER_H

#include <stddef.h>

#include "base/source.h"
#include "base/text.h"

/** Adds a header whose checksum fits, and the content padded to whole blocks. */
void tar_add(text *tar, char type, const char *name, const char *link, const void *content,
             size_t size);
void tar_add_file(text *tar, const char *name, const char *content);
void tar_add_directory(text *tar, const char *name);
/** An extended header ('x', or 'g') of records "key=value", NULL-terminated. */
void tar_add_pax(text *tar, char type, const char *const *records);
/** The two blocks of zeros at the end. */
void tar_end(text *tar);
/** Makes the checksum of the header at `offset` fit after it was changed. */
void tar_fix_checksum(text *tar, size_t offset);

/** Memory as a source; `piece` bounds what one read gives (0: no bound). */
typedef struct memory_source {
    byte_source source;
    const char *bytes;
    size_t size;
    size_t position;
    size_t piece;
    char *lent;
} memory_source;

/** `self` must stay where it is. */
void memory_source_init(memory_source *self, const void *bytes, size_t size, size_t piece);
/** The same, of a source that lends. What it lent is gone with the next call. */
void memory_source_init_lending(memory_source *self, const void *bytes, size_t size, size_t piece);
void memory_source_free(memory_source *self);

/** A whole file of the test's data (malloc); aborts the test program if it is not there. */
char *data_file(const char *path, size_t *size);

#endif
