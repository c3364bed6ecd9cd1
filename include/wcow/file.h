/* SPDX-License-Identifier: MIT */
/** Small files that a caller names (lists of variables, id files): UTF-8 paths on every Windows. */
#ifndef WCOW_FILE_H
#define WCOW_FILE_H

#include <stdbool.h>
#include <stddef.h>

#include <wcow/error.h>

#ifdef __cplusplus
extern "C" {
#endif

/**
 * Reads a whole file.
 *
 * @param limit      longest that is read; more is WCOW_INVALID
 * @param[out] bytes owned by the caller, wcow_free(); a NUL follows them
 */
WCOW_API WCOW_CHECKED wcow_status wcow_file_read(const char *path, size_t limit, char **bytes,
                                                 size_t *size, wcow_error *err);

/** Writes a file that must not exist yet (WCOW_ALREADY_EXISTS); a failure leaves none behind. */
WCOW_API WCOW_CHECKED wcow_status wcow_file_create(const char *path, const void *bytes, size_t size,
                                                   wcow_error *err);

/** Whether wcow_file_create() can make it: tries, and leaves nothing behind. */
WCOW_API WCOW_CHECKED wcow_status wcow_file_try(const char *path, wcow_error *err);

/** Whether something of that name is there. */
WCOW_API bool wcow_file_exists(const char *path);

#ifdef __cplusplus
}
#endif

#endif
