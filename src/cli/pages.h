/* SPDX-License-Identifier: MIT */
/**
 * The reference as pages: the tables that parsing and --help go by, and the table of error codes,
 * as Markdown and as a page of the manual. They are kept in guide/reference (ci/reference).
 */
#ifndef WCOW_CLI_PAGES_H
#define WCOW_CLI_PAGES_H

#include <stdbool.h>
#include <stdio.h>

/** Prints all pages, each after a form feed and its name: "README.md", "network-create.md" … */
void pages_print_all(FILE *out);

/** Prints a page; false if there is none of that name. */
bool pages_print(FILE *out, const char *name);

/** The page of the manual. */
void manual_print(FILE *out);

#endif
