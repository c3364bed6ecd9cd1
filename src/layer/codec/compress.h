/* SPDX-License-Identifier: MIT */
/**
 * Compression of layer blobs that are made here: gzip, which every client reads, and rather fast
 * than small.
 */
#ifndef WCOW_LAYER_CODEC_COMPRESS_H
#define WCOW_LAYER_CODEC_COMPRESS_H

#include "base/cleanup.h"
#include "base/sink.h"

typedef struct compressor compressor;

/** The sink that takes what comes out is borrowed. */
WCOW_CHECKED wcow_status compressor_new(const byte_sink *to, compressor **out, wcow_error *err);
/** Where the bytes go; lives as long as the compressor. */
const byte_sink *compressor_sink(compressor *c);
/** Nothing more follows: writes what is left, and the end. */
WCOW_CHECKED wcow_status compressor_finish(compressor *c, wcow_error *err);
void compressor_free(compressor *c);

DEFINE_CLEANUP(compressor, compressor *, compressor_free)
#define cleanup_compressor CLEANUP(compressor)

#endif
