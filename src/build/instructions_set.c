/* SPDX-License-Identifier: MIT */
/* Instructions that add to what is there: ENV, LABEL, EXPOSE, VOLUME. */
#include <ctype.h>
#include <string.h>

#include "base/error.h"
#include "base/number.h"
#include "base/text.h"
#include "build/instructions_internal.h"
#include "build/words.h"

#define BLANKS    " \t\r\n\v\f"
#define PORT_MOST 65535u

/* ---- names with values ---- */

typedef wcow_status put_fn(const changing *c, const char *name, const char *value, wcow_error *err);

static wcow_status put_variable(const changing *c, const char *name, const char *value,
                                wcow_error *err)
{
    cJSON *environment = change_array(c, "Env");
    cleanup_free char *pair = text_format("%s=%s", name, value);
    cJSON *item = pair ? cJSON_CreateString(pair) : NULL;
    int at = environment_find(environment, name, strlen(name));

    if (!environment || !item) {
        cJSON_Delete(item);
        return error_no_memory(err);
    }
    if (at < 0)
        return json_append(environment, item) ? WCOW_OK : error_no_memory(err);
    cJSON_ReplaceItemInArray(environment, at, item);
    return WCOW_OK;
}

static wcow_status put_label(const changing *c, const char *name, const char *value,
                             wcow_error *err)
{
    cJSON *labels = change_object(c, "Labels");

    cJSON_DeleteItemFromObjectCaseSensitive(labels, name);
    return labels && json_add_text(labels, name, value) ? WCOW_OK : error_no_memory(err);
}

/* Adds one name and its value, both expanded. */
static wcow_status take_pair(const changing *c, const char *name, size_t length, const char *value,
                             string_list *names, string_list *values, wcow_error *err)
{
    cleanup_free char *raw = text_copy_bytes(name, length);
    cleanup_free char *expanded = NULL;
    cleanup_free char *expanded_value = NULL;
    wcow_status status = raw ? change_expand(c, raw, &expanded, err) : error_no_memory(err);

    if (!status && !*expanded)
        status = error_set(err, WCOW_INVALID, "%s names can not be blank", c->name);
    if (!status)
        status = change_expand(c, value, &expanded_value, err);
    if (status)
        return status;
    return string_list_own(names, TAKE(expanded)) && string_list_own(values, TAKE(expanded_value))
               ? WCOW_OK
               : error_no_memory(err);
}

/* "name value with blanks", of old, or "name=value…": what the first word is decides. Values see
 * what was set before the instruction, so all are expanded before any is put. */
static wcow_status take_pairs(const changing *c, const char *rest, string_list *names,
                              string_list *values, wcow_error *err)
{
    cleanup_strings string_list words = STRING_LIST_INIT;
    size_t length;
    wcow_status status = WCOW_OK;

    if (!words_split(rest, &words))
        return error_no_memory(err);
    if (!words.count)
        return change_wants(c, "at least one argument", err);
    if (!strchr(words.items[0], '=')) {
        if (words.count < 2)
            return error_set(err, WCOW_INVALID, "%s must have two arguments", c->name);
        length = strlen(words.items[0]);
        return take_pair(c, rest, length, rest + length + strspn(rest + length, BLANKS), names,
                         values, err);
    }
    for (size_t i = 0; i < words.count && !status; i++) {
        const char *word = words.items[i];
        const char *equals = strchr(word, '=');

        if (!equals)
            return error_set(err, WCOW_INVALID,
                             "%s: can't find = in \"%s\". Must be of the form: name=value", c->name,
                             word);
        status = take_pair(c, word, (size_t)(equals - word), equals + 1, names, values, err);
    }
    return status;
}

static wcow_status put_pairs(const changing *c, const char *rest, put_fn *put, wcow_error *err)
{
    cleanup_strings string_list names = STRING_LIST_INIT;
    cleanup_strings string_list values = STRING_LIST_INIT;
    wcow_status status = take_pairs(c, rest, &names, &values, err);

    for (size_t i = 0; i < names.count && !status; i++)
        status = put(c, names.items[i], values.items[i], err);
    return status;
}

wcow_status change_env(changing *c, const char *rest, wcow_error *err)
{
    return put_pairs(c, rest, put_variable, err);
}

wcow_status change_label(changing *c, const char *rest, wcow_error *err)
{
    return put_pairs(c, rest, put_label, err);
}

/* ---- sets ---- */

static wcow_status put_in_set(const changing *c, const char *set, const char *name, wcow_error *err)
{
    cJSON *object = change_object(c, set);

    cJSON_DeleteItemFromObjectCaseSensitive(object, name);
    return object && json_add(object, name, cJSON_CreateObject()) ? WCOW_OK : error_no_memory(err);
}

/* "80", "80/udp", "8000-8010/tcp". */
static wcow_status expose(const changing *c, const char *port, wcow_error *err)
{
    const char *slash = strchr(port, '/');
    const char *protocol = slash ? slash + 1 : "tcp";
    cleanup_free char *first = text_copy_bytes(port, slash ? (size_t)(slash - port) : strlen(port));
    char *dash = first ? strchr(first, '-') : NULL;
    uint64_t from = 0;
    uint64_t to = 0;

    if (!first)
        return error_no_memory(err);
    if (dash)
        *dash = '\0';
    if (!number_parse(first, PORT_MOST, &from) ||
        !number_parse(dash ? dash + 1 : first, PORT_MOST, &to) || to < from || !from)
        return error_set(err, WCOW_INVALID, "EXPOSE: invalid port: %s", port);
    if (!text_equal_ignore_case(protocol, "tcp") && !text_equal_ignore_case(protocol, "udp") &&
        !text_equal_ignore_case(protocol, "sctp"))
        return error_set(err, WCOW_INVALID, "EXPOSE: invalid proto: %s", port);
    for (; from <= to; from++) {
        cleanup_free char *name = text_format("%u/%s", (unsigned)from, protocol);
        wcow_status status;

        if (!name)
            return error_no_memory(err);
        for (char *letter = name; *letter; letter++)
            *letter = (char)tolower((unsigned char)*letter);
        status = put_in_set(c, "ExposedPorts", name, err);
        if (status)
            return status;
    }
    return WCOW_OK;
}

wcow_status change_expose(changing *c, const char *rest, wcow_error *err)
{
    cleanup_strings string_list ports = STRING_LIST_INIT;
    wcow_status status = change_words(c, rest, false, &ports, err);

    if (!status && !ports.count)
        status = change_wants(c, "at least one argument", err);
    for (size_t i = 0; i < ports.count && !status; i++)
        status = expose(c, ports.items[i], err);
    return status;
}

wcow_status change_volume(changing *c, const char *rest, wcow_error *err)
{
    cleanup_strings string_list paths = STRING_LIST_INIT;
    wcow_status status = change_words(c, rest, true, &paths, err);

    if (!status && !paths.count)
        status = change_wants(c, "at least one argument", err);
    for (size_t i = 0; i < paths.count && !status; i++)
        status = *paths.items[i]
                     ? put_in_set(c, "Volumes", paths.items[i], err)
                     : error_set(err, WCOW_INVALID, "VOLUME specified can not be an empty string");
    return status;
}
