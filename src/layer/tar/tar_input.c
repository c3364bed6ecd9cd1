/* SPDX-License-Identifier: MIT */
/* The bytes of an archive. */
#include "layer/tar/tar_input.h"

#include <string.h>

void tar_input_init(tar_input *input, const byte_source *source)
{
    input->source = source;
    input->given = 0;
    input->next = NULL;
    input->left = 0;
}

/* Makes sure that there are bytes, unless the source ended. */
static wcow_status ensure(tar_input *input, wcow_error *err)
{
    const void *bytes = NULL;
    size_t got = 0;
    wcow_status status;

    if (input->left > 0)
        return WCOW_OK;
    status = source_next(input->source, input->buffer, TAR_INPUT_SIZE, &bytes, &got, err);
    if (status)
        return status;
    input->next = bytes;
    input->left = got;
    return WCOW_OK;
}

static void advance(tar_input *input, size_t size)
{
    input->next += size;
    input->left -= size;
    input->given += size;
}

wcow_status tar_input_some(tar_input *input, void *out, size_t size, size_t *got, wcow_error *err)
{
    wcow_status status;

    if (input->left == 0 && size >= TAR_INPUT_SIZE && !input->source->lend) {
        status = source_read(input->source, out, size, got, err);
        input->given += status ? 0 : *got;
        return status;
    }
    status = ensure(input, err);
    if (status)
        return status;
    if (size > input->left)
        size = input->left;
    if (size > 0) {
        memcpy(out, input->next, size);
        advance(input, size);
    }
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
    while (*count > 0) {
        wcow_status status = ensure(input, err);
        size_t size = *count < input->left ? (size_t)*count : input->left;

        if (status)
            return status;
        if (size == 0)
            break;
        advance(input, size);
        *count -= size;
    }
    return WCOW_OK;
}
