/* SPDX-License-Identifier: MIT */
/* Structs as JSON objects, both ways. */
#include "base/fields.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

static const char *const colours[] = {"", "red", "blue", NULL};

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
} thing;

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
    {"colour", FIELD_CHOICE, .at = AT(colour), .choices = colours},
    FIELDS_END,
};

static void thing_clear(thing *t)
{
    free(t->name);
    free(t->note);
    string_list_free(&t->words);
}

DEFINE_CLEANUP_VALUE(thing, thing, thing_clear)

static void what_is_read_is_written_again(void **state)
{
    static const char json[] =
        "{\"name\":\"web\",\"note\":\"n\",\"words\":[\"a\",\"b\"],\"on\":true,\"number\":-1,"
        "\"large\":4294967295,\"size\":1099511627776,\"when\":\"1970-01-01T00:00:01Z\",\"colour\":"
        "\"blue\"}";
    cleanup_json cJSON *object = cJSON_Parse(json);
    CLEANUP(thing) thing t = {0};
    cleanup_json cJSON *again = NULL;
    cleanup_free char *printed = NULL;

    (void)state;
    assert_true(fields_read(fields, object, &t));
    assert_int_equal(t.large, UINT32_MAX);
    assert_int_equal(t.size, 1ull << 40);
    assert_int_equal(t.when, 1000000000);
    assert_int_equal(t.colour, 2);
    again = fields_object(fields, &t);
    printed = json_print(again);
    assert_string_equal(printed, json);
}

static void what_is_missing_has_its_default(void **state)
{
    cleanup_json cJSON *object =
        cJSON_Parse("{\"when\":\"0001-01-01T00:00:00Z\",\"colour\":\"red\"}");
    CLEANUP(thing) thing t = {0};

    (void)state;
    assert_true(fields_read(fields, object, &t));
    assert_string_equal(t.name, "nobody");
    assert_null(t.note);
    assert_int_equal(t.number, 30);
    assert_int_equal(t.when, 0);
}

static void what_is_no_member_of_ours_stays(void **state)
{
    cleanup_json cJSON *object = cJSON_Parse("{\"future\":{\"a\":1},\"on\":true}");
    const thing t = {.colour = 1};

    (void)state;
    assert_true(fields_write(fields, &t, object));
    assert_int_equal(json_integer(json_member(object, "future"), "a", 0), 1);
    assert_false(json_bool(object, "on", true));
    assert_null(json_member(object, "note"));
    assert_string_equal(json_text(object, "name", ""), "nobody");
}

static void what_is_not_what_it_should_be_is_refused(void **state)
{
    static const char *const wrong[] = {
        "{}",
        "{\"when\":\"0001-01-01T00:00:00Z\"}",
        "{\"when\":\"0001-01-01T00:00:00Z\",\"colour\":\"\"}",
        "{\"when\":\"0001-01-01T00:00:00Z\",\"colour\":\"green\"}",
        "{\"when\":\"0001-01-01T00:00:00Z\",\"colour\":\"red\",\"size\":-1}",
        "{\"when\":\"now\",\"colour\":\"red\"}",
        "{\"when\":\"0001-01-01T00:00:00Z\",\"colour\":\"red\",\"words\":[1]}",
    };

    (void)state;
    for (size_t i = 0; i < sizeof wrong / sizeof wrong[0]; i++) {
        cleanup_json cJSON *object = cJSON_Parse(wrong[i]);
        CLEANUP(thing) thing t = {0};

        assert_non_null(object);
        assert_false(fields_read(fields, object, &t));
    }
}

/* Shapes: written only. */
typedef struct shown {
    const char *text;
    const char *const *list;
    string_list texts;
    uint64_t size;
    int64_t seconds;
    bool flag;
} shown;

#define IN(name) offsetof(shown, name)

static const field inner[] = {
    {"text", FIELD_TEXT, .at = 0},
    FIELDS_END,
};

