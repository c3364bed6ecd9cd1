/* SPDX-License-Identifier: MIT */
/** What the fuzz targets share: input that stands in memory, as the parsers want to read it. */
#ifndef FUZZ_FUZZ_H
#define FUZZ_FUZZ_H

#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>

#include "base/source.h"

/** Each target's own; the name that libFuzzer calls. */
int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

/** Ends the program when a property that must hold for every input does not. */
#define FUZZ_CHECK(condition)                                                                      \
    do {                                                                                           \
        if (!(condition)) {                                                                        \
            fprintf(stderr, "%s:%d: does not hold: %s\n", __FILE__, __LINE__, #condition);         \
            abort();                                                                               \
        }                                                                                          \
    } while (0)

/** Bytes in memory as a source. Gives small pieces, so that parsers meet every boundary. */
typedef struct fuzz_input {
    const uint8_t *bytes;
    size_t left;
    size_t piece; /* most bytes of one read */
} fuzz_input;

byte_source fuzz_source(fuzz_input *input);
/** The same, of a source that lends its bytes. */
byte_source fuzz_lender(fuzz_input *input);

/** Makes the checksum of each tar header right again: a damaged one would be refused before all
 * else. */
void fuzz_mend_tar(uint8_t *bytes, size_t size);

#endif
