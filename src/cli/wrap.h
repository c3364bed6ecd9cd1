/* SPDX-License-Identifier: MIT */
/** Text in lines that fit a terminal. */
#ifndef WCOW_CLI_WRAP_H
#define WCOW_CLI_WRAP_H

#include <stddef.h>
#include <stdio.h>

/**
 * Prints a text in lines of at most 79 columns (as Docker breaks its help where it sees no
 * terminal, so that the last column of an 80 wide one stays free), and ends the last of them.
 *
 * Empty lines part paragraphs; within one, a line break is as good as a blank. Lines that begin
 * with a blank are examples and stay as they are. A word longer than a line gets one of its own.
 *
 * @param indent  the column that each line begins at; the first one is there already
 */
void wrap_print(FILE *out, const char *string, size_t indent);

#endif
