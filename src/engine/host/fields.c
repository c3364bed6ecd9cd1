/* SPDX-License-Identifier: MIT */
/* Structs from and to JSON, by tables. */
#include "engine/host/fields.h"

#include <stdlib.h>

#include "base/text.h"
#include "docker/times.h"

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
        return read_choice(f, json_text(object, f->name, NULL), at);
    }
    return false;
}

bool fields_read(const field *fields, size_t count, const cJSON *object, void *out)
{
    for (size_t i = 0; i < count; i++) {
        if (!read_field(&fields[i], object, (char *)out + fields[i].offset))
            return false;
    }
    return true;
}

static bool write_time(cJSON *object, const char *name, int64_t when)
{
    char words[TIME_TEXT_SIZE];

    docker_time_print(when, words);
    return json_add_text(object, name, words);
}

static bool write_field(const field *f, const void *at, cJSON *object)
{
    switch (f->kind) {
    case FIELD_TEXT:
        return json_add_text(object, f->name, *(char *const *)at);
    case FIELD_TEXTS:
        return json_add_strings(object, f->name,
                                (const char *const *)((const string_list *)at)->items);
    case FIELD_BOOL:
        return json_add_bool(object, f->name, *(const bool *)at);
    case FIELD_INT:
        return json_add_integer(object, f->name, *(const int *)at);
    case FIELD_UINT32:
        return json_add_integer(object, f->name, *(const uint32_t *)at);
    case FIELD_TIME:
        return write_time(object, f->name, *(const int64_t *)at);
    case FIELD_CHOICE:
        return json_add_text(object, f->name, f->choices[*(const int *)at]);
    }
    return false;
}

bool fields_write(const field *fields, size_t count, const void *from, cJSON *object)
{
    for (size_t i = 0; i < count; i++) {
        cJSON_DeleteItemFromObjectCaseSensitive(object, fields[i].name);
        if (!write_field(&fields[i], (const char *)from + fields[i].offset, object))
            return false;
    }
    return true;
}
