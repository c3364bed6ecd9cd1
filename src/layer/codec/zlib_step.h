/* SPDX-License-Identifier: MIT */
/** A step of zlib, either way. */
#ifndef WCOW_LAYER_CODEC_ZLIB_STEP_H
#define WCOW_LAYER_CODEC_ZLIB_STEP_H

#include <zlib.h>

#include "layer/codec/codec.h"

/* Added to the bits of the window: no other format than gzip. */
#define ZLIB_GZIP_ONLY 16

/** inflate() or deflate(). */
typedef int zlib_call(z_stream *stream, int flush);

/**
 * Lets zlib take what it can of a step's input, and fill what it can of its output.
 *
 * @param finish  whether the input ends with this step
 * @return false if zlib says that the data is wrong
 */
bool zlib_step(z_stream *stream, zlib_call *call, bool finish, codec_step *step);

#endif
