/* SPDX-License-Identifier: MIT */
/* Go's built-in template functions, and those that Docker adds (docker/cli templates/templates.go).
 */
#include "cli/template/template_function.h"

#include <ctype.h>
#include <string.h>

#include "base/error.h"

#define PARAMETERS                                                                                 \
    struct evaluation *evaluation, const cJSON *const *arguments, size_t count, const cJSON **out, \
        wcow_error *err

static wcow_status keep_bool(struct evaluation *evaluation, bool value, const cJSON **out,
                             wcow_error *err)
{
    return value_keep(evaluation, cJSON_CreateBool(value), out, err);
}

static wcow_status wants(const char *function, const char *what, wcow_error *err)
{
    return error_set(err, WCOW_INVALID, "bad template: %s wants %s", function, what);
}

/* ---- Docker's ---- */

static wcow_status call_json(PARAMETERS)
{
    cleanup_free char *printed = arguments[0] ? json_print(arguments[0]) : text_copy("null");

    (void)count;
    if (!printed)
        return error_no_memory(err);
    return value_keep(evaluation, cJSON_CreateString(printed), out, err);
}

static wcow_status call_split(PARAMETERS)
{
    const char *string = cJSON_GetStringValue(arguments[0]);
    const char *separator = cJSON_GetStringValue(arguments[1]);
    cleanup_json cJSON *parts = cJSON_CreateArray();
    bool fine = parts != NULL;

    (void)count;
    if (!string || !separator || !*separator)
        return wants("split", "a string and a separator", err);
    while (fine && string) {
        const char *end = strstr(string, separator);
        cleanup_free char *part =
            text_copy_bytes(string, end ? (size_t)(end - string) : strlen(string));

        fine = part && json_append(parts, cJSON_CreateString(part));
        string = end ? end + strlen(separator) : NULL;
    }
    return fine ? value_keep(evaluation, TAKE(parts), out, err) : error_no_memory(err);
}

static wcow_status call_join(PARAMETERS)
{
    const char *separator = cJSON_GetStringValue(arguments[1]);
    cleanup_text text made = TEXT_INIT;
    const cJSON *item;

    (void)count;
    if (!separator)
        return wants("join", "a separator", err);
    if (arguments[0] && !cJSON_IsArray(arguments[0]) && !cJSON_IsNull(arguments[0]))
        return wants("join", "a list", err);
    cJSON_ArrayForEach (item, arguments[0]) {
        if (item != arguments[0]->child)
            text_add(&made, separator);
        value_print(item, &made);
    }
    return value_keep_text(evaluation, &made, out, err);
}

/* Go's strings.Title for ASCII: the first letter of each word. */
static void to_title(char *string)
{
    bool start = true;

    for (; *string; string++) {
        if (start)
            *string = (char)toupper((unsigned char)*string);
        start = !isalnum((unsigned char)*string) && *string != '_' && *string != '\'';
    }
}

static void to_lower(char *string)
{
    for (; *string; string++)
        *string = (char)tolower((unsigned char)*string);
}

static void to_upper(char *string)
{
    for (; *string; string++)
        *string = (char)toupper((unsigned char)*string);
}

static wcow_status change_case(struct evaluation *evaluation, const cJSON *value,
                               void (*change)(char *), const cJSON **out, wcow_error *err)
{
    cleanup_free char *string = NULL;

    if (!cJSON_IsString(value))
        return error_set(err, WCOW_INVALID, "bad template: only strings have upper and lower case");
    string = text_copy(value->valuestring);
    if (!string)
        return error_no_memory(err);
    change(string);
    return value_keep(evaluation, cJSON_CreateString(string), out, err);
}

static wcow_status call_title(PARAMETERS)
{
    (void)count;
    return change_case(evaluation, arguments[0], to_title, out, err);
}

static wcow_status call_lower(PARAMETERS)
{
    (void)count;
    return change_case(evaluation, arguments[0], to_lower, out, err);
}

static wcow_status call_upper(PARAMETERS)
{
    (void)count;
    return change_case(evaluation, arguments[0], to_upper, out, err);
}

