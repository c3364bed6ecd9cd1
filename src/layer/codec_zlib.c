/* SPDX-License-Identifier: MIT */
/* gzip with zlib, where ISA-L is not found. */
#include <limits.h>
#include <stdint.h>
#include <stdlib.h>

#include <zlib.h>

#include "layer/codec.h"

#define GZIP_ONLY 16 /* added to the window's bits */

typedef struct zlib_codec {
    codec base;
    z_stream stream;
} zlib_codec;

static uInt clamp(size_t size)
{
    return size < UINT_MAX ? (uInt)size : UINT_MAX;
}

static bool gzip_step(codec *c, codec_step *step)
{
    zlib_codec *self = (zlib_codec *)c;
    z_stream *stream = &self->stream;
    uInt in_size = clamp(step->in_size);
    uInt out_size = clamp(step->out_size);
    int result;

    stream->next_in = (Bytef *)(uintptr_t)step->in; /* not written to; the library lacks const */
    stream->avail_in = in_size;
    stream->next_out = step->out;
    stream->avail_out = out_size;
    result = inflate(stream, Z_NO_FLUSH);
    if (result != Z_OK && result != Z_STREAM_END && result != Z_BUF_ERROR)
        return false;
    step->in += in_size - stream->avail_in;
    step->in_size -= in_size - stream->avail_in;
    step->out += out_size - stream->avail_out;
    step->out_size -= out_size - stream->avail_out;
    step->member_done = result == Z_STREAM_END;
    return !step->member_done || inflateReset(stream) == Z_OK;
}

static void gzip_free(codec *c)
{
    zlib_codec *self = (zlib_codec *)c;

    inflateEnd(&self->stream);
    free(self);
}

codec *codec_gzip_new(void)
{
    zlib_codec *self = calloc(1, sizeof(*self));

    if (!self)
        return NULL;
    self->base = (codec){"gzip", gzip_step, gzip_free};
    if (inflateInit2(&self->stream, MAX_WBITS + GZIP_ONLY) != Z_OK) {
        free(self);
        return NULL;
    }
    return &self->base;
}
