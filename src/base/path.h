/* SPDX-License-Identifier: MIT */
/**
 * Paths as text. The separator follows the path itself: one with a backslash or a drive letter is a
 * Windows path and is joined with '\', others with '/'. So the same code serves the Windows host
 * and the native build.
 */
#ifndef WCOW_BASE_PATH_H
#define WCOW_BASE_PATH_H

#include <stdbool.h>

/** base + separator + name, in fresh memory; NULL when out of memory. */
char *path_join(const char *base, const char *name);
/** Last component, borrowed; trailing separators are not skipped. */
const char *path_base_name(const char *path);
/** Everything before the last component (without its separator), in fresh memory. */
char *path_parent(const char *path);
/** '\\' or '/', as the path itself suggests. */
char path_separator(const char *path);
/** Whether it is that folder, or lies in it, as Windows compares: case and kind of separators do
 * not count. */
bool path_lies_in(const char *path, const char *folder);
/** Whether it is absolute: a drive with a separator, \\server, \\?\, or '/'. */
bool path_is_absolute(const char *path);

#endif
