/* SPDX-License-Identifier: MIT */
/**
 * Long texts to a standard stream. Both are buffered on Windows, too (win32/wmain.c): what a
 * command prints goes out as a whole, and whoever is about to wait flushes first.
 */
#ifndef WCOW_CLI_OUTPUT_H
#define WCOW_CLI_OUTPUT_H

#include <stdbool.h>
#include <stddef.h>
#include <stdio.h>

/**
 * Writes in pieces that end where a UTF-8 character does, and flushes each: a console takes each
 * write for itself, and shows what is torn between two as two wrong characters. False when nobody
 * reads any more.
 */
bool output_write(FILE *out, const char *bytes, size_t length);

#endif
