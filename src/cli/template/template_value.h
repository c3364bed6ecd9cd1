/* SPDX-License-Identifier: MIT */
/** Values while a template runs: JSON, some of it made on the way; NULL is "no value". */
#ifndef WCOW_CLI_TEMPLATE_TEMPLATE_VALUE_H
#define WCOW_CLI_TEMPLATE_TEMPLATE_VALUE_H

#include <stdbool.h>

#include "base/json.h"
#include "base/text.h"

/* What a run of a template hands around. */
struct evaluation {
    cJSON *made;         /* array that owns the values made on the way */
    struct scope *scope; /* variables; see template_eval.c */
    bool header;         /* it makes a table's heading */
    text *out;
};

/** Whether Go's `if` takes it for true: not empty, not zero. */
bool value_is_true(const cJSON *value);
/** Prints it as Go's fmt would with %v. */
void value_print(const cJSON *value, text *out);

/** Takes a new value into the evaluation's keeping; NULL (no memory) is an error. */
WCOW_CHECKED wcow_status value_keep(struct evaluation *evaluation, cJSON *value, const cJSON **out,
                                    wcow_error *err);
/** The same for a text, which is emptied. */
WCOW_CHECKED wcow_status value_keep_text(struct evaluation *evaluation, text *value,
                                         const cJSON **out, wcow_error *err);

/**
 * Follows "A.B" from a value: exact names first, then without regard to case, since `docker
 * inspect` accepts both Go's and JSON's spelling (.ID and .Id).
 */
WCOW_CHECKED wcow_status value_path(const cJSON *value, const char *path, const cJSON **out,
                                    wcow_error *err);

/** Members of an object in the order of their names, as Go ranges over a map: NULL-terminated. */
const cJSON **value_sorted(const cJSON *object);

#endif
