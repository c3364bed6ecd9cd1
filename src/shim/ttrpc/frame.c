/* SPDX-License-Identifier: MIT */
#include "shim/ttrpc/frame.h"

#include <stdlib.h>
#include <string.h>

#include "base/condition.h"
#include "base/error.h"

void ttrpc_frame_free(ttrpc_frame *f)
{
    free(f->bytes);
    *f = (ttrpc_frame){0};
}

static uint32_t get_number(const uint8_t *at)
{
    return (uint32_t)at[0] << 24 | (uint32_t)at[1] << 16 | (uint32_t)at[2] << 8 | at[3];
}

static void put_number(char *at, uint32_t number)
{
    for (unsigned i = 0; i < 4; i++)
        at[i] = (char)(number >> (24 - 8 * i));
}

static int32_t read_some(stream *s, void *buffer, size_t size, uint64_t deadline, size_t *got)
{
    const uint32_t left = ticks_left(deadline);

    if (deadline == TICKS_NEVER)
        return stream_read(s, buffer, size, got);
    return left ? stream_read_timeout(s, buffer, size, left, got) : HR_WAIT_TIMEOUT;
}

static wcow_status broken(wcow_error *err)
{
    return error_set(err, WCOW_CORRUPT, "the connection broke in the middle of a message");
}

/* Reads all of it, which is to begin by `begin`; *ended if the stream was over before the first
 * byte. */
static wcow_status read_all(stream *s, void *buffer, size_t size, uint64_t begin, uint64_t deadline,
                            bool *ended, wcow_error *err)
{
    *ended = false;
    for (size_t have = 0, got = 0; have < size; have += got) {
        const int32_t hr =
            read_some(s, (uint8_t *)buffer + have, size - have, have == 0 ? begin : deadline, &got);

        if (hr == HR_WAIT_TIMEOUT && have == 0)
            return error_set(err, WCOW_TIMEOUT, "no answer came in time");
        if (hr == HR_WAIT_TIMEOUT)
            return broken(err);
        if (HR_FAILED(hr))
            return error_hresult(err, hr, "read from the pipe");
        *ended = got == 0 && have == 0;
        if (*ended)
            return WCOW_OK;
        if (got == 0)
            return broken(err);
    }
    return WCOW_OK;
}

/* The same of what must follow. */
static wcow_status read_rest(stream *s, void *buffer, size_t size, uint64_t deadline,
                             wcow_error *err)
{
    wcow_error problem = WCOW_ERROR_INIT;
    bool ended;
    wcow_status status = read_all(s, buffer, size, deadline, deadline, &ended, &problem);

    return status == WCOW_TIMEOUT || ended ? broken(err) : error_pass(err, status, &problem);
}

static wcow_status pass_over(stream *s, uint32_t length, uint64_t deadline, wcow_error *err)
{
    uint8_t piece[1024];
    wcow_status status = WCOW_OK;

    while (length > 0 && !status) {
        const size_t size = length < sizeof(piece) ? length : sizeof(piece);

        status = read_rest(s, piece, size, deadline, err);
        length -= (uint32_t)size;
    }
    return status;
}

static wcow_status read_frame(stream *s, uint64_t begin, uint64_t deadline, ttrpc_frame *out,
                              bool *ended, wcow_error *err)
{
    cleanup_ttrpc_frame ttrpc_frame f = {0};
    uint8_t header[TTRPC_HEADER_SIZE];
    bool over;
    wcow_status status = read_all(s, header, sizeof(header), begin, deadline, &over, err);

    if (status || over) {
        *ended = !status;
        return status;
    }
    f.size = get_number(header);
    f.stream_id = get_number(header + 4);
    f.type = header[8];
    f.flags = header[9];
    f.too_long = f.size > WIRE_MOST_BYTES;
    if (f.too_long) {
        status = pass_over(s, (uint32_t)f.size, deadline, err);
        f.size = 0;
    } else {
        f.bytes = malloc(f.size + 1);
        status = f.bytes ? read_rest(s, f.bytes, f.size, deadline, err) : error_no_memory(err);
    }
    if (status)
        return status;
    *out = f;
    f.bytes = NULL;
    *ended = false;
    return WCOW_OK;
}

wcow_status ttrpc_frame_read(stream *s, uint64_t deadline, ttrpc_frame *out, bool *ended,
                             wcow_error *err)
{
    return read_frame(s, deadline, deadline, out, ended, err);
}

wcow_status ttrpc_frame_read_begun(stream *s, uint64_t begin, ttrpc_frame *out, bool *ended,
                                   wcow_error *err)
{
    return read_frame(s, begin, TICKS_NEVER, out, ended, err);
}

wcow_status ttrpc_frame_add(text *out, uint32_t stream_id, uint8_t type, const pb_msgdesc_t *fields,
                            const void *message, wcow_error *err)
{
    char header[TTRPC_HEADER_SIZE] = {0};
    const size_t start = out->length;
    wcow_status status;

    put_number(header + 4, stream_id);
    header[8] = (char)type;
    text_add_bytes(out, header, sizeof(header));
    status = wire_encode(fields, message, out, err);
    if (!status && out->failed)
        status = error_no_memory(err);
    if (status) {
        text_cut(out, start);
        return status;
    }
    put_number(out->data + start, (uint32_t)(out->length - start - sizeof(header)));
    return WCOW_OK;
}
