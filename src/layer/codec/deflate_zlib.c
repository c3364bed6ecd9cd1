/* SPDX-License-Identifier: MIT */
/* gzip with zlib, where ISA-L is not found. */
#include <stdlib.h>

#include "layer/codec/zlib_step.h"

#define MEMORY 8 /* zlib's default */

typedef struct zlib_deflate {
    codec base;
    z_stream stream;
} zlib_deflate;

static bool deflate_step(codec *c, codec_step *step)
{
    zlib_deflate *self = (zlib_deflate *)c;

    return zlib_step(&self->stream, deflate, step->last, step);
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
    if (deflateInit2(&self->stream, Z_BEST_SPEED, Z_DEFLATED, MAX_WBITS + ZLIB_GZIP_ONLY, MEMORY,
                     Z_DEFAULT_STRATEGY) != Z_OK) {
        free(self);
        return NULL;
    }
    return &self->base;
}
