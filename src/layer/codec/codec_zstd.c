/* SPDX-License-Identifier: MIT */
/* zstd. */
#include <stdlib.h>

#include <zstd.h>

#include "layer/codec/codec.h"

/* Windows of more than 128 MiB (zstd --ultra --long=28…) would let a stranger take our memory. */
#define WINDOW_LOG_LIMIT 27

typedef struct zstd_codec {
    codec base;
    ZSTD_DCtx *context;
} zstd_codec;

static bool zstd_step(codec *c, codec_step *step)
{
    zstd_codec *self = (zstd_codec *)c;
    ZSTD_inBuffer in = {step->in, step->in_size, 0};
    ZSTD_outBuffer out = {step->out, step->out_size, 0};
    size_t result = ZSTD_decompressStream(self->context, &out, &in);

    if (ZSTD_isError(result))
        return false;
    step->in += in.pos;
    step->in_size -= in.pos;
    step->out += out.pos;
    step->out_size -= out.pos;
    step->member_done = result == 0;
    return true;
}

static void zstd_free(codec *c)
{
    zstd_codec *self = (zstd_codec *)c;

    ZSTD_freeDCtx(self->context);
    free(self);
}

codec *codec_zstd_new(void)
{
    zstd_codec *self = malloc(sizeof(*self));

    if (!self)
        return NULL;
    *self = (zstd_codec){{"zstd", zstd_step, zstd_free}, ZSTD_createDCtx()};
    if (!self->context || ZSTD_isError(ZSTD_DCtx_setParameter(self->context, ZSTD_d_windowLogMax,
                                                              WINDOW_LOG_LIMIT))) {
        zstd_free(&self->base);
        return NULL;
    }
    return &self->base;
}
