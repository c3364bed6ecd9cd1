/* SPDX-License-Identifier: MIT */
/* Reading and writing JSON. */
#include "tests/unit/status.h"

#include <string.h>

#include "base/json.h"
#include "base/text.h"

static wcow_error err;

static cJSON *parsed(const char *json)
{
    cJSON *value = NULL;

    assert_ok(&err, json_parse(json, strlen(json), "it", &value, &err));
    return value;
}

#define assert_refused(json, why)                                                                  \
    do {                                                                                           \
        cJSON *value_ = NULL;                                                                      \
        assert_fails(&err, WCOW_CORRUPT, "cannot read it: " why,                                   \
                     json_parse(json, sizeof(json) - 1, "it", &value_, &err));                     \
        assert_null(value_);                                                                       \
    } while (0)

static void what_is_no_json_is_refused(void **state)
{
    (void)state;
    assert_refused("", "no valid JSON at line 1");
    assert_refused("{\n\"a\": 1,\n}", "no valid JSON at line 3");
    assert_refused("{} {}", "something follows its end at line 1");
    assert_refused("[1]\n x", "something follows its end at line 2");
    assert_refused("\"a\0b\"", "it holds a NUL byte");
    assert_refused("\"a\\u0000b\"", "it holds a NUL character");
    assert_refused("\"\xC3\"", "it holds invalid UTF-8");
    assert_refused("{\"a\":\"\\\\u0000\\", "no valid JSON at line 1");
}

static void an_escaped_backslash_is_no_escape(void **state)
{
    cleanup_json cJSON *value = parsed("\"C:\\\\u0000\" \r\n\t");

    (void)state;
    assert_string_equal(value->valuestring, "C:\\u0000");
}

static void nesting_is_bounded(void **state)
{
    cleanup_free char *deep = malloc(100001);
    cJSON *value = NULL;

    (void)state;
    memset(deep, '[', 100000);
    deep[100000] = '\0';
    assert_int_equal(json_parse(deep, 100000, "it", &value, NULL), WCOW_CORRUPT);
    assert_null(value);
}

static void members_are_found_by_their_exact_name(void **state)
{
    cleanup_json cJSON *value = parsed("{\"a\":{\"b\":{\"c\":\"deep\"}},\"A\":true,\"n\":null}");

    (void)state;
    assert_true(json_bool(value, "A", false));
    assert_null(json_member(value, "b"));
    assert_null(json_member(NULL, "b"));
    assert_string_equal(json_path(value, "a.b.c")->valuestring, "deep");
    assert_null(json_path(value, "a.b.c.d"));
    assert_null(json_path(value, "a.x.c"));
    assert_null(json_path(value, "a."));
    assert_non_null(json_path(value, "n"));
}

static void wrong_types_give_the_default(void **state)
{
    cleanup_json cJSON *value = parsed("{\"t\":\"1\",\"n\":2,\"b\":false}");

    (void)state;
    assert_string_equal(json_text(value, "n", "none"), "none");
    assert_string_equal(json_text(value, "t", "none"), "1");
    assert_int_equal(json_integer(value, "t", -7), -7);
    assert_int_equal(json_integer(value, "n", -7), 2);
    assert_true(json_bool(value, "n", true));
    assert_false(json_bool(value, "b", true));
    assert_int_equal(json_integer(value, "missing", 5), 5);
}

static void only_exact_whole_numbers_are_integers(void **state)
{
    cleanup_json cJSON *value =
        parsed("{\"half\":0.5,\"big\":9007199254740992,\"less\":-9007199254740992,"
               "\"huge\":1e300,\"u32\":4294967295,\"exp\":1e3}");

    (void)state;
    assert_int_equal(json_integer(value, "half", -1), -1);
    assert_true(json_integer(value, "big", -1) == INT64_C(9007199254740992));
    assert_true(json_integer(value, "less", -1) == -INT64_C(9007199254740992));
    assert_int_equal(json_integer(value, "huge", -1), -1);
    assert_true(json_integer(value, "u32", -1) == INT64_C(4294967295));
    assert_int_equal(json_integer(value, "exp", -1), 1000);
}

static void integers_are_printed_without_exponents(void **state)
{
    cleanup_json cJSON *value = cJSON_CreateObject();
    cleanup_free char *printed = NULL;

    (void)state;
    assert_true(json_add_integer(value, "a", INT64_C(1000000000000000)));
    assert_true(json_add_integer(value, "b", INT64_C(-1763919222123456789)));
    assert_true(json_add_integer(value, "c", 4294967295));
    assert_true(json_integer(value, "b", 0) == INT64_C(-1763919222123456789));
    printed = json_print(value);
    assert_string_equal(printed,
                        "{\"a\":1000000000000000,\"b\":-1763919222123456789,\"c\":4294967295}");
}

static void what_is_added_is_there(void **state)
{
    static const char *const items[] = {"x", "y", NULL};
    cleanup_json cJSON *value = cJSON_CreateObject();
    cleanup_free char *printed = NULL;

    (void)state;
    assert_true(json_add_text(value, "t", "a\"b\\"));
    assert_true(json_add_text(value, "nothing", NULL));
    assert_true(json_add_bool(value, "b", false));
    assert_true(json_add_strings(value, "s", items));
    assert_true(json_add_strings(value, "e", NULL));
    assert_true(json_add(value, "o", cJSON_CreateObject()));
    assert_false(json_add(value, "oom", NULL));
    assert_false(json_append(NULL, cJSON_CreateNull()));
    printed = json_print(value);
    assert_string_equal(printed,
                        "{\"t\":\"a\\\"b\\\\\",\"b\":false,\"s\":[\"x\",\"y\"],\"e\":[],\"o\":{}}");
}