static wcow_status call_pad(PARAMETERS)
{
    const char *string = cJSON_GetStringValue(arguments[0]);
    cleanup_text text made = TEXT_INIT;

    (void)count;
    if (!string || !cJSON_IsNumber(arguments[1]) || !cJSON_IsNumber(arguments[2]))
        return wants("pad", "a string and two numbers", err);
    if (*string)
        text_addf(&made, "%*s%s%*s", arguments[1]->valueint, "", string, arguments[2]->valueint,
                  "");
    return value_keep_text(evaluation, &made, out, err);
}

static wcow_status call_truncate(PARAMETERS)
{
    const char *string = cJSON_GetStringValue(arguments[0]);
    cleanup_text text made = TEXT_INIT;

    (void)count;
    if (!string || !cJSON_IsNumber(arguments[1]) || arguments[1]->valueint < 0)
        return wants("truncate", "a string and a length", err);
    text_addf(&made, "%.*s", arguments[1]->valueint, string);
    return value_keep_text(evaluation, &made, out, err);
}

/* ---- Go's ---- */

static wcow_status call_len(PARAMETERS)
{
    const cJSON *value = arguments[0];
    double length;

    (void)count;
    if (cJSON_IsString(value))
        length = (double)strlen(value->valuestring);
    else if (cJSON_IsArray(value) || cJSON_IsObject(value))
        length = cJSON_GetArraySize(value);
    else if (!value || cJSON_IsNull(value))
        length = 0;
    else
        return wants("len", "a string, list or map", err);
    return value_keep(evaluation, cJSON_CreateNumber(length), out, err);
}

static wcow_status call_index(PARAMETERS)
{
    const cJSON *value = arguments[0];

    for (size_t i = 1; i < count && value; i++) {
        const cJSON *key = arguments[i];

        if ((cJSON_IsObject(value) || value_kind(value) == DOCKER_IS_MAP) && cJSON_IsString(key)) {
            const cJSON *found = json_member(value, key->valuestring);
            wcow_status status = found ? WCOW_OK : value_missing(evaluation, value, &found, err);

            if (status)
                return status;
            value = found;
        } else if (cJSON_IsArray(value) && cJSON_IsNumber(key)) {
            value = key->valueint < 0 ? NULL : cJSON_GetArrayItem(value, key->valueint);
            if (!value)
                return error_set(err, WCOW_INVALID, "bad template: index %d is out of range",
                                 key->valueint);
        } else if (!cJSON_IsNull(value)) {
            return wants("index", "a map and a name, or a list and a number", err);
        }
    }
    *out = value;
    return WCOW_OK;
}

static wcow_status slice_list(struct evaluation *evaluation, const cJSON *list, int from, int to,
                              const cJSON **out, wcow_error *err)
{
    cleanup_json cJSON *part = cJSON_CreateArray();
    bool fine = part != NULL;

    for (int i = from; fine && i < to; i++)
        fine = json_append(part, cJSON_Duplicate(cJSON_GetArrayItem(list, i), true));
    return fine ? value_keep(evaluation, TAKE(part), out, err) : error_no_memory(err);
}

static wcow_status call_slice(PARAMETERS)
{
    const char *string = cJSON_GetStringValue(arguments[0]);
    const bool is_list = cJSON_IsArray(arguments[0]);
    cleanup_text text made = TEXT_INIT;
    int length = string ? (int)strlen(string) : cJSON_GetArraySize(arguments[0]);
    int from = count > 1 && cJSON_IsNumber(arguments[1]) ? arguments[1]->valueint : 0;
    int to = count > 2 && cJSON_IsNumber(arguments[2]) ? arguments[2]->valueint : length;

    if (!string && !is_list)
        return wants("slice", "a string or a list", err);
    if (from < 0 || to < from || to > length)
        return error_set(err, WCOW_INVALID, "bad template: slice %d:%d is out of range", from, to);
    if (is_list)
        return slice_list(evaluation, arguments[0], from, to, out, err);
    text_add_bytes(&made, string + from, (size_t)(to - from));
    return value_keep_text(evaluation, &made, out, err);
}

static wcow_status call_not(PARAMETERS)
{
    (void)count;
    return keep_bool(evaluation, !value_is_true(arguments[0]), out, err);
}

static bool equal(const cJSON *a, const cJSON *b)
{
    if (!a || !b)
        return (!a || cJSON_IsNull(a)) && (!b || cJSON_IsNull(b));
    return cJSON_Compare(a, b, 1) != 0;
}