static const field shape[] = {
    {"fixed", FIELD_FIXED, .text = "f"},
    {.name = "true", .kind = FIELD_TRUE},
    {"list", FIELD_LIST, .at = IN(list)},
    {"some", FIELD_SOME_LIST, .at = IN(list)},
    {"texts", FIELD_SOME_TEXTS, .at = IN(texts)},
    {"labels", FIELD_LABELS, .at = IN(list)},
    {"size", FIELD_SIZE, .at = IN(size)},
    {"seconds", FIELD_SECONDS, .at = IN(seconds)},
    {"flag", FIELD_SOME_BOOL, .at = IN(flag)},
    {"object", FIELD_OBJECT, .at = IN(text), .members = inner},
    {"someObject", FIELD_SOME_OBJECT, .at = IN(text), .members = inner},
    FIELDS_END,
};

static void prints(const shown *from, const char *json)
{
    cleanup_json cJSON *object = fields_object(shape, from);
    cleanup_free char *printed = json_print(object);

    assert_string_equal(printed, json);
}

static void shapes_hold_objects_and_lists(void **state)
{
    static const char *const list[] = {"a=b=c", "d", NULL};
    cleanup_strings string_list texts = STRING_LIST_INIT;

    (void)state;
    assert_true(string_list_add(&texts, "t"));
    prints(&(shown){"x", list, texts, 1ull << 40, -1, true},
           "{\"fixed\":\"f\",\"true\":true,\"list\":[\"a=b=c\",\"d\"],\"some\":[\"a=b=c\",\"d\"],"
           "\"texts\":[\"t\"],\"labels\":{\"a\":\"b=c\",\"d\":\"\"},\"size\":1099511627776,"
           "\"seconds\":-1,\"flag\":true,\"object\":{\"text\":\"x\"},"
           "\"someObject\":{\"text\":\"x\"}}");
    prints(&(shown){0}, "{\"fixed\":\"f\",\"true\":true,\"list\":[],\"some\":null,\"texts\":null,"
                        "\"labels\":{},\"size\":0,\"seconds\":0,\"object\":{}}");
}

static void what_is_only_shown_is_not_read(void **state)
{
    cleanup_json cJSON *object = cJSON_CreateObject();
    shown s = {0};

    (void)state;
    assert_false(fields_read(shape, object, &s));
}

/* A list of structs, each by a table of its own. */
typedef struct pair {
    char *key;
    bool on;
} pair;

typedef struct pairs {
    pair *items;
    size_t count;
} pairs;

static const field pair_fields[] = {
    {"key", FIELD_TEXT, .at = offsetof(pair, key), .text = ""},
    {"on", FIELD_BOOL, .at = offsetof(pair, on)},
    FIELDS_END,
};

static const field list_fields[] = {
    {"pairs", FIELD_ITEMS, .at = 0, .number = sizeof(pair), .members = pair_fields},
    FIELDS_END,
};

static void pairs_clear(pairs *p)
{
    for (size_t i = 0; i < p->count; i++)
        free(p->items[i].key);
    free(p->items);
}

DEFINE_CLEANUP_VALUE(pairs, pairs, pairs_clear)

static void lists_of_structs_go_both_ways(void **state)
{
    static const char *const texts[] = {
        "{\"pairs\":[{\"key\":\"a\",\"on\":true},{\"key\":\"b\",\"on\":false}]}",
        "{\"pairs\":[]}",
    };

    (void)state;
    for (size_t i = 0; i < sizeof texts / sizeof texts[0]; i++) {
        cleanup_json cJSON *object = cJSON_Parse(texts[i]);
        CLEANUP(pairs) pairs list = {NULL, 0};
        cleanup_json cJSON *again = NULL;
        cleanup_free char *printed = NULL;

        assert_true(fields_read(list_fields, object, &list));
        assert_int_equal(list.count, i ? 0 : 2);
        again = fields_object(list_fields, &list);
        printed = json_print(again);
        assert_string_equal(printed, texts[i]);
    }
}

