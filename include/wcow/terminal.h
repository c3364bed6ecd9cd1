/* SPDX-License-Identifier: MIT */
/** What a program needs to know of its terminal before it attaches to a container. */
#ifndef WCOW_TERMINAL_H
#define WCOW_TERMINAL_H

#include <stdbool.h>

#include <wcow/error.h>

#ifdef __cplusplus
extern "C" {
#endif

/**
 * Whether a standard stream of this process is a terminal (a console on Windows; pipes of Cygwin
 * terminals are none).
 *
 * @param which  0 input, 1 output, 2 error
 */
WCOW_API bool wcow_terminal_is(int which);

/** Columns that the terminal of the output shows; 0: it is none. */
WCOW_API unsigned wcow_terminal_columns(void);

/**
 * Reads a line that somebody types at standard input, which should be a terminal.
 *
 * @param hidden     does not show what is typed, as for a password; the terminal is as before at
 *                   the end, also if Ctrl-C ends the process
 * @param[out] line  without its end; owned by the caller, wcow_free(); NULL: the input has ended
 */
WCOW_API WCOW_CHECKED wcow_status wcow_terminal_ask(bool hidden, char **line, wcow_error *err);

#ifdef __cplusplus
}
#endif

#endif
