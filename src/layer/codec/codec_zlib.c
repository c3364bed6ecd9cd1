/* SPDX-License-Identifier: MIT */
/* gzip with zlib, where ISA-L is not found. */
#include <stdlib.h>

#include "layer/codec/zlib_step.h"

typedef struct zlib_codec {
    codec base;
    z_stream stream;
} zlib_codec;

static bool gzip_step(codec *c, codec_step *step)
{
    zlib_codec *self = (zlib_codec *)c;

    return zlib_step(&self->stream, inflate, false, step) &&
           (!step->member_done || inflateReset(&self->stream) == Z_OK);
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
    if (inflateInit2(&self->stream, MAX_WBITS + ZLIB_GZIP_ONLY) != Z_OK) {
        free(self);
        return NULL;
    }
    return &self->base;
}