static void a_list_that_is_none_is_refused(void **state)
{
    static const char *const wrong[] = {"{\"pairs\":{}}", "{\"pairs\":[{\"key\":\"a\"},1]}"};
    cleanup_json cJSON *empty = cJSON_CreateObject();
    pairs none = {NULL, 0};

    (void)state;
    assert_true(fields_read(list_fields, empty, &none));
    assert_int_equal(none.count, 0);
    for (size_t i = 0; i < sizeof wrong / sizeof wrong[0]; i++) {
        cleanup_json cJSON *object = cJSON_Parse(wrong[i]);
        CLEANUP(pairs) pairs list = {NULL, 0};

        assert_false(fields_read(list_fields, object, &list));
    }
}

/* ---- from a text ---- */

typedef struct both {
    thing one;
    pairs list;
} both;

static const field both_fields[] = {
    {"name", FIELD_TEXT, .at = AT(name), .text = "nobody"},
    {"note", FIELD_TEXT, .at = AT(note)},
    {"words", FIELD_TEXTS, .at = AT(words)},
    {"on", FIELD_BOOL, .at = AT(on)},
    {"number", FIELD_INT, .at = AT(number), .number = 30},
    {"large", FIELD_UINT32, .at = AT(large)},
    {"size", FIELD_SIZE, .at = AT(size)},
    {"when", FIELD_TIME, .at = AT(when)},
    {"colour", FIELD_CHOICE, .at = AT(colour), .text = "red", .choices = colours},
    {"pairs", FIELD_ITEMS, .at = offsetof(both, list), .number = sizeof(pair),
     .members = pair_fields},
    FIELDS_END,
};

static void both_clear(both *b)
{
    thing_clear(&b->one);
    pairs_clear(&b->list);
}

DEFINE_CLEANUP_VALUE(both, both, both_clear)

#define WHEN "\"when\":\"1970-01-01T00:00:01Z\""
#define LONG "0123456789012345678901234567890123456789012345678901234567890123456789"

static const char *const scanned[] = {
    "{" WHEN "}",
    "{\"name\":\"web\",\"note\":\"\",\"words\":[\"a\",\"\"],\"on\":true,\"number\":7,"
    "\"large\":4294967295,\"size\":1099511627776," WHEN ",\"colour\":\"blue\",\"pairs\":"
    "[{\"key\":\"a\",\"on\":true},{\"on\":false}]}",
    /* Other orders, and what the table does not know. */
    "{\"version\":1,\"colour\":\"blue\"," WHEN ",\"name\":\"web\",\"future\":{\"on\":true}}",
    "{\"size\":5,\"b\":[],\"large\":4,\"c\":{}," WHEN ",\"number\":3,\"on\":true,\"name\":\"n\"}",
    /* Of two the first, wherever they stand. */
    "{\"name\":\"first\"," WHEN ",\"name\":\"second\"}",
    "{\"a\":1,\"on\":true,\"name\":\"first\",\"on\":false,\"name\":\"second\"," WHEN "}",
    "{\"note\":\"first\",\"name\":\"n\",\"note\":\"second\"," WHEN "}",
    /* Not as plain as can be. */
    " { \"name\" : \"a b\" , \"words\" : [ \"x\" , \"y\" ] , \"on\" : true , \"number\" : 7 , " WHEN
    " , \"pairs\" : [ { \"key\" : \"k\" } ] } ",
    "{\"name\":\"\\u00e4\\\"\\\\\\n\",\"words\":[\"plain\",\"\\t\"]," WHEN "}",
    "{\"name\":\"\xc3\xa4{[,\",\"words\":[\"]\",\"}\"]," WHEN "}",
    "{\"name\":\"" LONG "\",\"words\":[\"" LONG "\"]," WHEN "}",
    "{\"number\":-7,\"large\":1.0e3,\"size\":9007199254740992," WHEN "}",
    "{\"number\":\"7\",\"large\":null,\"size\":1.5,\"on\":\"true\",\"name\":5," WHEN "}",
    "{\"number\":007,\"on\":0,\"words\":null,\"note\":null," WHEN "}",
    "{\"when\":\"0001-01-01T00:00:00Z\"}",
    "{\"when\":\"1970-01-01T00:00:01.5+01:00\"}",
    "{\"when\":\"1970\\u002d01-01T00:00:01Z\"}",
    "{\"colour\":\"r\\u0065d\"," WHEN "}",
    /* Wrong. */
    "{}",
    "{\"when\":\"now\"}",
    "{\"when\":5}",
    "{\"colour\":\"\"," WHEN "}",
    "{\"colour\":\"green\"," WHEN "}",
    "{\"colour\":\"" LONG "\"," WHEN "}",
    "{\"size\":-1," WHEN "}",
    "{\"words\":[1]," WHEN "}",
    "{\"words\":[\"a\",[\"b\"]]," WHEN "}",
    "{\"words\":{}," WHEN "}",
    "{\"words\":\"a\"," WHEN "}",
    "{\"pairs\":{}," WHEN "}",
    "{\"pairs\":null," WHEN "}",
    "{\"pairs\":[{\"key\":\"a\"},1]," WHEN "}",
    "[]",
    "5",
};

