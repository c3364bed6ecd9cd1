/* SPDX-License-Identifier: MIT */
/**
 * A pseudoconsole with one program on it (EmulateConsole). Under Wine 8 the program's standard
 * handles must be opened in a process that is on the console, and only such a process can resize
 * it: that is what the launcher is for (conlaunch.c).
 */
#ifndef HCSSIM_GUEST_CONSOLE_H
#define HCSSIM_GUEST_CONSOLE_H

#include <stdint.h>
#include <windows.h>

typedef struct console console;

/** What the launcher and the console tell each other: fixed messages over a pipe. */
typedef struct console_message {
    uint32_t kind;
    uint32_t first, second;
} console_message;

enum {
    CONSOLE_STARTED = 1, /* launcher: pid; the program is suspended */
    CONSOLE_FAILED,      /* launcher: Win32 code */
    CONSOLE_GO,          /* let it run */
    CONSOLE_SIZE,        /* columns, rows */
    CONSOLE_CTRL_C       /* was typed */
};

typedef struct console_program {
    const wchar_t *application, *directory;
    wchar_t *command_line, *environment;
    HANDLE job;
} console_program;

/** @param[out] in, out  overlapped ends of the terminal's streams, the caller's */
int32_t console_new(uint16_t columns, uint16_t rows, HANDLE *in, HANDLE *out, console **result);
/** Starts the program on it, in the job. */
int32_t console_start(console *c, const console_program *program, DWORD *pid, HANDLE *process);
int32_t console_resize(console *c, uint16_t columns, uint16_t rows);
/** The program has ended: waits until what it wrote was passed on, ends the console, frees it. */
void console_free(console *c);
/** The launcher's process id, which is no process of the container. */
DWORD console_launcher(const console *c);

#endif
