/* SPDX-License-Identifier: MIT */
/**
 * Blobs on their way from a registry: images/downloads/<hex>, which a later pull goes on with.
 * Whoever has the lock images/downloads/<xx>.lock may touch those whose digits start so. Private to
 * src/image.
 */
#ifndef WCOW_IMAGE_STORE_DOWNLOADS_H
#define WCOW_IMAGE_STORE_DOWNLOADS_H

#include "base/progress.h"
#include "image/store/image_store.h"

/** Held locks. */
typedef struct download_locks {
    files_port *files;
    file_lock *held[256];
} download_locks;

/** Makes the folder. */
WCOW_CHECKED wcow_status downloads_ensure(const image_store *store, wcow_error *err);

/**
 * Locks the downloads of these blobs, in an order that keeps pulls from waiting for each other in a
 * circle. So pulls of one blob share it: the second finds it in the store.
 *
 * @param progress  asked every now and then while it waits
 */
WCOW_CHECKED wcow_status downloads_lock(const image_store *store,
                                        const image_descriptor *const *blobs, size_t count,
                                        progress_sink *progress, download_locks *out,
                                        wcow_error *err);
void downloads_unlock(download_locks *locks);
DEFINE_CLEANUP_VALUE(download_locks, download_locks, downloads_unlock)

char *download_path(const image_store *store, const char *digest);
/** Moves it among the blobs, unless it is there; the store must be locked. */
WCOW_CHECKED wcow_status download_publish(const image_store *store, const char *digest,
                                          wcow_error *err);

/** Removes downloads that nobody is at. */
WCOW_CHECKED wcow_status downloads_sweep(const image_store *store, wcow_error *err);

#endif