static void a_text_is_read_as_its_tree_is(void **state)
{
    (void)state;
    for (size_t i = 0; i < sizeof scanned / sizeof scanned[0]; i++) {
        const json_piece piece = {scanned[i], strlen(scanned[i])};
        cleanup_json cJSON *object = cJSON_Parse(scanned[i]);
        CLEANUP(both) both tree = {.list = {NULL, 0}};
        CLEANUP(both) both text = {.list = {NULL, 0}};
        const bool fine = cJSON_IsObject(object) && fields_read(both_fields, object, &tree);

        assert_non_null(object);
        if (fields_scan(both_fields, &piece, &text) != fine)
            fail_msg("%s", scanned[i]);
        if (fine) {
            cleanup_json cJSON *of_tree = fields_object(both_fields, &tree);
            cleanup_json cJSON *of_text = fields_object(both_fields, &text);

            assert_true(cJSON_Compare(of_tree, of_text, true));
        }
    }
}

/* What is left out is not missed, whatever else there is. */
static void a_brief_object_says_the_same(void **state)
{
    (void)state;
    for (size_t i = 0; i < sizeof scanned / sizeof scanned[0]; i++) {
        cleanup_json cJSON *object = cJSON_Parse(scanned[i]);
        cleanup_json cJSON *brief = fields_brief(both_fields, object);
        CLEANUP(both) both whole = {.list = {NULL, 0}};
        CLEANUP(both) both less = {.list = {NULL, 0}};

        if (!cJSON_IsObject(object))
            continue;
        if (fields_read(both_fields, object, &whole) != fields_read(both_fields, brief, &less))
            fail_msg("%s", scanned[i]);
        {
            cleanup_json cJSON *of_whole = fields_object(both_fields, &whole);
            cleanup_json cJSON *of_less = fields_object(both_fields, &less);

            if (!cJSON_Compare(of_whole, of_less, true))
                fail_msg("%s", scanned[i]);
        }
    }
}

static void what_has_its_default_is_left_out(void **state)
{
    static const struct {
        const char *whole, *brief;
    } cases[] = {
        {"{\"name\":\"nobody\",\"note\":\"\",\"words\":[],\"on\":false,\"number\":30,\"large\":0,"
         "\"size\":0," WHEN ",\"colour\":\"red\",\"pairs\":[]}",
         "{\"note\":\"\"," WHEN ",\"pairs\":[]}"},
        {"{\"name\":\"\",\"number\":0,\"other\":false,\"words\":[\"\"],\"on\":true,\"size\":1}",
         NULL},
        {"{\"number\":30.5,\"size\":0.5}", NULL},
        {"{\"on\":false,\"on\":true}", NULL}, /* it is the first that counts */
    };

    (void)state;
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        cleanup_json cJSON *object = cJSON_Parse(cases[i].whole);
        cleanup_json cJSON *brief = fields_brief(both_fields, object);
        cleanup_free char *printed = json_print(brief);

        assert_string_equal(printed, cases[i].brief ? cases[i].brief : cases[i].whole);
    }
}

