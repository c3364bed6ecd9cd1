/* SPDX-License-Identifier: MIT */
/* gzip with ISA-L, several times as fast as zlib. Built where the library is found, else
 * deflate_zlib.c. */
#include <stdint.h>
#include <stdlib.h>

#include <isa-l/igzip_lib.h>

#include "layer/codec/codec.h"

typedef struct igzip_deflate {
    codec base;
    struct isal_zstream stream;
    uint8_t level_buffer[ISAL_DEF_LVL1_DEFAULT];
} igzip_deflate;

/* Its counters have 32 bits. */
static uint32_t clamp(size_t size)
{
    return size < UINT32_MAX ? (uint32_t)size : UINT32_MAX;
}

static bool deflate_step(codec *c, codec_step *step)
{
    igzip_deflate *self = (igzip_deflate *)c;
    struct isal_zstream *stream = &self->stream;
    uint32_t in_size = clamp(step->in_size);
    uint32_t out_size = clamp(step->out_size);

    stream->next_in = (uint8_t *)(uintptr_t)step->in; /* not written to; the library lacks const */
    stream->avail_in = in_size;
    stream->next_out = step->out;
    stream->avail_out = out_size;
    stream->end_of_stream = step->last && in_size == step->in_size;
    if (isal_deflate(stream) != COMP_OK)
        return false;
    step->in += in_size - stream->avail_in;
    step->in_size -= in_size - stream->avail_in;
    step->out += out_size - stream->avail_out;
    step->out_size -= out_size - stream->avail_out;
    step->member_done = stream->internal_state.state == ZSTATE_END;
    return true;
}

static void deflate_free(codec *c)
{
    free(c);
}

codec *codec_deflate_new(void)
{
    igzip_deflate *self = malloc(sizeof(*self));

    if (!self)
        return NULL;
    self->base = (codec){"gzip", deflate_step, deflate_free};
    isal_deflate_init(&self->stream);
    self->stream.gzip_flag = IGZIP_GZIP;
    self->stream.level = 1;
    self->stream.level_buf = self->level_buffer;
    self->stream.level_buf_size = sizeof(self->level_buffer);
    return &self->base;
}
