/* SPDX-License-Identifier: MIT */
/* Structs from and to JSON, by tables. */
#include "base/fields.h"

#include <stdlib.h>
#include <string.h>

#include "base/docker_time.h"
#include "base/text.h"

/* cJSON has an item for a missing member, too: none. */
static bool read_choice(const field *f, const char *word, int *out)
{
    for (int i = 0; word && *word && f->choices[i]; i++) {
        if (text_equal(f->choices[i], word)) {
            *out = i;
            return true;
        }
    }
    return false;
}

static bool read_text(const field *f, const cJSON *object, char **out)
{
    const char *value = json_text(object, f->name, f->text);

    *out = text_copy(value);
    return !value || *out;
}

static bool read_size(const field *f, const cJSON *object, uint64_t *out)
{
    const int64_t value = json_integer(object, f->name, 0);

    *out = value > 0 ? (uint64_t)value : 0;
    return value >= 0;
}

/* The list is the caller's own type that begins so: its bytes are what they have in common. */
static bool read_items(const field *f, const cJSON *object, void *at)
{
    const cJSON *array = json_member(object, f->name);
    const size_t size = (size_t)f->number;
    field_items list = {NULL, 0};
    const cJSON *item;
    bool fine = !array || cJSON_IsArray(array);

    if (!fine || !cJSON_GetArraySize(array))
        return fine;
    list.items = calloc((size_t)cJSON_GetArraySize(array), size);
    if (!list.items)
        return false;
    cJSON_ArrayForEach (item, array) {
        fine = cJSON_IsObject(item) &&
               fields_read(f->members, item, (char *)list.items + list.count * size);
        list.count++;
        if (!fine)
            break;
    }
    memcpy(at, &list, sizeof list);
    return fine;
}

static bool read_field(const field *f, const cJSON *object, void *at)
{
    switch (f->kind) {
    case FIELD_TEXT:
        return read_text(f, object, at);
    case FIELD_TEXTS:
        return json_strings(object, f->name, at);
    case FIELD_BOOL:
        *(bool *)at = json_bool(object, f->name, false);
        return true;
    case FIELD_INT:
        *(int *)at = (int)json_integer(object, f->name, f->number);
        return true;
    case FIELD_UINT32:
        *(uint32_t *)at = (uint32_t)json_integer(object, f->name, 0);
        return true;
    case FIELD_TIME:
        return docker_time_parse(json_text(object, f->name, ""), at);
    case FIELD_CHOICE:
        return read_choice(f, json_text(object, f->name, f->text), at);
    case FIELD_SIZE:
        return read_size(f, object, at);
    case FIELD_ITEMS:
        return read_items(f, object, at);
    default: /* what is only shown */
        return false;
    }
}

bool fields_read(const field *fields, const cJSON *object, void *out)
{
    for (const field *f = fields; f->name; f++) {
        if (!read_field(f, object, (char *)out + f->at))
            return false;
    }
    return true;
}

/* ---- writing ---- */

static bool write_text(const field *f, const char *value, cJSON *object)
{
    return json_add_text(object, f->name, value ? value : f->text);
}

static bool write_time(cJSON *object, const char *name, int64_t when)
{
    char words[TIME_TEXT_SIZE];

    docker_time_print(when, words);
    return json_add_text(object, name, words);
}

static bool write_list(const field *f, const char *const *items, cJSON *object)
{
    if (f->kind != FIELD_TEXTS && f->kind != FIELD_LIST && (!items || !*items))
        return json_add(object, f->name, cJSON_CreateNull());
    return json_add_strings(object, f->name, items);
}

static bool write_labels(const field *f, const char *const *labels, cJSON *object)
{
    cleanup_json cJSON *json = cJSON_CreateObject();

    for (; json && labels && *labels; labels++) {
        const size_t length = strcspn(*labels, "=");
        const char *value = *labels + length;
        cleanup_free char *name = text_copy_bytes(*labels, length);

        if (!name || !json_add_text(json, name, *value ? value + 1 : ""))
            return false;
    }
    return json && json_add(object, f->name, TAKE(json));
}

static bool write_object(const field *f, const void *at, cJSON *object)
{
    cleanup_json cJSON *json = fields_object(f->members, at);

    if (!json)
        return false;
    if (f->kind == FIELD_SOME_OBJECT && !json->child)
        return true;
    return json_add(object, f->name, TAKE(json));
}

static bool write_items(const field *f, const void *at, cJSON *object)
{
    cleanup_json cJSON *array = cJSON_CreateArray();
    field_items list;

    memcpy(&list, at, sizeof list);
    for (size_t i = 0; array && i < list.count; i++) {
        const char *item = (const char *)list.items + i * (size_t)f->number;

        if (!json_append(array, fields_object(f->members, item)))
            return false;
    }
    return array && json_add(object, f->name, TAKE(array));
}

static bool write_number(const field *f, double value, cJSON *object)
{
    return cJSON_AddNumberToObject(object, f->name, value) != NULL;
}

static bool write_field(const field *f, const void *at, cJSON *object)
{
    switch (f->kind) {
    case FIELD_TEXT:
        return write_text(f, *(char *const *)at, object);
    case FIELD_TEXTS:
    case FIELD_SOME_TEXTS:
        return write_list(f, (const char *const *)((const string_list *)at)->items, object);
    case FIELD_BOOL:
        return json_add_bool(object, f->name, *(const bool *)at);
    case FIELD_SOME_BOOL:
        return !*(const bool *)at || json_add_bool(object, f->name, true);
    case FIELD_INT:
        return json_add_integer(object, f->name, *(const int *)at);
    case FIELD_UINT32:
        return json_add_integer(object, f->name, *(const uint32_t *)at);
    case FIELD_TIME:
        return write_time(object, f->name, *(const int64_t *)at);
    case FIELD_CHOICE:
        return json_add_text(object, f->name, f->choices[*(const int *)at]);
    case FIELD_SIZE:
        return write_number(f, (double)*(const uint64_t *)at, object);
    case FIELD_SECONDS:
        return write_number(f, (double)*(const int64_t *)at, object);
    case FIELD_LIST:
    case FIELD_SOME_LIST:
        return write_list(f, *(const char *const *const *)at, object);
    case FIELD_SOME_LABELS:
        if (!*(const char *const *const *)at || !**(const char *const *const *)at)
            return true;
        return write_labels(f, *(const char *const *const *)at, object);
    case FIELD_LABELS:
        return write_labels(f, *(const char *const *const *)at, object);
    case FIELD_FIXED:
        return json_add_text(object, f->name, f->text);
    case FIELD_TRUE:
        return json_add_bool(object, f->name, true);
    case FIELD_OBJECT:
    case FIELD_SOME_OBJECT:
        return write_object(f, at, object);
    case FIELD_ITEMS:
        return write_items(f, at, object);
    }
    return false;
}

bool fields_write(const field *fields, const void *from, cJSON *object)
{
    for (const field *f = fields; f->name; f++) {
        cJSON_DeleteItemFromObjectCaseSensitive(object, f->name);
        if (!write_field(f, (const char *)from + f->at, object))
            return false;
    }
    return true;
}

cJSON *fields_object(const field *fields, const void *from)
{
    cleanup_json cJSON *json = cJSON_CreateObject();

    return json && fields_write(fields, from, json) ? TAKE(json) : NULL;
}
