/* SPDX-License-Identifier: MIT */
/* Filters. */
#include "cli/filter.h"

#include <string.h>

#include "base/error.h"

/* The value if the filter has that key; NULL if not. */
static const char *value_of(const char *filter, const char *key)
{
    size_t length = strlen(key);

    return strncmp(filter, key, length) == 0 && filter[length] == '=' ? filter + length + 1 : NULL;
}

static bool is_known(const char *filter, const struct filter_rule *rules)
{
    for (; rules->key; rules++)
        if (value_of(filter, rules->key))
            return true;
    return false;
}

wcow_status filters_check(const string_list *filters, const struct filter_rule *rules,
                          wcow_error *err)
{
    for (size_t i = 0; i < filters->count; i++) {
        const char *filter = filters->items[i];

        if (!is_known(filter, rules))
            return error_set(err, WCOW_INVALID, "invalid filter '%.*s'", (int)strcspn(filter, "="),
                             filter);
    }
    return WCOW_OK;
}

static bool passes_rule(const string_list *filters, const struct filter_rule *rule,
                        const void *thing, void *context)
{
    size_t asked = 0;
    size_t fitting = 0;

    for (size_t i = 0; i < filters->count; i++) {
        const char *value = value_of(filters->items[i], rule->key);

        if (!value)
            continue;
        asked++;
        fitting += rule->fits(thing, value, context);
    }
    return asked == 0 || (rule->all ? fitting == asked : fitting > 0);
}

bool filters_pass(const string_list *filters, const struct filter_rule *rules, const void *thing,
                  void *context)
{
    for (; rules->key; rules++)
        if (!passes_rule(filters, rules, thing, context))
            return false;
    return true;
}

bool filters_have(const string_list *filters, const char *key)
{
    for (size_t i = 0; i < filters->count; i++)
        if (value_of(filters->items[i], key))
            return true;
    return false;
}

/* One end of a range; moves past it. */
static bool read_end(const char **at, char *out)
{
    if (**at == '-' || **at == ']')
        return false;
    *at += **at == '\\';
    *out = **at;
    return *(*at)++ != '\0';
}

/* "[a-z]" or "[^a-z]"; moves past it. False: it is malformed. */
static bool read_class(const char **pattern, char c, bool *fits)
{
    const char *at = *pattern + 1;
    const bool negated = *at == '^';
    bool found = false;

    at += negated;
    do {
        char low;
        char high;

        if (!read_end(&at, &low))
            return false;
        high = low;
        if (*at == '-') {
            at++;
            if (!read_end(&at, &high))
                return false;
        }
        found |= low <= c && c <= high;
    } while (*at != ']');
    *pattern = at + 1;
    *fits = found != negated;
    return true;
}

/* Whether what the pattern begins with, which is no star, fits a character; moves past it. */
static bool fits_one(const char **pattern, char c)
{
    bool fits = false;

    if (**pattern == '?') {
        fits = c != '/';
        ++*pattern;
    } else if (**pattern == '[') {
        return read_class(pattern, c, &fits) && fits;
    } else {
        *pattern += **pattern == '\\' && (*pattern)[1];
        fits = **pattern == c;
        ++*pattern;
    }
    return fits;
}

bool filter_matches_pattern(const char *pattern, const char *string)
{
    const char *star = NULL;
    const char *retry = NULL;

    while (*string) {
        const char *next = pattern;

        if (*pattern == '*') {
            star = ++pattern;
            retry = string;
        } else if (*pattern && fits_one(&next, *string)) {
            pattern = next;
            string++;
        } else if (star && *retry != '/') {
            pattern = star;
            string = ++retry;
        } else {
            return false;
        }
    }
    while (*pattern == '*')
        pattern++;
    return !*pattern;
}
