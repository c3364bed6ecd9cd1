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

/* ---- reading, from a text ---- */

/* More members than any table has; an object of more is nothing that wcow wrote. */
#define MOST_MEMBERS 160u
/* Whole numbers of so many digits are what cJSON's doubles make of them. */
#define MOST_DIGITS 15u
/* Of words and times. */
#define WORD_SIZE 64u

/* What is not taken as it stands: the member alone becomes a tree. */
static bool scan_as_tree(const field *f, const json_piece *value, void *at)
{
    cleanup_json cJSON *object = cJSON_CreateObject();
    cJSON *parsed = NULL;

    return object && !json_parse(value->at, value->length, f->name, &parsed, NULL) &&
           json_add(object, f->name, parsed) && read_field(f, object, at);
}

static bool plain_number(const json_piece *value, uint64_t *out)
{
    uint64_t number = 0;

    if (!value->length || value->length > MOST_DIGITS)
        return false;
    for (size_t i = 0; i < value->length; i++) {
        const char c = value->at[i];

        if (c < '0' || c > '9')
            return false;
        number = number * 10 + (uint64_t)(c - '0');
    }
    *out = number;
    return true;
}

static bool plain_word(const json_piece *value, char word[WORD_SIZE])
{
    json_piece inside;

    if (!json_piece_plain(value, &inside) || inside.length >= WORD_SIZE)
        return false;
    memcpy(word, inside.at, inside.length);
    word[inside.length] = '\0';
    return true;
}

static bool scan_texts(const field *f, const json_piece *value, string_list *out)
{
    json_scan scan = json_scan_begin(value->at, value->length);
    json_piece item;
    json_piece inside;

    while (json_scan_item(&scan, &item)) {
        if (!json_piece_plain(&item, &inside)) {
            string_list_free(out);
            return scan_as_tree(f, value, out);
        }
        if (!string_list_own(out, text_copy_bytes(inside.at, inside.length)))
            return false;
    }
    if (!scan.failed)
        return true;
    string_list_free(out);
    return scan_as_tree(f, value, out);
}

static bool count_items(const json_piece *value, size_t *count)
{
    json_scan scan = json_scan_begin(value->at, value->length);
    json_piece item;

    for (*count = 0; json_scan_item(&scan, &item); ++*count)
        ;
    return !scan.failed;
}

static bool scan_items(const field *f, const json_piece *value, void *at)
{
    json_scan scan = json_scan_begin(value->at, value->length);
    const size_t size = (size_t)f->number;
    field_items list = {NULL, 0};
    json_piece item;
    bool fine = true;
    size_t count;

    if (!count_items(value, &count))
        return scan_as_tree(f, value, at);
    if (!count)
        return true;
    list.items = calloc(count, size);
    if (!list.items)
        return false;
    while (fine && json_scan_item(&scan, &item)) {
        fine = fields_scan(f->members, &item, (char *)list.items + list.count * size);
        list.count++;
    }
    memcpy(at, &list, sizeof list);
    return fine;
}

static bool scan_field(const field *f, const json_piece *value, void *at)
{
    char word[WORD_SIZE];
    json_piece inside;
    uint64_t number;

    switch (f->kind) {
    case FIELD_TEXT:
        if (!json_piece_plain(value, &inside))
            break;
        *(char **)at = text_copy_bytes(inside.at, inside.length);
        return *(char **)at != NULL;
    case FIELD_TEXTS:
        return scan_texts(f, value, at);
    case FIELD_ITEMS:
        return scan_items(f, value, at);
    case FIELD_BOOL:
        *(bool *)at = json_piece_is(value, "true");
        if (*(bool *)at || json_piece_is(value, "false"))
            return true;
        break;
    case FIELD_INT:
        if (!plain_number(value, &number))
            break;
        *(int *)at = (int)number;
        return true;
    case FIELD_UINT32:
        if (!plain_number(value, &number))
            break;
        *(uint32_t *)at = (uint32_t)number;
        return true;
    case FIELD_SIZE:
        if (plain_number(value, at))
            return true;
        break;
    case FIELD_TIME:
        if (!plain_word(value, word))
            break;
        return docker_time_parse(word, at);
    case FIELD_CHOICE:
        if (!plain_word(value, word))
            break;
        return read_choice(f, word, at);
    default: /* what is only shown */
        return false;
    }
    return scan_as_tree(f, value, at);
}

