/* SPDX-License-Identifier: MIT */
/** Values while a template runs: JSON, some of it made on the way; NULL is "no value". */
#ifndef WCOW_CLI_TEMPLATE_TEMPLATE_VALUE_H
#define WCOW_CLI_TEMPLATE_TEMPLATE_VALUE_H

#include <stdbool.h>

#include "base/docker_type.h"
#include "base/json.h"
#include "base/text.h"

/* What a run of a template hands around. */
struct evaluation {
    cJSON *made;         /* array that owns the values made on the way */
    struct scope *scope; /* variables; see template_eval.c */
    const struct definition *definitions;
    unsigned calls;                                     /* of templates, within each other */
    enum { JUMP_NONE, JUMP_BREAK, JUMP_CONTINUE } jump; /* out of a range's body */
    bool header;                                        /* it makes a table's heading */
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
 * inspect` accepts both Go's and JSON's spelling (.ID and .Id). A member that Docker's type of the
 * value has, and JSON leaves out while it is zero, is its zero value.
 */
WCOW_CHECKED wcow_status value_path(struct evaluation *evaluation, const cJSON *value,
                                    const char *path, const cJSON **out, wcow_error *err);
/** Of a map, what Go's index has for a key that is not in it: the zero value of its type. */
WCOW_CHECKED wcow_status value_missing(struct evaluation *evaluation, const cJSON *map,
                                       const cJSON **out, wcow_error *err);
/** What the value is in Docker's types: a null may be a list, a map or a pointer. */
enum docker_kind value_kind(const cJSON *value);

/** Members of an object in the order of their names, as Go ranges over a map: NULL-terminated. */
const cJSON **value_sorted(const cJSON *object);

#endif
