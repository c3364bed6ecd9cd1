/* SPDX-License-Identifier: MIT */
/**
 * What the programs of the test images share. They write bytes and UTF-16 straight to the system,
 * because the C library would translate line ends and hold output back in buffers.
 */
#ifndef IMAGES_PROGRAM_H
#define IMAGES_PROGRAM_H

#include <stddef.h>
#include <windows.h>

/** Each program's own; MinGW's headers do not declare it. */
int wmain(int argc, wchar_t **argv);

/** Writes all bytes, or ends the program with 1 when nobody reads them any more. */
void program_write(HANDLE handle, const void *bytes, size_t length);

/** Formats and writes text to standard output at once: UTF-8, or UTF-16 to a console. */
void program_print(const wchar_t *format, ...);

/** A decimal or 0x hexadecimal number, of which the low 32 bits count; negative ones, too. */
DWORD program_number(const wchar_t *text);

#endif
