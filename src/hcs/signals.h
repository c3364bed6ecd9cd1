/* SPDX-License-Identifier: MIT */
/** Names and numbers of signals, and what Windows makes of them. */
#ifndef WCOW_HCS_SIGNALS_H
#define WCOW_HCS_SIGNALS_H

#include <wcow/error.h>

/**
 * "KILL", "SIGTERM", "int", "15" → the Signal of HcsSignalProcess, NULL for KILL, which terminates.
 * WCOW_INVALID in Docker's words.
 */
WCOW_CHECKED wcow_status signal_find(const char *name, const char **out, wcow_error *err);

/** Its number on Linux; 0: it has none, or is none. */
long signal_number(const char *name);

#endif
