/* SPDX-License-Identifier: MIT */
/* The bytes of an archive. */
#include "layer/tar/tar_input.h"

#include <string.h>

void tar_input_init(tar_input *input, const byte_source *source)
{
    input->source = source;
    input->given = 0;
    input->start = 0;
    input->end = 0;
}

wcow_status tar_input_some(tar_input *input, void *out, size_t size, size_t *got, wcow_error *err)
{
    size_t filled;
    wcow_status status;

    if (input->start == input->end) {
        if (size >= TAR_INPUT_SIZE) {
            status = source_read(input->source, out, size, got, err);
            input->given += status ? 0 : *got;
            return status;
        }
        status = source_read(input->source, input->buffer, TAR_INPUT_SIZE, &filled, err);
        if (status)
            return status;
        input->start = 0;
        input->end = filled;
    }
    filled = input->end - input->start;
    if (size > filled)
        size = filled;
    memcpy(out, input->buffer + input->start, size);
    input->start += size;
    input->given += size;
    *got = size;
    return WCOW_OK;
}

wcow_status tar_input_full(tar_input *input, void *out, size_t size, size_t *got, wcow_error *err)
{
    size_t done = 0;

    while (done < size) {
        size_t n = 0;
        wcow_status status = tar_input_some(input, (char *)out + done, size - done, &n, err);

        if (status)
            return status;
        if (n == 0)
            break;
        done += n;
    }
    *got = done;
    return WCOW_OK;
}

wcow_status tar_input_skip(tar_input *input, uint64_t *count, wcow_error *err)
{
    char waste[4096];

    while (*count > 0) {
        size_t size = *count < sizeof(waste) ? (size_t)*count : sizeof(waste);
        size_t got = 0;
        wcow_status status = tar_input_some(input, waste, size, &got, err);

        if (status)
            return status;
        if (got == 0)
            break;
        *count -= got;
    }
    return WCOW_OK;
}
