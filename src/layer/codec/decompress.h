/* SPDX-License-Identifier: MIT */
/**
 * Decompression of layer blobs. What a blob is, its first bytes tell: media types lie (Docker's
 * "plain" layers may be compressed). gzip (several members, too), zstd, or plain.
 */
#ifndef WCOW_LAYER_CODEC_DECOMPRESS_H
#define WCOW_LAYER_CODEC_DECOMPRESS_H

#include "base/cleanup.h"
#include "base/source.h"

typedef struct decompressor decompressor;

/** Reads the first bytes and decides; the source is borrowed. */
WCOW_CHECKED wcow_status decompressor_new(const byte_source *source, decompressor **out,
                                          wcow_error *err);
/** What comes out. Its end is the end of the input, too; cut input is WCOW_CORRUPT. */
const byte_source *decompressor_source(decompressor *d);
void decompressor_free(decompressor *d);

DEFINE_CLEANUP(decompressor, decompressor *, decompressor_free)
#define cleanup_decompressor CLEANUP(decompressor)

#endif
