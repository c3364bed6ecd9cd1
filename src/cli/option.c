/* SPDX-License-Identifier: MIT */
/* Command lines → values, by the rules of Docker's flag library (spf13/pflag). */
#include "cli/option.h"

#include <string.h>

#include "base/error.h"
#include "cli/refused.h"
#include "cli/similar.h"

struct reader {
    const struct option_rules *rules;
    char *const *arguments;
    int count;
    int at; /* the next argument */
    void *values;
    wcow_error refusal; /* of the first flag that is refused */
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

/* What a name or letter stands for: an option, or one that is refused; or neither. */
struct found {
    const struct option *option;
    const struct refused_option *refused;
};

static bool takes_value(const struct found *found)
{
    return found->option ? found->option->kind != OPTION_FLAG : found->refused->takes_value;
}

static wcow_status unknown_flag(const struct reader *reader, const char *name, size_t length,
                                wcow_error *err)
{
    struct similar near = {NULL, 0};

    for (const struct option *each = reader->rules->options; each && each->name; each++)
        similar_consider(&near, name, length, each->name);
    return near.best ? error_set(err, WCOW_INVALID, "unknown flag: --%.*s; did you mean --%s?",
                                 (int)length, name, near.best)
                     : error_set(err, WCOW_INVALID, "unknown flag: --%.*s", (int)length, name);
}

/* The first one is told of when all has been read. */
static wcow_status refuse(struct reader *reader, const struct refused_option *refused,
                          const char *value, wcow_error *err)
{
    bool on = true;

    if (!refused->takes_value && value && !option_parse_flag(value, &on))
        return error_set(err, WCOW_INVALID,
                         "invalid argument \"%s\" for \"--%s\" flag: neither true nor false", value,
                         refused->name);
    if (!refused->takes_value)
        value = on ? "true" : "false";
    if (!reader->refusal.status)
        ignore(refused_check(refused, value, &reader->refusal));
    return WCOW_OK;
}

static wcow_status store(struct reader *reader, const struct found *found, const char *value,
                         wcow_error *err)
{
    return found->option ? option_store(found->option, value, reader->values, err)
                         : refuse(reader, found->refused, value, err);
}

/* --help, --help=true: pflag has it for a flag like any other. */
static wcow_status read_help(const char *value, bool *help, wcow_error *err)
{
    bool on = true;

    if (value && !option_parse_flag(value, &on))
        return error_set(err, WCOW_INVALID,
                         "invalid argument \"%s\" for \"--help\" flag: neither true nor false",
                         value);
    *help = *help || on;
    return WCOW_OK;
}

/* --name, --name=value, --name value */
static wcow_status read_long(struct reader *reader, const char *argument, bool *help,
                             wcow_error *err)
{
    const char *name = argument + 2;
    size_t length = strcspn(name, "=");
    const char *value = name[length] ? name + length + 1 : NULL;
    struct found found = {option_by_name(reader->rules->options, name, length), NULL};

    if (!length || name[0] == '-')
        return error_set(err, WCOW_INVALID, "bad flag syntax: %s", argument);
    if (!found.option && length == 4 && strncmp(name, "help", length) == 0)
        return read_help(value, help, err);
    if (!found.option && reader->rules->command)
        found.refused = refused_by_name(reader->rules->command, name, length);
    if (!found.option && !found.refused)
        return unknown_flag(reader, name, length, err);
    if (!value && takes_value(&found)) {
        if (reader->at == reader->count)
            return error_set(err, WCOW_INVALID, "flag needs an argument: --%s", name);
        value = reader->arguments[reader->at++];
    }
    return store(reader, &found, value, err);
}

/* The value of a letter: what follows it in the same argument, or the next one. */
static wcow_status read_letter_value(struct reader *reader, const struct found *found,
                                     const char *argument, const char *letter, const char **value,
                                     wcow_error *err)
{
    if (letter[1] == '=')
        *value = letter + 2;
    else if (takes_value(found) && letter[1])
        *value = letter + 1;
    else if (takes_value(found) && reader->at < reader->count)
        *value = reader->arguments[reader->at++];
    else if (takes_value(found))
        return error_set(err, WCOW_INVALID, "flag needs an argument: '%c' in %s", *letter,
                         argument);
    return WCOW_OK;
}

/* Letters after one dash: -it, -eKEY=value, -e KEY=value, -d=false. */
static wcow_status read_short(struct reader *reader, const char *argument, bool *help,
                              wcow_error *err)
{
    for (const char *letter = argument + 1; *letter; letter++) {
        struct found found = {option_by_letter(reader->rules->options, *letter), NULL};
        const char *value = NULL;
        wcow_status status;

        if (!found.option && *letter == 'h') {
            *help = true;
            return WCOW_OK;
        }
        if (!found.option && reader->rules->command)
            found.refused = refused_by_letter(reader->rules->command, *letter);
        if (!found.option && !found.refused)
            return error_set(err, WCOW_INVALID, "unknown shorthand flag: '%c' in %s", *letter,
                             argument);
        status = read_letter_value(reader, &found, argument, letter, &value, err);
        if (!status)
            status = store(reader, &found, value, err);
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
    struct reader reader = {rules, arguments, count, 0, values, WCOW_ERROR_INIT};
    struct option_result result = {NULL, 0, false};
    wcow_status status;

    result.arguments = calloc((size_t)count + 1, sizeof(*result.arguments));
    if (!result.arguments)
        return error_no_memory(err);
    status = read_all(&reader, &result, err);
    if (!status && !result.help && reader.refusal.status)
        status = error_set(err, reader.refusal.status, "%s", reader.refusal.message);
    if (status) {
        free(result.arguments);
        return status;
    }
    *out = result;
    return WCOW_OK;
}
