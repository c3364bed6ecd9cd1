/* SPDX-License-Identifier: MIT */
/**
 * --filter key=value: values of one key are alternatives, keys add up. A command names the table of
 * its keys, from which they are completed, too.
 */
#ifndef WCOW_CLI_FILTER_H
#define WCOW_CLI_FILTER_H

#include <stdbool.h>
#include <stddef.h>

#include "base/strings.h"

#include <wcow/error.h>

/* One key, and whether a thing fits one of its values. */
struct filter_rule {
    const char *key; /* NULL ends a table */
    bool all;        /* every value must fit (labels), not just one */
    bool (*fits)(const void *thing, const char *value, void *context);
    const char *values; /* what completion offers: "true false", or a word of a synopsis; NULL */
};

/** Refuses what has no known key. */
WCOW_CHECKED wcow_status filters_check(const string_list *filters, const struct filter_rule *rules,
                                       wcow_error *err);

/** Whether a thing passes all filters. */
bool filters_pass(const string_list *filters, const struct filter_rule *rules, const void *thing,
                  void *context);

/** Whether a key is among the filters. */
bool filters_have(const string_list *filters, const char *key);

/** Go's path.Match: * and ? stand for no slash; [a-z], [^a-z], \\x. A malformed one fits nothing.
 */
bool filter_matches_pattern(const char *pattern, const char *string);

#endif
