/* SPDX-License-Identifier: MIT */
/** Header blocks of tars; private to the tar reader. */
#ifndef WCOW_LAYER_TAR_TAR_HEADER_H
#define WCOW_LAYER_TAR_TAR_HEADER_H

#include "layer/tar/tar.h"

#define TAR_BLOCK_SIZE 512u

/* The header as it lies in the archive; GNU puts times where ustar has the prefix. */
typedef struct tar_header {
    char name[100], mode[8], uid[8], gid[8], size[12], mtime[12], checksum[8], type[1], link[100];
    char magic[6], version[2], user[32], group[32], major[8], minor[8];
    char prefix[155], padding[12];
} tar_header;

_Static_assert(sizeof(tar_header) == TAR_BLOCK_SIZE, "a tar header is one block");

/** Who made the header, which decides what stands after its first 257 bytes. */
typedef enum tar_format {
    TAR_FORMAT_V7,    /* nothing */
    TAR_FORMAT_USTAR, /* devices and a prefix of the name; PAX's, too */
    TAR_FORMAT_GNU,   /* times and a sparse file's map instead of the prefix */
    TAR_FORMAT_STAR   /* Schilling's: a shorter prefix, then times */
} tar_format;

#define GNU_ACCESS_TIME   345u /* offsets in the block */
#define GNU_CHANGE_TIME   357u
#define GNU_SPARSE        386u
#define GNU_SPARSE_FOLLOW 482u
#define GNU_REAL_SIZE     483u
#define STAR_PREFIX_SIZE  131u
#define STAR_ACCESS_TIME  476u
#define STAR_CHANGE_TIME  488u
#define STAR_TRAILER      508u
#define TAR_NUMBER_SIZE   12u /* bytes of a size or time */

/** A text field; one that is full has no NUL. NULL when out of memory. */
char *tar_field_text(const char *field, size_t size);
/** The name, with the prefix before it. NULL when out of memory. */
char *tar_header_name(const tar_header *h);
/** Octal digits amid blanks and NULs, or base-256. An empty field is 0. */
bool tar_number(const char *field, size_t size, int64_t *out);
/** The sum of all bytes with the field itself as blanks; old tars summed signed characters. */
bool tar_checksum_fits(const tar_header *h);
tar_format tar_format_of(const tar_header *h);
/** The three times, as far as the format has them; false if one is malformed. */
bool tar_header_times(const tar_header *h, tar_entry *out);
/** Whether the numbers that nobody uses (mode, owner, device) are numbers. */
bool tar_header_is_sound(const tar_header *h);
tar_kind tar_kind_of(char type);

#endif
