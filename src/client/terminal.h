/* SPDX-License-Identifier: MIT */
/** Asking the user for a line. */
#ifndef WCOW_CLIENT_TERMINAL_H
#define WCOW_CLIENT_TERMINAL_H

#include <wcow/error.h>

#include "client/user_streams.h"

/**
 * Reads a line from the input of `u`, which this opens and closes. But for `line` this leaves
 * nothing of what was typed in memory.
 *
 * @param hidden     as for a password
 * @param[out] line  without its end, malloc'ed; NULL: the input has ended
 */
WCOW_CHECKED wcow_status terminal_ask(user_streams *u, bool hidden, char **line, wcow_error *err);

#endif
