/* SPDX-License-Identifier: MIT */
/* The values of templates: truth, printing, members. */
#include "cli/template/template_value.h"

#include <ctype.h>
#include <string.h>

#include "base/error.h"

bool value_is_true(const cJSON *value)
{
    if (!value || cJSON_IsNull(value) || cJSON_IsFalse(value))
        return false;
    if (cJSON_IsNumber(value))
        return value->valuedouble < 0 || value->valuedouble > 0;
    if (cJSON_IsString(value))
        return value->valuestring[0] != '\0';
    if (cJSON_IsArray(value) || cJSON_IsObject(value))
        return value->child != NULL;
    return true;
}

static int compare_names(const void *left, const void *right)
{
    const cJSON *const *a = left;
    const cJSON *const *b = right;

    return strcmp((*a)->string, (*b)->string);
}

const cJSON **value_sorted(const cJSON *object)
{
    size_t count = (size_t)cJSON_GetArraySize(object);
    const cJSON **members = calloc(count + 1, sizeof(void *));
    const cJSON *member;
    size_t i = 0;

    if (!members)
        return NULL;
    cJSON_ArrayForEach (member, object)
        members[i++] = member;
    qsort(members, count, sizeof(void *), compare_names);
    return members;
}

enum docker_kind value_kind(const cJSON *value)
{
    return docker_kind(docker_type_of(value));
}

/* A struct, as Go prints one: its members in their order, without names. */
static void print_struct(const cJSON *value, text *out)
{
    const struct docker_member *members = docker_members(docker_type_of(value));

    text_add(out, "{");
    for (size_t i = 0; members[i].name; i++) {
        const cJSON *member = json_member(value, members[i].name);
        cleanup_json cJSON *zero = member ? NULL : docker_zero(members[i].type);

        out->failed |= !member && !zero;
        text_add(out, i ? " " : "");
        value_print(member ? member : zero, out);
    }
    text_add(out, "}");
}

static void print_map(const cJSON *value, text *out)
{
    cleanup_free const cJSON **members = value_sorted(value);

    out->failed |= members == NULL;
    text_add(out, "map[");
    for (size_t i = 0; members && members[i]; i++) {
        text_addf(out, "%s%s:", i ? " " : "", members[i]->string);
        value_print(members[i], out);
    }
    text_add(out, "]");
}

static void print_array(const cJSON *value, text *out)
{
    const cJSON *item;

    text_add(out, "[");
    cJSON_ArrayForEach (item, value) {
        if (item != value->child)
            text_add(out, " ");
        value_print(item, out);
    }
    text_add(out, "]");
}

static void print_nothing(const cJSON *value, text *out)
{
    const enum docker_kind kind = value_kind(value);

    if (kind == DOCKER_IS_LIST || kind == DOCKER_IS_FILLED)
        text_add(out, "[]");
    else
        text_add(out, kind == DOCKER_IS_MAP ? "map[]" : "<nil>");
}

static void print_object(const cJSON *value, text *out)
{
    const enum docker_kind kind = value_kind(value);

    if (kind == DOCKER_IS_STRUCT || kind == DOCKER_IS_POINTER)
        print_struct(value, out);
    else
        print_map(value, out);
}

static void print_number(double number, text *out)
{
    bool whole = number > -1e15 && number < 1e15 && (double)(int64_t)number == number;

    if (whole)
        text_addf(out, "%.0f", number);
    else
        text_addf(out, "%.15g", number);
}

void value_print(const cJSON *value, text *out)
{
    if (!value)
        text_add(out, "<no value>");
    else if (cJSON_IsString(value))
        text_add(out, value->valuestring);
    else if (cJSON_IsBool(value))
        text_add(out, cJSON_IsTrue(value) ? "true" : "false");
    else if (cJSON_IsNumber(value))
        print_number(value->valuedouble, out);
    else if (cJSON_IsArray(value))
        print_array(value, out);
    else if (cJSON_IsObject(value))
        print_object(value, out);
    else if (cJSON_IsRaw(value)) /* a number too long for a double */
        text_add(out, value->valuestring);
    else
        print_nothing(value, out);
}

