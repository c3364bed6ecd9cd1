/* SPDX-License-Identifier: MIT */
/** One blob's way from a registry to images/downloads. Private to src/image. */
#ifndef WCOW_IMAGE_TRANSFER_DOWNLOAD_H
#define WCOW_IMAGE_TRANSFER_DOWNLOAD_H

#include "image/store/downloads.h"
#include "image/transfer/transfer.h"

/** Downloads a blob whole and verifies it. It is not in the store yet. */
WCOW_CHECKED wcow_status download_blob(const image_store *store, registry *r, http_client *client,
                                       const image_descriptor *blob, progress_sink *progress,
                                       wcow_error *err);

#endif
