/* SPDX-License-Identifier: MIT */
/*
 * Structs read from a JSON text without a tree. Where the text is valid and both ways take it, they
 * take the same from it; what the tree refuses the text's reader refuses, too; and what is brief
 * says the same.
 */
#include "tests/fuzz/fuzz.h"

#include <stddef.h>
#include <stdlib.h>

#include "base/fields.h"
#include "base/utf.h"

typedef struct pair {
    char *key;
    bool on;
} pair;

typedef struct pairs {
    pair *items;
    size_t count;
} pairs;

typedef struct thing {
    char *name;
    char *note;
    string_list words;
    bool on;
    int number;
    uint32_t large;
    uint64_t size;
    int64_t when;
    int colour;
    pairs list;
} thing;

static const char *const colours[] = {"", "red", "blue", NULL};

static const field pair_fields[] = {
    {"key", FIELD_TEXT, .at = offsetof(pair, key), .text = ""},
    {"on", FIELD_BOOL, .at = offsetof(pair, on)},
    FIELDS_END,
};

#define AT(name) offsetof(thing, name)

static const field fields[] = {
    {"name", FIELD_TEXT, .at = AT(name), .text = "nobody"},
    {"note", FIELD_TEXT, .at = AT(note)},
    {"words", FIELD_TEXTS, .at = AT(words)},
    {"on", FIELD_BOOL, .at = AT(on)},
    {"number", FIELD_INT, .at = AT(number), .number = 30},
    {"large", FIELD_UINT32, .at = AT(large)},
    {"size", FIELD_SIZE, .at = AT(size)},
    {"when", FIELD_TIME, .at = AT(when)},
    {"colour", FIELD_CHOICE, .at = AT(colour), .text = "red", .choices = colours},
    {"pairs", FIELD_ITEMS, .at = AT(list), .number = sizeof(pair), .members = pair_fields},
    FIELDS_END,
};

static void thing_clear(thing *t)
{
    free(t->name);
    free(t->note);
    string_list_free(&t->words);
    for (size_t i = 0; i < t->list.count; i++)
        free(t->list.items[i].key);
    free(t->list.items);
}

DEFINE_CLEANUP_VALUE(thing, thing, thing_clear)

static void check_same(const thing *a, const thing *b)
{
    cleanup_json cJSON *left = fields_object(fields, a);
    cleanup_json cJSON *right = fields_object(fields, b);

    FUZZ_CHECK(left && right && cJSON_Compare(left, right, true));
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    const json_piece piece = {(const char *)data, size};
    cleanup_json cJSON *json = NULL;
    cleanup_json cJSON *brief = NULL;
    CLEANUP(thing) thing of_text = {.list = {NULL, 0}};
    CLEANUP(thing) thing of_tree = {.list = {NULL, 0}};
    CLEANUP(thing) thing of_brief = {.list = {NULL, 0}};
    bool taken;

    if (!utf8_valid(piece.at, size))
        return 0;
    taken = fields_scan(fields, &piece, &of_text);
    if (json_parse(piece.at, size, "it", &json, NULL) || !cJSON_IsObject(json))
        return 0;
    if (!fields_read(fields, json, &of_tree)) {
        FUZZ_CHECK(!taken);
        return 0;
    }
    if (taken)
        check_same(&of_text, &of_tree);
    brief = fields_brief(fields, json);
    FUZZ_CHECK(brief && fields_read(fields, brief, &of_brief));
    check_same(&of_brief, &of_tree);
    return 0;
}
