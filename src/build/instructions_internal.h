/* SPDX-License-Identifier: MIT */
/** What the files of the instructions share. */
#ifndef WCOW_BUILD_INSTRUCTIONS_INTERNAL_H
#define WCOW_BUILD_INSTRUCTIONS_INTERNAL_H

#include <stdbool.h>

#include "base/json.h"
#include "build/instructions.h"

/** A config under change. */
typedef struct changing {
    cJSON *config;
    const char *name; /* of the instruction at hand, in capitals */
    bool cmd_set;     /* a CMD came before: an ENTRYPOINT keeps it */
} changing;

/** What follows the instruction's name, without blanks around it. */
typedef wcow_status change_fn(changing *c, const char *rest, wcow_error *err);

/** The array or object of that name, made if it is not there; NULL when out of memory. */
cJSON *change_array(const changing *c, const char *name);
cJSON *change_object(const changing *c, const char *name);
/** Replaces a member; owns `value`, and NULL means out of memory. */
WCOW_CHECKED wcow_status change_put(const changing *c, const char *name, cJSON *value,
                                    wcow_error *err);

/** An array of texts, if it is one; NULL and WCOW_OK if it is no JSON, and meant to be words. */
WCOW_CHECKED wcow_status change_json(const changing *c, const char *rest, cJSON **out,
                                     wcow_error *err);
/** A word without quotes, with values in place of variables; malloc'ed. */
WCOW_CHECKED wcow_status change_expand(const changing *c, const char *word, char **out,
                                       wcow_error *err);
/** The words of the rest, or (where `array` is allowed) of its array, expanded. */
WCOW_CHECKED wcow_status change_words(const changing *c, const char *rest, bool array,
                                      string_list *out, wcow_error *err);
/** "NAME requires at least one argument" and the like. */
wcow_status change_wants(const changing *c, const char *what, wcow_error *err);

change_fn change_cmd, change_entrypoint, change_env, change_expose, change_healthcheck,
    change_label, change_shell, change_volume;

#endif