wcow_status value_keep(struct evaluation *evaluation, cJSON *value, const cJSON **out,
                       wcow_error *err)
{
    if (!json_append(evaluation->made, value))
        return error_no_memory(err);
    *out = value;
    return WCOW_OK;
}

wcow_status value_keep_text(struct evaluation *evaluation, text *value, const cJSON **out,
                            wcow_error *err)
{
    cJSON *string = value->failed ? NULL : cJSON_CreateString(text_get(value));

    text_cut(value, 0);
    return value_keep(evaluation, string, out, err);
}

static bool equal_ignoring_case(const char *a, const char *b, size_t length)
{
    for (size_t i = 0; i < length; i++)
        if (tolower((unsigned char)a[i]) != tolower((unsigned char)b[i]))
            return false;
    return true;
}

static const cJSON *member_of(const cJSON *object, const char *name, size_t length)
{
    const cJSON *close = NULL;
    const cJSON *member;

    cJSON_ArrayForEach (member, object) {
        if (strlen(member->string) != length)
            continue;
        if (strncmp(member->string, name, length) == 0)
            return member;
        if (!close && equal_ignoring_case(member->string, name, length))
            close = member;
    }
    return close;
}

/* Whether the names in this object were chosen by users, so that one may well be missing. */
static bool is_map(const cJSON *object)
{
    static const char *const maps[] = {"Labels",       "Annotations", "Networks",
                                       "ExposedPorts", "Ports",       "Volumes"};

    if (docker_type_of(object) != DOCKER_NONE)
        return value_kind(object) == DOCKER_IS_MAP;
    for (size_t i = 0; object->string && i < sizeof(maps) / sizeof(maps[0]); i++)
        if (strcmp(object->string, maps[i]) == 0)
            return true;
    return false;
}

static const struct docker_member *typed_member(const cJSON *object, const char *name,
                                                size_t length)
{
    const struct docker_member *member = docker_members(docker_type_of(object));

    while (member->name &&
           !(strlen(member->name) == length && equal_ignoring_case(member->name, name, length)))
        member++;
    return member->name ? member : NULL;
}

wcow_status value_missing(struct evaluation *evaluation, const cJSON *map, const cJSON **out,
                          wcow_error *err)
{
    const enum docker_type item = docker_item(docker_type_of(map));

    if (item == DOCKER_NONE) {
        *out = NULL;
        return WCOW_OK;
    }
    return value_keep(evaluation, docker_zero(item), out, err);
}

static wcow_status follow(struct evaluation *evaluation, const cJSON *value, const char *name,
                          size_t length, const cJSON **out, wcow_error *err)
{
    const bool is_nothing = !value || (cJSON_IsNull(value) && value_kind(value) != DOCKER_IS_MAP);
    const struct docker_member *typed;

    if (is_nothing)
        return error_set(err, WCOW_INVALID, "bad template: '.%.*s' of nothing", (int)length, name);
    if (!cJSON_IsObject(value) && !cJSON_IsNull(value))
        return error_set(err, WCOW_INVALID, "bad template: '.%.*s' of what is no object",
                         (int)length, name);
    *out = member_of(value, name, length);
    if (*out || is_map(value))
        return WCOW_OK;
    typed = typed_member(value, name, length);
    if (!typed)
        return error_set(err, WCOW_INVALID, "bad template: there is no field '.%.*s'", (int)length,
                         name);
    return value_keep(evaluation, docker_zero(typed->type), out, err);
}

wcow_status value_path(struct evaluation *evaluation, const cJSON *value, const char *path,
                       const cJSON **out, wcow_error *err)
{
    while (*path) {
        size_t length = strcspn(path, ".");
        wcow_status status = follow(evaluation, value, path, length, &value, err);

        if (status)
            return status;
        path += length;
        if (*path == '.')
            path++;
    }
    *out = value;
    return WCOW_OK;
}
