/* SPDX-License-Identifier: MIT */
/** The functions of templates. */
#ifndef WCOW_CLI_TEMPLATE_TEMPLATE_FUNCTION_H
#define WCOW_CLI_TEMPLATE_TEMPLATE_FUNCTION_H

#include "cli/template/template_value.h"

struct template_function {
    const char *name;
    size_t minimum, maximum; /* number of arguments */
    bool spoils_headings;    /* in a table's heading it hands its first argument through */
    wcow_status (*call)(struct evaluation *evaluation, const cJSON *const *arguments, size_t count,
                        const cJSON **out, wcow_error *err);
};

/** NULL if there is none of that name. */
const struct template_function *template_function_find(const char *name);

/** Adds them as Go's print does: blanks between two of which none is a text. */
void template_print(const cJSON *const *arguments, size_t count, text *out);

/** Go's escapers. */
WCOW_CHECKED wcow_status template_html(struct evaluation *evaluation, const cJSON *const *arguments,
                                       size_t count, const cJSON **out, wcow_error *err);
WCOW_CHECKED wcow_status template_js(struct evaluation *evaluation, const cJSON *const *arguments,
                                     size_t count, const cJSON **out, wcow_error *err);
WCOW_CHECKED wcow_status template_urlquery(struct evaluation *evaluation,
                                           const cJSON *const *arguments, size_t count,
                                           const cJSON **out, wcow_error *err);

/** printf; the first argument is the format. */
WCOW_CHECKED wcow_status template_printf(struct evaluation *evaluation,
                                         const cJSON *const *arguments, size_t count,
                                         const cJSON **out, wcow_error *err);

#endif
