/* SPDX-License-Identifier: MIT */
/** This process's console. Link-time (win32/console.c, tests/posix/console.c). */
#ifndef WCOW_PORT_CONSOLE_H
#define WCOW_PORT_CONSOLE_H

#include <stdbool.h>
#include <stdint.h>

#include "port/stream.h"

/** Whether a standard stream is a terminal (GetConsoleMode succeeds, not _isatty). */
bool console_is_terminal(int which);

/** Visible columns and rows of the output; failure when it is no terminal. */
int32_t console_size(uint16_t *columns, uint16_t *rows);

typedef struct console_mode console_mode;

/**
 * Raw mode: no echo, no line editing, no Ctrl-C processing, VT sequences both ways. Only what is a
 * terminal is changed.
 *
 * @param[out] saved  hand it to console_restore(), which frees it; also done if the process exits
 */
int32_t console_raw(console_mode **saved);
/** Does not show what is typed; lines and Ctrl-C stay as they are. Also undone if Ctrl-C ends the
 * process. Success without a terminal, too: there is nothing to show. */
int32_t console_hide(console_mode **saved);
void console_restore(console_mode *saved);

enum { CONSOLE_CTRL_C, CONSOLE_CTRL_BREAK, CONSOLE_CLOSE };

/** Registers what to call on Ctrl-C and the like, on a thread of its own. As long as it has not
 * returned no other event arrives, on Windows either: it has to return at once. */
void console_on_interrupt(void (*call)(void *context, int event), void *context);

/**
 * The default again. Returns when no call runs any more, so that its context can be freed; within a
 * call this does not wait for it.
 *
 * @param milliseconds  to wait at most: what is called may itself wait for something for ever
 * @return false if a call still runs
 */
bool console_default_interrupts(uint32_t milliseconds);

#endif
