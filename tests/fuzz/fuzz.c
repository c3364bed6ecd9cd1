/* SPDX-License-Identifier: MIT */
/* Input in memory as a byte source, and tars that are damaged but not at once refused. */
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

static wcow_status lend_input(void *context, const void **bytes, size_t *size, wcow_error *err)
{
    fuzz_input *input = context;

    (void)err;
    *size = input->left < input->piece ? input->left : input->piece;
    *bytes = input->bytes;
    input->bytes += *size;
    input->left -= *size;
    return WCOW_OK;
}

byte_source fuzz_lender(fuzz_input *input)
{
    return (byte_source){read_input, input, lend_input};
}

void fuzz_mend_tar(uint8_t *bytes, size_t size)
{
    for (uint8_t *header = bytes; size >= 512; header += 512, size -= 512) {
        unsigned sum = 0;

        if (memcmp(header + 257, "ustar", 5) != 0)
            continue;
        memset(header + 148, ' ', 8);
        for (size_t i = 0; i < 512; i++)
            sum += header[i];
        snprintf((char *)header + 148, 8, "%06o", sum);
    }
}
