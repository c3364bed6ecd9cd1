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

/* How a text holds a NUL character: cJSON would end it there without a word. */
#define NUL_INSIDE        "\xC0\x80"
#define NUL_INSIDE_LENGTH 2
#define NUL_ESCAPED       "\\u0000"
#define ESCAPED_LENGTH    6

/* Why cJSON may not see the text, or NULL. */
static const char *text_problem(const char *bytes, size_t length)
{
    if (memchr(bytes, '\0', length))
        return "a NUL byte";
    return utf8_valid(bytes, length) ? NULL : "invalid UTF-8";
}

/* The next \u0000; NULL: there is none. A backslash escapes whatever follows it. */
static const char *find_escaped_nul(const char *at, const char *end)
{
    while (at < end && (at = memchr(at, '\\', (size_t)(end - at)))) {
        if (end - at >= ESCAPED_LENGTH && memcmp(at, NUL_ESCAPED, ESCAPED_LENGTH) == 0)
            return at;
        at += end - at > 1 ? 2 : 1;
    }
    return NULL;
}

/* A copy with every \u0000 as a text holds it. */
static char *fold_escaped_nuls(const char *bytes, size_t length, size_t *folded)
{
    const char *end = bytes + length;
    text t = TEXT_INIT;
    const char *nul;

    while ((nul = find_escaped_nul(bytes, end))) {
        text_add_bytes(&t, bytes, (size_t)(nul - bytes));
        text_add_bytes(&t, NUL_INSIDE, NUL_INSIDE_LENGTH);
        bytes = nul + ESCAPED_LENGTH;
    }
    text_add_bytes(&t, bytes, (size_t)(end - bytes));
    *folded = t.length;
    return text_take(&t);
}

static size_t line_of(const char *bytes, const char *end)
{
    size_t line = 1;

    for (; bytes < end; bytes++)
        line += *bytes == '\n';
    return line;
}

static wcow_status parse(const char *bytes, size_t length, const char *what, cJSON **out,
                         wcow_error *err)
{
    const char *end = NULL;
    cleanup_json cJSON *value = cJSON_ParseWithLengthOpts(bytes, length, &end, 0);

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

wcow_status json_parse(const char *bytes, size_t length, const char *what, cJSON **out,
                       wcow_error *err)
{
    const char *problem = text_problem(bytes, length);

    if (!problem && find_escaped_nul(bytes, bytes + length))
        problem = "a NUL character";
    if (problem)
        return error_set(err, WCOW_CORRUPT, "cannot read %s: it holds %s", what, problem);
    return parse(bytes, length, what, out, err);
}

wcow_status json_parse_with_nul(const char *bytes, size_t length, const char *what, cJSON **out,
                                wcow_error *err)
{
    const char *problem = text_problem(bytes, length);
    cleanup_free char *folded = NULL;

    if (problem)
        return error_set(err, WCOW_CORRUPT, "cannot read %s: it holds %s", what, problem);
    if (!find_escaped_nul(bytes, bytes + length))
        return parse(bytes, length, what, out, err);
    folded = fold_escaped_nuls(bytes, length, &length);
    return folded ? parse(folded, length, what, out, err) : error_no_memory(err);
}

bool json_is_blank(const char *bytes, size_t length)
{
    while (length && bytes[length - 1] && strchr(" \t\r\n", bytes[length - 1]))
        length--;
    return length == 0;
}

const cJSON *json_member(const cJSON *object, const char *name)
{
    const cJSON *member = cJSON_IsObject(object) ? object->child : NULL;

    /* Most names differ in their first letter: tables of fields look for each of theirs. */
    while (member && (member->string[0] != name[0] || strcmp(member->string, name) != 0))
        member = member->next;
    return member;
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

char *json_bytes(const cJSON *object, const char *name, size_t *length)
{
    const char *from = json_text(object, name, NULL);
    char *bytes = from ? text_copy(from) : NULL;
    char *to = bytes;

    if (!bytes)
        return NULL;
    while (*from) {
        const bool nul = strncmp(from, NUL_INSIDE, NUL_INSIDE_LENGTH) == 0;

        *to++ = nul ? '\0' : *from;
        from += nul ? NUL_INSIDE_LENGTH : 1;
    }
    *to = '\0';
    *length = (size_t)(to - bytes);
    return bytes;
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

bool json_put_integer(cJSON *object, const char *name, int64_t value)
{
    cJSON_DeleteItemFromObjectCaseSensitive(object, name);
    return json_add_integer(object, name, value);
}

wcow_status json_object_in(cJSON *object, const char *name, cJSON **out, wcow_error *err)
{
    cJSON *found = cJSON_GetObjectItemCaseSensitive(object, name);

    if (found && !cJSON_IsNull(found) && !cJSON_IsObject(found))
        return error_set(err, WCOW_INVALID, "'%s' is not a JSON object", name);
    if (!cJSON_IsObject(found)) {
        cJSON_DeleteItemFromObjectCaseSensitive(object, name);
        found = cJSON_AddObjectToObject(object, name);
    }
    if (!found)
        return error_no_memory(err);
    *out = found;
    return WCOW_OK;
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

wcow_status json_check_version(const cJSON *object, int64_t known, const char *what,
                               wcow_error *err)
{
    const int64_t version = json_member(object, "version") ? json_integer(object, "version", 0) : 1;

    if (!cJSON_IsObject(object) || version < 1)
        return error_set(err, WCOW_CORRUPT, "%s is damaged: not what wcow wrote", what);
    if (version <= known)
        return WCOW_OK;
    error_set(err, WCOW_UNSUPPORTED,
              "%s was written by a newer wcow (format %lld, this one knows %lld)", what,
              (long long)version, (long long)known);
    error_hint(err, "use the wcow that wrote it, or a newer one");
    return WCOW_UNSUPPORTED;
}

/* Texts that json_parse_with_nul() read are written as they came. */
char *json_print(const cJSON *value)
{
    cleanup_free char *printed = cJSON_PrintUnformatted(value);
    const char *rest = printed;
    const char *nul = printed ? strstr(printed, NUL_INSIDE) : NULL;
    text t = TEXT_INIT;

    if (!nul)
        return TAKE(printed);
    for (; nul; nul = strstr(rest, NUL_INSIDE)) {
        text_add_bytes(&t, rest, (size_t)(nul - rest));
        text_add(&t, NUL_ESCAPED);
        rest = nul + NUL_INSIDE_LENGTH;
    }
    text_add(&t, rest);
    return text_take(&t);
}

static void indent(text *t, size_t depth)
{
    text_add_char(t, '\n');
    for (size_t i = 0; i < depth; i++)
        text_add(t, "    ");
}

static void add_scalar(text *t, const cJSON *value)
{
    cleanup_free char *printed = value ? json_print(value) : NULL;

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
