/* SPDX-License-Identifier: MIT */
/* Reading and writing JSON with cJSON. */
#include "base/json.h"

#include <errno.h>
#include <string.h>

#include "base/error.h"
#include "base/text.h"
#include "base/utf.h"

/* From here on cJSON would print a number with an exponent, which readers of integers refuse. */
#define PLAIN_LIMIT INT64_C(1000000000000000)
/* Whole numbers are exact in a double up to here. */
#define DOUBLE_LIMIT 9007199254740992.0

/* Why cJSON may not see the text, or NULL. It would end a string at \u0000 without a word. */
static const char *text_problem(const char *bytes, size_t length)
{
    if (memchr(bytes, '\0', length))
        return "a NUL byte";
    if (!utf8_valid(bytes, length))
        return "invalid UTF-8";
    for (size_t i = 0; i + 1 < length; i++) {
        if (bytes[i] != '\\')
            continue;
        i++;
        if (length - i >= 5 && memcmp(bytes + i, "u0000", 5) == 0)
            return "a NUL character";
    }
    return NULL;
}

static size_t line_of(const char *bytes, const char *end)
{
    size_t line = 1;

    for (; bytes < end; bytes++)
        line += *bytes == '\n';
    return line;
}

wcow_status json_parse(const char *bytes, size_t length, const char *what, cJSON **out,
                       wcow_error *err)
{
    cleanup_json cJSON *value = NULL;
    const char *problem = text_problem(bytes, length);
    const char *end = NULL;

    if (problem)
        return error_set(err, WCOW_CORRUPT, "cannot read %s: it holds %s", what, problem);

    value = cJSON_ParseWithLengthOpts(bytes, length, &end, 0);
    if (!value)
        return error_set(err, WCOW_CORRUPT, "cannot read %s: no valid JSON at line %zu", what,
                         line_of(bytes, end ? end : bytes));
    while (end < bytes + length && strchr(" \t\r\n", *end))
        end++;
    if (end != bytes + length)
        return error_set(err, WCOW_CORRUPT, "cannot read %s: something follows its end at line %zu",
                         what, line_of(bytes, end));

    *out = TAKE(value);
    return WCOW_OK;
}

const cJSON *json_member(const cJSON *object, const char *name)
{
    return cJSON_IsObject(object) ? cJSON_GetObjectItemCaseSensitive(object, name) : NULL;
}

const cJSON *json_path(const cJSON *object, const char *path)
{
    while (object) {
        size_t length = strcspn(path, ".");
        const cJSON *member = cJSON_IsObject(object) ? object->child : NULL;

        while (member && !(strncmp(member->string, path, length) == 0 && !member->string[length]))
            member = member->next;
        if (!path[length])
            return member;
        object = member;
        path += length + 1;
    }
    return NULL;
}

const char *json_text(const cJSON *object, const char *name, const char *otherwise)
{
    const cJSON *member = json_member(object, name);

    return cJSON_IsString(member) ? member->valuestring : otherwise;
}

bool json_bool(const cJSON *object, const char *name, bool otherwise)
{
    const cJSON *member = json_member(object, name);

    return cJSON_IsBool(member) ? cJSON_IsTrue(member) != 0 : otherwise;
}

int64_t json_integer(const cJSON *object, const char *name, int64_t otherwise)
{
    const cJSON *member = json_member(object, name);
    int64_t whole;
    double value;

    if (cJSON_IsRaw(member)) { /* made by json_add_integer() */
        char *end = NULL;

        errno = 0;
        whole = strtoll(member->valuestring, &end, 10);
        return errno || *end ? otherwise : whole;
    }
    if (!cJSON_IsNumber(member))
        return otherwise;
    value = member->valuedouble;
    if (!(value >= -DOUBLE_LIMIT && value <= DOUBLE_LIMIT))
        return otherwise;
    whole = (int64_t)value;
    return (double)whole < value || (double)whole > value ? otherwise : whole;
}

bool json_add(cJSON *object, const char *name, cJSON *value)
{
    if (value && cJSON_AddItemToObject(object, name, value))
        return true;
    cJSON_Delete(value);
    return false;
}

bool json_append(cJSON *array, cJSON *value)
{
    if (value && cJSON_AddItemToArray(array, value))
        return true;
    cJSON_Delete(value);
    return false;
}

bool json_add_text(cJSON *object, const char *name, const char *string)
{
    return !string || json_add(object, name, cJSON_CreateString(string));
}

bool json_add_bool(cJSON *object, const char *name, bool value)
{
    return json_add(object, name, cJSON_CreateBool(value));
}

bool json_add_integer(cJSON *object, const char *name, int64_t value)
{
    cleanup_free char *digits = NULL;

    if (value > -PLAIN_LIMIT && value < PLAIN_LIMIT)
        return json_add(object, name, cJSON_CreateNumber((double)value));
    digits = text_format("%lld", (long long)value);
    return digits && json_add(object, name, cJSON_CreateRaw(digits));
}

bool json_add_strings(cJSON *object, const char *name, const char *const *items)
{
    cleanup_json cJSON *array = cJSON_CreateArray();

    if (!array)
        return false;
    for (; items && *items; items++) {
        if (!json_append(array, cJSON_CreateString(*items)))
            return false;
    }
    return json_add(object, name, TAKE(array));
}

char *json_print(const cJSON *value)
{
    return cJSON_PrintUnformatted(value);
}

static void indent(text *t, size_t depth)
{
    text_add_char(t, '\n');
    for (size_t i = 0; i < depth; i++)
        text_add(t, "    ");
}

static void add_scalar(text *t, const cJSON *value)
{
    cleanup_free char *printed = value ? cJSON_PrintUnformatted(value) : NULL;

    if (printed)
        text_add(t, printed);
    else
        t->failed = true;
}

static void add_pretty(text *t, const cJSON *value, size_t depth)
{
    bool object = cJSON_IsObject(value);

    if ((!object && !cJSON_IsArray(value)) || !value->child) {
        add_scalar(t, value);
        return;
    }
    text_add_char(t, object ? '{' : '[');
    for (const cJSON *item = value->child; item; item = item->next) {
        indent(t, depth + 1);
        if (object) {
            cleanup_json cJSON *name = cJSON_CreateStringReference(item->string);

            add_scalar(t, name);
            text_add(t, ": ");
        }
        add_pretty(t, item, depth + 1);
        if (item->next)
            text_add_char(t, ',');
    }
    indent(t, depth);
    text_add_char(t, object ? '}' : ']');
}

char *json_print_pretty(const cJSON *value)
{
    text t = TEXT_INIT;

    add_pretty(&t, value, 0);
    return text_take(&t);
}

bool json_strings(const cJSON *object, const char *name, string_list *out)
{
    const cJSON *array = json_member(object, name);
    const cJSON *item;

    if (!array || cJSON_IsNull(array))
        return true;
    if (!cJSON_IsArray(array))
        return false;
    cJSON_ArrayForEach (item, array) {
        if (!cJSON_IsString(item) || !string_list_add(out, item->valuestring))
            return false;
    }
    return true;
}
