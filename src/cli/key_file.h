/* SPDX-License-Identifier: MIT */
/** Files of KEY=value lines: --env-file, --label-file (docker/cli pkg/kvfile). */
#ifndef WCOW_CLI_KEY_FILE_H
#define WCOW_CLI_KEY_FILE_H

#include <stdbool.h>

#include "base/strings.h"

#include <wcow/error.h>

/**
 * Adds the lines of a file. Empty lines and those that start with # are skipped, white space before
 * a name is not part of it, everything after = is.
 *
 * @param names_alone  keep names without a value (a variable's then comes from the caller), else
 * drop
 */
WCOW_CHECKED wcow_status key_file_read(const char *path, bool names_alone, string_list *out,
                                       wcow_error *err);

#endif
