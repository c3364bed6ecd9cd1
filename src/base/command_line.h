/* SPDX-License-Identifier: MIT */
/** Command lines of Windows: one string where others have an array. */
#ifndef WCOW_BASE_COMMAND_LINE_H
#define WCOW_BASE_COMMAND_LINE_H

#include <stdbool.h>

#include "base/strings.h"

/**
 * Arguments (NULL-terminated) → one line that CommandLineToArgvW splits into them again: quotes
 * around empty ones and those with a space or tab, backslashes doubled before quotes only. NULL
 * when out of memory.
 */
char *command_line_join(const char *const *arguments);

/** The reverse, by the rules for arguments after the program's name; false when out of memory. */
bool command_line_split(const char *line, string_list *out);

#endif
