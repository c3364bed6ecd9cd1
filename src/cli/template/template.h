/* SPDX-License-Identifier: MIT */
/**
 * The part of Go's text/template that Docker users type after --format: fields, pipelines,
 * variables, if, range, with, the built-in functions and Docker's own (json, split, join, title,
 * lower, upper, pad, truncate). Values are JSON.
 */
#ifndef WCOW_CLI_TEMPLATE_TEMPLATE_H
#define WCOW_CLI_TEMPLATE_TEMPLATE_H

#include <stdbool.h>

#include "base/cleanup.h"
#include "base/json.h"
#include "base/text.h"

typedef struct template template;

/** Parses; a malformed template is WCOW_INVALID with one line that says what is wrong. */
WCOW_CHECKED wcow_status template_parse(const char *source, template **out, wcow_error *err);
void template_free(template *t);

/**
 * Writes the template filled with `data` to `out`; a field that `data` does not have is an error,
 * save in maps whose keys are the user's (labels and the like), where it prints "<no value>".
 */
WCOW_CHECKED wcow_status template_run(const template *t, const cJSON *data, text *out,
                                      wcow_error *err);

/** The same for a table's headings: functions that would spoil a heading hand it through. */
WCOW_CHECKED wcow_status template_run_header(const template *t, const cJSON *headings, text *out,
                                             wcow_error *err);

DEFINE_CLEANUP(template, template *, template_free)
#define cleanup_template CLEANUP(template)

#endif