static wcow_status call_eq(PARAMETERS)
{
    bool found = false;

    for (size_t i = 1; i < count; i++)
        found |= equal(arguments[0], arguments[i]);
    return keep_bool(evaluation, found, out, err);
}

static wcow_status call_ne(PARAMETERS)
{
    (void)count;
    return keep_bool(evaluation, !equal(arguments[0], arguments[1]), out, err);
}

static wcow_status compare(const cJSON *a, const cJSON *b, int *out, wcow_error *err)
{
    if (cJSON_IsNumber(a) && cJSON_IsNumber(b))
        *out = (a->valuedouble > b->valuedouble) - (a->valuedouble < b->valuedouble);
    else if (cJSON_IsString(a) && cJSON_IsString(b))
        *out = strcmp(a->valuestring, b->valuestring);
    else
        return wants("a comparison", "two numbers or two strings", err);
    return WCOW_OK;
}

static wcow_status call_lt(PARAMETERS)
{
    int order = 0;
    wcow_status status = compare(arguments[0], arguments[1], &order, err);

    (void)count;
    return status ? status : keep_bool(evaluation, order < 0, out, err);
}

static wcow_status call_le(PARAMETERS)
{
    int order = 0;
    wcow_status status = compare(arguments[0], arguments[1], &order, err);

    (void)count;
    return status ? status : keep_bool(evaluation, order <= 0, out, err);
}

static wcow_status call_gt(PARAMETERS)
{
    int order = 0;
    wcow_status status = compare(arguments[0], arguments[1], &order, err);

    (void)count;
    return status ? status : keep_bool(evaluation, order > 0, out, err);
}

static wcow_status call_ge(PARAMETERS)
{
    int order = 0;
    wcow_status status = compare(arguments[0], arguments[1], &order, err);

    (void)count;
    return status ? status : keep_bool(evaluation, order >= 0, out, err);
}

void template_print(const cJSON *const *arguments, size_t count, text *out)
{
    for (size_t i = 0; i < count; i++) {
        if (i && !cJSON_IsString(arguments[i]) && !cJSON_IsString(arguments[i - 1]))
            text_add_char(out, ' ');
        value_print(arguments[i], out);
    }
}

static wcow_status call_print(PARAMETERS)
{
    cleanup_text text made = TEXT_INIT;

    template_print(arguments, count, &made);
    return value_keep_text(evaluation, &made, out, err);
}

static wcow_status call_println(PARAMETERS)
{
    cleanup_text text made = TEXT_INIT;

    for (size_t i = 0; i < count; i++) {
        if (i)
            text_add_char(&made, ' ');
        value_print(arguments[i], &made);
    }
    text_add_char(&made, '\n');
    return value_keep_text(evaluation, &made, out, err);
}

/* Without `and` and `or`, which look at no further argument than they need (template_eval.c). */
static const struct template_function functions[] = {
    {"eq", 2, 16, false, call_eq},
    {"ge", 2, 2, false, call_ge},
    {"gt", 2, 2, false, call_gt},
    {"html", 0, 16, false, template_html},
    {"index", 1, 16, false, call_index},
    {"join", 2, 2, true, call_join},
    {"js", 0, 16, false, template_js},
    {"json", 1, 1, true, call_json},
    {"le", 2, 2, false, call_le},
    {"len", 1, 1, false, call_len},
    {"lower", 1, 1, true, call_lower},
    {"lt", 2, 2, false, call_lt},
    {"ne", 2, 2, false, call_ne},
    {"not", 1, 1, false, call_not},
    {"pad", 3, 3, false, call_pad},
    {"print", 0, 16, false, call_print},
    {"printf", 1, 16, false, template_printf},
    {"println", 0, 16, false, call_println},
    {"slice", 1, 3, true, call_slice},
    {"split", 2, 2, true, call_split},
    {"title", 1, 1, true, call_title},
    {"truncate", 2, 2, true, call_truncate},
    {"upper", 1, 1, true, call_upper},
    {"urlquery", 0, 16, false, template_urlquery},
};

const struct template_function *template_function_find(const char *name)
{
    for (size_t i = 0; i < sizeof(functions) / sizeof(functions[0]); i++)
        if (strcmp(functions[i].name, name) == 0)
            return &functions[i];
    return NULL;
}
