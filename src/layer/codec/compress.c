/* SPDX-License-Identifier: MIT */
/* Compression of layer blobs. */
#include "layer/codec/compress.h"

#include "base/error.h"
#include "layer/codec/codec.h"

#define OUT_SIZE (64u * 1024)

struct compressor {
    byte_sink sink;
    const byte_sink *to;
    codec *codec;
    unsigned char out[OUT_SIZE];
};

/* Until the input is used up, or all is out. */
static wcow_status drive(compressor *c, codec_step *step, wcow_error *err)
{
    do {
        wcow_status status;

        step->out = c->out;
        step->out_size = sizeof(c->out);
        if (!c->codec->step(c->codec, step))
            return error_set(err, WCOW_FAILED, "the data cannot be compressed");
        if (step->out_size == sizeof(c->out))
            continue;
        status = sink_write(c->to, c->out, sizeof(c->out) - step->out_size, err);
        if (status)
            return status;
    } while (step->last ? !step->member_done : step->in_size > 0);
    return WCOW_OK;
}

static wcow_status compress(void *context, const void *bytes, size_t size, wcow_error *err)
{
    codec_step step = {.in = bytes, .in_size = size};

    return size ? drive(context, &step, err) : WCOW_OK;
}

wcow_status compressor_new(const byte_sink *to, compressor **out, wcow_error *err)
{
    cleanup_compressor compressor *c = calloc(1, sizeof(*c));

    if (!c)
        return error_no_memory(err);
    c->sink = (byte_sink){compress, c};
    c->to = to;
    c->codec = codec_deflate_new();
    if (!c->codec)
        return error_no_memory(err);
    *out = TAKE(c);
    return WCOW_OK;
}

const byte_sink *compressor_sink(compressor *c)
{
    return &c->sink;
}

wcow_status compressor_finish(compressor *c, wcow_error *err)
{
    static const unsigned char nothing;
    codec_step step = {.in = &nothing, .last = true};

    return drive(c, &step, err);
}

void compressor_free(compressor *c)
{
    if (!c)
        return;
    if (c->codec)
        c->codec->free(c->codec);
    free(c);
}
