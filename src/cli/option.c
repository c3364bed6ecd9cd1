/* SPDX-License-Identifier: MIT */
/* Command lines → values, by the rules of Docker's flag library (spf13/pflag). */
#include "cli/option.h"

#include <string.h>

#include "base/error.h"

struct reader {
    const struct option_rules *rules;
    char *const *arguments;
    int count;
    int at; /* the next argument */
    void *values;
};

const struct option *option_by_name(const struct option *options, const char *name, size_t length)
{
    for (const struct option *option = options; option && option->name; option++)
        if (strlen(option->name) == length && strncmp(option->name, name, length) == 0)
            return option;
    return NULL;
}

const struct option *option_by_letter(const struct option *options, char letter)
{
    for (const struct option *option = options; option && option->name; option++)
        if (option->letter && option->letter == letter)
            return option;
    return NULL;
}

/* --name, --name=value, --name value */
static wcow_status read_long(struct reader *reader, const char *argument, bool *help,
                             wcow_error *err)
{
    const char *name = argument + 2;
    size_t length = strcspn(name, "=");
    const char *value = name[length] ? name + length + 1 : NULL;
    const struct option *option = option_by_name(reader->rules->options, name, length);

    if (!length || name[0] == '-')
        return error_set(err, WCOW_INVALID, "bad flag syntax: %s", argument);
    if (!option && strcmp(name, "help") == 0) {
        *help = true;
        return WCOW_OK;
    }
    if (!option)
        return error_set(err, WCOW_INVALID, "unknown flag: --%.*s", (int)length, name);
    if (!value && option->kind != OPTION_FLAG) {
        if (reader->at == reader->count)
            return error_set(err, WCOW_INVALID, "flag needs an argument: --%s", name);
        value = reader->arguments[reader->at++];
    }
    return option_store(option, value, reader->values, err);
}

/* Letters after one dash: -it, -eKEY=value, -e KEY=value, -d=false. */
static wcow_status read_short(struct reader *reader, const char *argument, bool *help,
                              wcow_error *err)
{
    for (const char *letter = argument + 1; *letter; letter++) {
        const struct option *option = option_by_letter(reader->rules->options, *letter);
        const char *value = NULL;
        wcow_status status;

        if (!option && *letter == 'h') {
            *help = true;
            return WCOW_OK;
        }
        if (!option)
            return error_set(err, WCOW_INVALID, "unknown shorthand flag: '%c' in %s", *letter,
                             argument);
        if (letter[1] == '=')
            value = letter + 2;
        else if (option->kind != OPTION_FLAG && letter[1])
            value = letter + 1;
        else if (option->kind != OPTION_FLAG && reader->at < reader->count)
            value = reader->arguments[reader->at++];
        else if (option->kind != OPTION_FLAG)
            return error_set(err, WCOW_INVALID, "flag needs an argument: '%c' in %s", *letter,
                             argument);
        status = option_store(option, value, reader->values, err);
        if (status || value)
            return status;
    }
    return WCOW_OK;
}

static bool is_word(const struct option_rules *rules, const char *argument)
{
    if (argument[0] != '-' || !argument[1])
        return true;
    return rules->negative_numbers && argument[1] >= '0' && argument[1] <= '9';
}

static wcow_status read_all(struct reader *reader, struct option_result *result, wcow_error *err)
{
    bool words_only = false;

    while (reader->at < reader->count && !result->help) {
        char *argument = reader->arguments[reader->at++];
        wcow_status status = WCOW_OK;

        if (words_only || is_word(reader->rules, argument)) {
            result->arguments[result->count++] = argument;
            words_only |= reader->rules->stops_at_word;
        } else if (strcmp(argument, "--") == 0) {
            words_only = true;
        } else if (argument[1] == '-') {
            status = read_long(reader, argument, &result->help, err);
        } else {
            status = read_short(reader, argument, &result->help, err);
        }
        if (status)
            return status;
    }
    return WCOW_OK;
}

wcow_status options_parse(const struct option_rules *rules, int count, char *const *arguments,
                          void *values, struct option_result *out, wcow_error *err)
{
    struct reader reader = {rules, arguments, count, 0, values};
    struct option_result result = {NULL, 0, false};
    wcow_status status;

    result.arguments = calloc((size_t)count + 1, sizeof(*result.arguments));
    if (!result.arguments)
        return error_no_memory(err);
    status = read_all(&reader, &result, err);
    if (status) {
        free(result.arguments);
        return status;
    }
    *out = result;
    return WCOW_OK;
}
