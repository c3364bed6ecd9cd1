/* SPDX-License-Identifier: MIT */
/* Input in memory as a byte source, see fuzz.h. */
#include "tests/fuzz/fuzz.h"

#include <string.h>

static wcow_status read_input(void *context, void *buffer, size_t size, size_t *got,
                              wcow_error *err)
{
    fuzz_input *input = context;
    size_t length = size < input->left ? size : input->left;

    (void)err;
    if (length > input->piece)
        length = input->piece;
    if (length > 0)
        memcpy(buffer, input->bytes, length);
    input->bytes += length;
    input->left -= length;
    *got = length;
    return WCOW_OK;
}

byte_source fuzz_source(fuzz_input *input)
{
    return (byte_source){.read = read_input, .context = input};
}