/*
 * The members of an object that no field has taken yet. They mostly stand in the order of the
 * table: `next` is where the next field's is looked for; what was passed over stands at the front.
 */
typedef struct members {
    json_member_piece items[MOST_MEMBERS];
    size_t passed;
    size_t next;
    size_t count;
} members;

/* False: it is no object, or nothing that cJSON writes. */
static bool cut(const json_piece *object, members *out)
{
    json_scan scan = json_scan_begin(object->at, object->length);
    json_member_piece member;

    out->passed = out->next = out->count = 0;
    while (json_scan_next(&scan, &member)) {
        if (out->count == MOST_MEMBERS || memchr(member.name.at, '\\', member.name.length))
            return false;
        out->items[out->count++] = member;
    }
    return !scan.failed;
}

/* Of several of one name the first, as in a tree. */
static const json_piece *find(members *all, const char *name)
{
    size_t i = 0;

    for (; i < all->count; i++) {
        if (i == all->passed)
            i = all->next;
        if (i < all->count && all->items[i].name.at[0] == name[0] &&
            json_piece_is(&all->items[i].name, name))
            break;
    }
    if (i >= all->count)
        return NULL;
    if (i >= all->next) {
        while (all->next < i)
            all->items[all->passed++] = all->items[all->next++];
        all->next++;
    }
    return &all->items[i].value;
}

bool fields_scan(const field *fields, const json_piece *object, void *out)
{
    members all;

    if (!cut(object, &all))
        return false;
    for (const field *f = fields; f->name; f++) {
        const json_piece *value = find(&all, f->name);
        void *at = (char *)out + f->at;

        if (value ? !scan_field(f, value, at) : !read_field(f, NULL, at))
            return false;
    }
    return true;
}

/* ---- leaving out ---- */

static bool is_default(const field *f, const cJSON *member)
{
    switch (f->kind) {
    case FIELD_TEXT:
    case FIELD_CHOICE:
        return cJSON_IsString(member) && text_equal(member->valuestring, f->text);
    case FIELD_TEXTS:
        return cJSON_IsArray(member) && !member->child;
    case FIELD_BOOL:
        return cJSON_IsFalse(member);
    case FIELD_INT:
        return cJSON_IsNumber(member) && member->valueint == f->number &&
               (double)member->valueint == member->valuedouble;
    case FIELD_UINT32:
    case FIELD_SIZE:
        return cJSON_IsNumber(member) && !(member->valuedouble > 0 || member->valuedouble < 0);
    default:
        return false;
    }
}

/* Whether another one of its name follows, which counts where this one is missing. */
static bool has_twin(const cJSON *member)
{
    const cJSON *next = member->next;

    while (next && strcmp(next->string, member->string) != 0)
        next = next->next;
    return next != NULL;
}

static const field *field_of(const field *fields, const char *name)
{
    while (fields->name && strcmp(fields->name, name) != 0)
        fields++;
    return fields->name ? fields : NULL;
}

cJSON *fields_brief(const field *fields, const cJSON *object)
{
    cleanup_json cJSON *brief = cJSON_CreateObject();
    const cJSON *member;

    cJSON_ArrayForEach (member, object) {
        const field *f = field_of(fields, member->string);

        if (f && is_default(f, member) && !has_twin(member))
            continue;
        if (!brief || !json_add(brief, member->string, cJSON_Duplicate(member, true)))
            return NULL;
    }
    return TAKE(brief);
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
