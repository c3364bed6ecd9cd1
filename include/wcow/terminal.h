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

#ifdef __cplusplus
}
#endif

#endif
