/* SPDX-License-Identifier: MIT */
/** Header blocks of tars; private to the tar reader. */
#ifndef WCOW_LAYER_TAR_HEADER_H
#define WCOW_LAYER_TAR_HEADER_H

#include "layer/tar.h"

#define TAR_BLOCK_SIZE 512u

/* The header as it lies in the archive; GNU puts times where ustar has the prefix. */
typedef struct tar_header {
    char name[100], mode[8], uid[8], gid[8], size[12], mtime[12], checksum[8], type[1], link[100];
    char magic[6], version[2], user[32], group[32], major[8], minor[8];
    char prefix[155], padding[12];
} tar_header;

_Static_assert(sizeof(tar_header) == TAR_BLOCK_SIZE, "a tar header is one block");

#define GNU_ACCESS_TIME 0 /* offsets within prefix */
#define GNU_CHANGE_TIME 12

/** A text field; one that is full has no NUL. NULL when out of memory. */
char *tar_field_text(const char *field, size_t size);
/** The name, with ustar's prefix before it. NULL when out of memory. */
char *tar_header_name(const tar_header *h);
/** Octal digits amid blanks, or base-256. An empty field is 0. */
bool tar_number(const char *field, size_t size, int64_t *out);
/** The sum of all bytes with the field itself as blanks; old tars summed signed characters. */
bool tar_checksum_fits(const tar_header *h);
/** Whether GNU tar's own fields are where ustar has the prefix. */
bool tar_is_gnu(const tar_header *h);
tar_kind tar_kind_of(char type);

#endif