static void an_object_within_is_found_or_made(void **state)
{
    cleanup_json cJSON *object = cJSON_Parse("{\"there\":{\"a\":1},\"none\":null,\"text\":\"x\"}");
    cJSON *found = NULL;

    (void)state;
    assert_ok(&err, json_object_in(object, "there", &found, &err));
    assert_int_equal(json_integer(found, "a", 0), 1);
    assert_ok(&err, json_object_in(object, "none", &found, &err));
    assert_true(cJSON_IsObject(found) && json_member(object, "none") == found);
    assert_ok(&err, json_object_in(object, "new", &found, &err));
    assert_true(json_member(object, "new") == found);
    assert_fails(&err, WCOW_INVALID, "'text' is not a JSON object",
                 json_object_in(object, "text", &found, &err));
    assert_true(json_member(object, "new") == found);
    assert_int_equal(cJSON_GetArraySize(object), 4);
}

static void pretty_text_is_indented_as_docker_does(void **state)
{
    cleanup_json cJSON *value = parsed("[{\"Id\":\"x\\ty\",\"L\":[1,2],\"E\":[],\"O\":{}}]");
    cleanup_free char *printed = json_print_pretty(value);

    (void)state;
    assert_string_equal(printed, "[\n"
                                 "    {\n"
                                 "        \"Id\": \"x\\ty\",\n"
                                 "        \"L\": [\n"
                                 "            1,\n"
                                 "            2\n"
                                 "        ],\n"
                                 "        \"E\": [],\n"
                                 "        \"O\": {}\n"
                                 "    }\n"
                                 "]");
}

static void lists_of_strings_are_read(void **state)
{
    cleanup_json cJSON *value =
        parsed("{\"s\":[\"a\",\"b\"],\"n\":null,\"mixed\":[\"a\",1],\"t\":\"a\"}");
    cleanup_strings string_list list = STRING_LIST_INIT;

    (void)state;
    assert_true(json_strings(value, "missing", &list));
    assert_true(json_strings(value, "n", &list));
    assert_int_equal(list.count, 0);
    assert_true(json_strings(value, "s", &list));
    assert_int_equal(list.count, 2);
    assert_string_equal(list.items[1], "b");
    assert_false(json_strings(value, "mixed", &list));
    assert_false(json_strings(value, "t", &list));
}

static cJSON *parsed_with_nul(const char *json)
{
    cJSON *value = NULL;

    assert_ok(&err, json_parse_with_nul(json, strlen(json), "it", &value, &err));
    return value;
}

static void nul_characters_are_kept_where_they_may_be(void **state)
{
    static const char both[] = "{\"log\":\"a\\u0000b\\\\u0000\",\"a\\u0000\":\"\\u0000\\u0000\"}";
    cleanup_json cJSON *value = parsed_with_nul(both);
    cleanup_free char *log = NULL;
    cleanup_free char *nuls = NULL;
    cleanup_free char *printed = json_print(value);
    cleanup_free char *pretty = json_print_pretty(value);
    size_t length = 0;

    (void)state;
    log = json_bytes(value, "log", &length);
    assert_int_equal(length, 9);
    assert_memory_equal(log, "a\0b\\u0000", 10);
    nuls = json_bytes(value, "a\xC0\x80", &length);
    assert_int_equal(length, 2);
    assert_memory_equal(nuls, "\0\0", 3);
    assert_null(json_bytes(value, "a", &length)); /* another name */
    assert_string_equal(printed, both);
    assert_non_null(strstr(pretty, "\"a\\u0000\": \"\\u0000\\u0000\""));
}

static void what_is_no_text_is_refused_with_nul_characters_too(void **state)
{
    cJSON *value = NULL;

    (void)state;
    assert_fails(&err, WCOW_CORRUPT, "cannot read it: it holds a NUL byte",
                 json_parse_with_nul("\"a\0\"", 4, "it", &value, &err));
    assert_fails(&err, WCOW_CORRUPT, "cannot read it: it holds invalid UTF-8",
                 json_parse_with_nul("\"\xC0\x80\"", 4, "it", &value, &err));
    assert_fails(&err, WCOW_CORRUPT, "cannot read it: no valid JSON at line 1",
                 json_parse_with_nul("\"\\u0000\\", 8, "it", &value, &err));
    assert_fails(&err, WCOW_CORRUPT, "cannot read it: no valid JSON at line 2",
                 json_parse_with_nul("[\"\\u0000\"\n}", 11, "it", &value, &err));
    assert_null(value);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(what_is_no_json_is_refused),
        cmocka_unit_test(an_escaped_backslash_is_no_escape),
        cmocka_unit_test(nesting_is_bounded),
        cmocka_unit_test(members_are_found_by_their_exact_name),
        cmocka_unit_test(wrong_types_give_the_default),
        cmocka_unit_test(only_exact_whole_numbers_are_integers),
        cmocka_unit_test(integers_are_printed_without_exponents),
        cmocka_unit_test(what_is_added_is_there),
        cmocka_unit_test(an_object_within_is_found_or_made),
        cmocka_unit_test(pretty_text_is_indented_as_docker_does),
        cmocka_unit_test(lists_of_strings_are_read),
        cmocka_unit_test(nul_characters_are_kept_where_they_may_be),
        cmocka_unit_test(what_is_no_text_is_refused_with_nul_characters_too),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
