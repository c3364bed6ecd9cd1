/* SPDX-License-Identifier: MIT */
/* gzip with zlib, where ISA-L is not found. */
#include <limits.h>
#include <stdint.h>
#include <stdlib.h>

#include <zlib.h>

#include "layer/codec.h"

#define GZIP_ONLY 16 /* added to the window's bits */
#define MEMORY    8  /* zlib's default */

typedef struct zlib_deflate {
    codec base;
    z_stream stream;
} zlib_deflate;

static uInt clamp(size_t size)
{
    return size < UINT_MAX ? (uInt)size : UINT_MAX;
}

static bool deflate_step(codec *c, codec_step *step)
{
    zlib_deflate *self = (zlib_deflate *)c;
    z_stream *stream = &self->stream;
    uInt in_size = clamp(step->in_size);
    uInt out_size = clamp(step->out_size);
    int result;

    stream->next_in = (Bytef *)(uintptr_t)step->in; /* not written to; the library lacks const */
    stream->avail_in = in_size;
    stream->next_out = step->out;
    stream->avail_out = out_size;
    result = deflate(stream, step->last && in_size == step->in_size ? Z_FINISH : Z_NO_FLUSH);
    if (result != Z_OK && result != Z_STREAM_END && result != Z_BUF_ERROR)
        return false;
    step->in += in_size - stream->avail_in;
    step->in_size -= in_size - stream->avail_in;
    step->out += out_size - stream->avail_out;
    step->out_size -= out_size - stream->avail_out;
    step->member_done = result == Z_STREAM_END;
    return true;
}

static void deflate_free(codec *c)
{
    zlib_deflate *self = (zlib_deflate *)c;

    deflateEnd(&self->stream);
    free(self);
}

codec *codec_deflate_new(void)
{
    zlib_deflate *self = calloc(1, sizeof(*self));

    if (!self)
        return NULL;
    self->base = (codec){"gzip", deflate_step, deflate_free};
    if (deflateInit2(&self->stream, Z_BEST_SPEED, Z_DEFLATED, MAX_WBITS + GZIP_ONLY, MEMORY,
                     Z_DEFAULT_STRATEGY) != Z_OK) {
        free(self);
        return NULL;
    }
    return &self->base;
}
