/* SPDX-License-Identifier: MIT */
/** Columns: cells end with a tab, lines with a newline (Go's text/tabwriter, as Docker sets it). */
#ifndef WCOW_CLI_TABLE_H
#define WCOW_CLI_TABLE_H

#include <stdio.h>

#include "base/text.h"

#include <wcow/error.h>

enum { TABLE_CELL_MINIMUM = 10, TABLE_TOP_MINIMUM = 20 };

/** Adds `cells` laid out; a column is as wide as its widest cell and three, and at least `minimum`.
 */
WCOW_CHECKED wcow_status table_lay_out(text *out, const char *cells, size_t minimum,
                                       wcow_error *err);

/** The same, printed. */
WCOW_CHECKED wcow_status table_print(FILE *out, const char *cells, size_t minimum, wcow_error *err);

#endif
