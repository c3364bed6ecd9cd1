/* SPDX-License-Identifier: MIT */
/** Layer tars on their way into the image store: hashed and compressed in one pass. */
#ifndef WCOW_ENGINE_IMAGE_PACK_H
#define WCOW_ENGINE_IMAGE_PACK_H

#include "base/sink.h"
#include "oci/manifest.h"

/** Writes a tar to the sink. */
typedef wcow_status pack_fn(void *context, const byte_sink *tar, wcow_error *err);

/** Has the tar written; what comes out at `blob` is gzip. `diff_id` is the tar's own digest. */
WCOW_CHECKED wcow_status layer_pack(pack_fn *write, void *context, const byte_sink *blob,
                                    char diff_id[DIGEST_SIZE], wcow_error *err);

#endif
