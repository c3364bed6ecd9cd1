/* SPDX-License-Identifier: MIT */
/** Small files of the store: JSON, folders, locks. Missing files are WCOW_NOT_FOUND. */
#ifndef WCOW_ENGINE_HOST_STORE_H
#define WCOW_ENGINE_HOST_STORE_H

#include "base/json.h"
#include "engine/host/host.h"

WCOW_CHECKED wcow_status store_read(wcow_host *host, const char *path, cJSON **out,
                                    wcow_error *err);
/** A file with a "version", up to `known`; of a newer one WCOW_UNSUPPORTED, in words. */
WCOW_CHECKED wcow_status store_read_version(wcow_host *host, const char *path, int known,
                                            cJSON **out, wcow_error *err);
WCOW_CHECKED wcow_status store_write(wcow_host *host, const char *path, const cJSON *value,
                                     wcow_error *err);
/**
 * The same for what a full disk must not keep from being written: it is written over `spare` then,
 * a file beside it that store_keep_spare() has made before, and which is gone after that.
 */
WCOW_CHECKED wcow_status store_write_with(wcow_host *host, const char *path, const char *spare,
                                          const cJSON *value, wcow_error *err);
/** Makes that file, as far as there is room (image/store/spare.h). */
void store_keep_spare(wcow_host *host, const char *spare, size_t size);
/** Makes a folder and those above it; one that is there is fine. */
WCOW_CHECKED wcow_status store_make_directory(wcow_host *host, const char *path, wcow_error *err);
/** Removes a file, or a folder with all in it; one that is not there is fine. */
WCOW_CHECKED wcow_status store_remove(wcow_host *host, const char *folder, const char *name,
                                      wcow_error *err);
bool store_exists(wcow_host *host, const char *path);
/** Whether it is certain that there is none: what cannot be looked at may be there. */
bool store_absent(wcow_host *host, const char *path);
/** Names in a folder; none if it is not there. */
WCOW_CHECKED wcow_status store_list(wcow_host *host, const char *path, string_list *out,
                                    wcow_error *err);

/** A held lock: given back when its scope ends. Zero is "none". */
typedef struct store_lock {
    files_port *files;
    file_lock *lock;
} store_lock;

#define STORE_LOCK_INIT                                                                            \
    {                                                                                              \
        NULL, NULL                                                                                 \
    }

/** WCOW_TIMEOUT when another process holds it for all that time. */
WCOW_CHECKED wcow_status store_lock_take(wcow_host *host, const char *path, uint32_t milliseconds,
                                         store_lock *out, wcow_error *err);
void store_lock_release(store_lock *lock);

DEFINE_CLEANUP_VALUE(store_lock, store_lock, store_lock_release)
#define cleanup_lock CLEANUP(store_lock)

#endif
