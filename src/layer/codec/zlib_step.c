/* SPDX-License-Identifier: MIT */
/* A step of zlib, either way. */
#include "layer/codec/zlib_step.h"

#include <limits.h>
#include <stdint.h>

/* zlib counts with 32 bits: what is beyond them is for a later step. */
static uInt clamp(size_t size)
{
    return size < UINT_MAX ? (uInt)size : UINT_MAX;
}

bool zlib_step(z_stream *stream, zlib_call *call, bool finish, codec_step *step)
{
    uInt in_size = clamp(step->in_size);
    uInt out_size = clamp(step->out_size);
    int result;

    stream->next_in = (Bytef *)(uintptr_t)step->in; /* not written to; the library lacks const */
    stream->avail_in = in_size;
    stream->next_out = step->out;
    stream->avail_out = out_size;
    result = call(stream, finish && in_size == step->in_size ? Z_FINISH : Z_NO_FLUSH);
    if (result != Z_OK && result != Z_STREAM_END && result != Z_BUF_ERROR)
        return false;
    step->in += in_size - stream->avail_in;
    step->in_size -= in_size - stream->avail_in;
    step->out += out_size - stream->avail_out;
    step->out_size -= out_size - stream->avail_out;
    step->member_done = result == Z_STREAM_END;
    return true;
}