/* Of which nothing is believed, rather than half of it. */
static void what_no_cjson_has_written_is_refused(void **state)
{
    static const char *const wrong[] = {
        "{" WHEN ",\"n\\u0061me\":\"a\"}", /* one name written in two ways */
        "{" WHEN ",\"name\":\"a\"",        "{" WHEN ",}",
        "{" WHEN ",\"name\":\"a\"\"b\"}",  "{" WHEN ",\"name\":\"\\u0000\"}",
        "{" WHEN ",\"name\":nonsense}",    "{" WHEN ",\"on\":true true}",
        "{" WHEN ",\"words\":[\"a\",]}",   "{" WHEN ",\"words\":[\"a\"}",
        "{" WHEN ",\"words\":[\"a\"]]}",   "{" WHEN ",\"size\":5x}",
        "{" WHEN ",\"words\":[\"a\"]\v}", /* a blank to cJSON alone */
    };

    (void)state;
    for (size_t i = 0; i < sizeof wrong / sizeof wrong[0]; i++) {
        const json_piece piece = {wrong[i], strlen(wrong[i])};
        CLEANUP(both) both text = {.list = {NULL, 0}};

        if (fields_scan(both_fields, &piece, &text))
            fail_msg("%s", wrong[i]);
    }
}

static void an_object_of_more_members_than_any_table_is_refused(void **state)
{
    cleanup_json cJSON *object = cJSON_Parse("{" WHEN "}");
    cleanup_free char *printed = NULL;
    CLEANUP(both) both text = {.list = {NULL, 0}};
    char name[16];

    (void)state;
    for (int i = 0; i < 1000; i++) {
        snprintf(name, sizeof name, "other%d", i);
        assert_true(json_add_bool(object, name, true));
    }
    printed = json_print(object);
    assert_false(fields_scan(both_fields, &(json_piece){printed, strlen(printed)}, &text));
}

static size_t trees;

static void *count_tree(size_t size)
{
    trees++;
    return malloc(size);
}

/* That is what it is for. */
static void of_what_stands_as_cjson_writes_it_no_tree_is_made(void **state)
{
    cJSON_Hooks hooks = {count_tree, free};
    const json_piece piece = {scanned[1], strlen(scanned[1])};
    CLEANUP(both) both text = {.list = {NULL, 0}};

    (void)state;
    trees = 0;
    cJSON_InitHooks(&hooks);
    assert_true(fields_scan(both_fields, &piece, &text));
    cJSON_InitHooks(NULL);
    assert_int_equal(trees, 0);
    assert_string_equal(text.one.name, "web");
    assert_int_equal(text.list.count, 2);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(what_is_read_is_written_again),
        cmocka_unit_test(what_is_missing_has_its_default),
        cmocka_unit_test(what_is_no_member_of_ours_stays),
        cmocka_unit_test(what_is_not_what_it_should_be_is_refused),
        cmocka_unit_test(shapes_hold_objects_and_lists),
        cmocka_unit_test(what_is_only_shown_is_not_read),
        cmocka_unit_test(lists_of_structs_go_both_ways),
        cmocka_unit_test(a_list_that_is_none_is_refused),
        cmocka_unit_test(a_text_is_read_as_its_tree_is),
        cmocka_unit_test(a_brief_object_says_the_same),
        cmocka_unit_test(what_has_its_default_is_left_out),
        cmocka_unit_test(what_no_cjson_has_written_is_refused),
        cmocka_unit_test(an_object_of_more_members_than_any_table_is_refused),
        cmocka_unit_test(of_what_stands_as_cjson_writes_it_no_tree_is_made),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
