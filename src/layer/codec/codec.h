/* SPDX-License-Identifier: MIT */
/** One way to (de)compress, as decompress.c and compress.c drive it; private to them and to the
 * codec_*.c and deflate_*.c files. */
#ifndef WCOW_LAYER_CODEC_CODEC_H
#define WCOW_LAYER_CODEC_CODEC_H

#include <stdbool.h>
#include <stddef.h>

typedef struct codec codec;

/** What one step used and made. */
typedef struct codec_step {
    const unsigned char *in;
    size_t in_size; /* changed to what is left */
    unsigned char *out;
    size_t out_size;  /* changed to what is left */
    bool last;        /* compressing: nothing follows this input */
    bool member_done; /* a member (gzip) or frame (zstd) ended with this step */
} codec_step;

struct codec {
    const char *name;
    /** Works until input or room runs out, or a member ends; false for damaged data. */
    bool (*step)(codec *c, codec_step *step);
    void (*free)(codec *c);
};

/** NULL when out of memory. */
codec *codec_gzip_new(void);
codec *codec_zstd_new(void);
codec *codec_deflate_new(void); /* to gzip */

#endif
