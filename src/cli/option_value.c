/* SPDX-License-Identifier: MIT */
/* Texts of options → typed members of a command's struct. */
#include <ctype.h>
#include <string.h>

#include "base/error.h"
#include "base/number.h"
#include "base/text.h"
#include "cli/option.h"

static wcow_status invalid(const struct option *option, const char *value, const char *why,
                           wcow_error *err)
{
    if (option->letter)
        return error_set(err, WCOW_INVALID, "invalid argument \"%s\" for \"-%c, --%s\" flag: %s",
                         value, option->letter, option->name, why);
    return error_set(err, WCOW_INVALID, "invalid argument \"%s\" for \"--%s\" flag: %s", value,
                     option->name, why);
}

bool option_parse_flag(const char *word, bool *out)
{
    static const char *const yes[] = {"1", "t", "T", "true", "TRUE", "True"};
    static const char *const no[] = {"0", "f", "F", "false", "FALSE", "False"};

    for (size_t i = 0; i < sizeof(yes) / sizeof(yes[0]); i++) {
        if (strcmp(word, yes[i]) == 0 || strcmp(word, no[i]) == 0) {
            *out = strcmp(word, yes[i]) == 0;
            return true;
        }
    }
    return false;
}

static wcow_status store_list(string_list *list, const char *value, wcow_error *err)
{
    return string_list_add(list, value) ? WCOW_OK : error_no_memory(err);
}

/* As docker/cli's opts.FilterOpt. An empty one is none. */
static wcow_status store_filter(const struct option *option, string_list *list, const char *value,
                                wcow_error *err)
{
    const char *equals = strchr(value, '=');
    cleanup_text text filter = TEXT_INIT;

    if (!*value)
        return WCOW_OK;
    if (!equals)
        return invalid(option, value, "bad format of filter (expected name=value)", err);
    for (const char *c = value; c < equals; c++)
        if (!isspace((unsigned char)*c))
            text_add_char(&filter, (char)tolower((unsigned char)*c));
    text_add_char(&filter, '=');
    for (equals++; isspace((unsigned char)*equals);)
        equals++;
    text_add(&filter, equals);
    while (filter.length && isspace((unsigned char)filter.data[filter.length - 1]))
        text_cut(&filter, filter.length - 1);
    return filter.failed ? error_no_memory(err) : store_list(list, text_get(&filter), err);
}

wcow_status option_store(const struct option *option, const char *value, void *values,
                         wcow_error *err)
{
    void *where = (char *)values + option->offset;

    switch (option->kind) {
    case OPTION_FLAG:
        if (option_parse_flag(value ? value : "true", where))
            return WCOW_OK;
        return invalid(option, value, "neither true nor false", err);
    case OPTION_STRING:
        *(const char **)where = value;
        return WCOW_OK;
    case OPTION_LIST:
        return store_list(where, value, err);
    case OPTION_FILTER:
        return store_filter(option, where, value, err);
    case OPTION_INTEGER:
        if (number_parse_signed(value, where))
            return WCOW_OK;
        return invalid(option, value, "not a whole number", err);
    case OPTION_SIZE:
        if (size_parse(value, where))
            return WCOW_OK;
        return invalid(option, value, "not a size like 512m or 2g", err);
    case OPTION_DURATION:
        if (duration_parse(value, where))
            return WCOW_OK;
        return invalid(option, value, "not a duration like 1m30s", err);
    case OPTION_BILLIONTHS:
        if (billionths_parse(value, where))
            return WCOW_OK;
        return invalid(option, value, "not a number like 1.5, with at most nine decimals", err);
    }
    return error_set(err, WCOW_FAILED, "option --%s has no kind", option->name);
}

void options_free(const struct option *options, void *values)
{
    for (const struct option *option = options; option && option->name; option++)
        if (option->kind == OPTION_LIST || option->kind == OPTION_FILTER)
            string_list_free((string_list *)(void *)((char *)values + option->offset));
}
