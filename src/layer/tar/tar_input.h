/* SPDX-License-Identifier: MIT */
/** The bytes of an archive, buffered; private to the tar reader. */
#ifndef WCOW_LAYER_TAR_TAR_INPUT_H
#define WCOW_LAYER_TAR_TAR_INPUT_H

#include <stddef.h>
#include <stdint.h>

#include <wcow/error.h>

#include "base/source.h"

#define TAR_INPUT_SIZE (64u * 1024)

typedef struct tar_input {
    const byte_source *source; /* borrowed */
    uint64_t given;            /* bytes, so far */
    const unsigned char *next; /* what was read and not given: here, */
    size_t left;               /* so many bytes */
    unsigned char buffer[TAR_INPUT_SIZE];
} tar_input;

/** An input without bytes yet. The buffer is left alone: untouched, it takes no memory. */
void tar_input_init(tar_input *input, const byte_source *source);

/** Some bytes; those in the buffer first, large pieces past it. *got == 0 at the end. */
WCOW_CHECKED wcow_status tar_input_some(tar_input *input, void *out, size_t size, size_t *got,
                                        wcow_error *err);
/** Exactly `size` bytes, or fewer at the end of the source. */
WCOW_CHECKED wcow_status tar_input_full(tar_input *input, void *out, size_t size, size_t *got,
                                        wcow_error *err);
/** Leaves out up to *count bytes; *count > 0 afterwards if the source ended before. */
WCOW_CHECKED wcow_status tar_input_skip(tar_input *input, uint64_t *count, wcow_error *err);

#endif
