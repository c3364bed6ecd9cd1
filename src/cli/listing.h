/* SPDX-License-Identifier: MIT */
/** What ps and images print: rows of JSON as a table, as JSON lines, or by the user's template. */
#ifndef WCOW_CLI_LISTING_H
#define WCOW_CLI_LISTING_H

#include <stdio.h>

#include "base/docker_type.h"
#include "base/json.h"
#include "base/text.h"

struct column {
    const char *key; /* NULL ends a table */
    const char *heading;
};

struct listing {
    const char *format;   /* --format: table, json, a template; NULL: the table */
    const char *standard; /* template of the table; cells separated by tabs */
    const char *raw;      /* template of --format raw; NULL: there is none */
    const struct column *columns;
    bool quiet; /* ids only, whatever the format */
};

/** Whether a --format is the standard table: only then do images and history heed --quiet. */
bool listing_is_table(const char *format);

/**
 * Whether rows have to have a member for this column: whatever the format may look at. Of a
 * thousand rows, those that nobody sees would take as long as those that are printed.
 */
bool listing_needs(const struct listing *listing, const char *key);

/**
 * Adds an array of objects that have a member for each column that is needed, as they are to be
 * printed. In a table, texts that would drive the terminal are changed for that.
 */
WCOW_CHECKED wcow_status listing_format(text *out, const struct listing *listing, cJSON *rows,
                                        wcow_error *err);

/** Prints them. */
WCOW_CHECKED wcow_status listing_print(FILE *out, const struct listing *listing, cJSON *rows,
                                       wcow_error *err);

/** Prints one JSON object by a --format: "json" or a template, followed by a newline. */
WCOW_CHECKED wcow_status format_print(FILE *out, const char *format, const cJSON *object,
                                      wcow_error *err);

/**
 * The same for version and info, in whose formats \t and \n stand for themselves; `object` is one
 * of Docker's types.
 */
WCOW_CHECKED wcow_status object_print(FILE *out, const char *format, cJSON *object,
                                      enum docker_type type, wcow_error *err);

/** The template with the escapes \t and \n outside of its actions turned into what they stand for;
 * NULL when out of memory. */
char *format_unescape(const char *format);

#endif
