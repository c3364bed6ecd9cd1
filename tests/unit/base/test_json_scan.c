/* SPDX-License-Identifier: MIT */
/* Objects that are cut into their members. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "base/json_scan.h"
#include "base/text.h"

/* "name=value;" of each member, then "." if it ended well. */
static char *scan(const char *bytes, size_t length)
{
    json_scan all = json_scan_begin(bytes, length);
    json_member_piece member;
    text out = TEXT_INIT;

    while (json_scan_next(&all, &member)) {
        text_add_bytes(&out, member.name.at, member.name.length);
        text_add_char(&out, '=');
        text_add_bytes(&out, member.value.at, member.value.length);
        text_add_char(&out, ';');
    }
    assert_false(json_scan_next(&all, &member)); /* and stays there */
    text_add(&out, all.failed ? "" : ".");
    return text_take(&out);
}

static void assert_scans(const char *bytes, const char *expected)
{
    cleanup_free char *found = scan(bytes, strlen(bytes));

    assert_string_equal(found, expected);
}

static void members_are_found_whatever_their_values_are(void **state)
{
    (void)state;
    assert_scans("{}", ".");
    assert_scans(" { } \n", ".");
    assert_scans("{\"a\":1}", "a=1;.");
    assert_scans("{ \"a\" : 1 , \"b\" : true }", "a=1 ;b=true ;.");
    assert_scans("{\"a\":{\"b\":[1,{\"c\":\"}\"}]},\"d\":\"\\\"},{\\\\\"}",
                 "a={\"b\":[1,{\"c\":\"}\"}]};d=\"\\\"},{\\\\\";.");
    assert_scans("{\"a\\\"b\":null}", "a\\\"b=null;.");
}

static void what_is_no_object_fails(void **state)
{
    static const char *const bad[] = {"",        " ",       "[]",       "1",        "{",    "{a:1}",
                                      "{\"a\"}", "{\"a\":", "{\"a\":}", "{\"a\":1", "{} {}"};

    (void)state;
    for (size_t i = 0; i < sizeof bad / sizeof bad[0]; i++)
        assert_scans(bad[i], "");
}

/* Of any length, and with nothing behind it that could be read. */
static void a_torn_object_fails(void **state)
{
    static const char whole[] = "{\"a\":{\"b\":\"\\\\x\"},\"c\":[1,2]}";

    (void)state;
    for (size_t length = 0; length < sizeof whole - 1; length++) {
        cleanup_free char *exact = text_copy_bytes(whole, length);
        cleanup_free char *found = scan(exact, length);

        assert_null(strchr(found, '.'));
    }
}

/* "item;" of each, then "." if it ended well. */
static void assert_items(const char *bytes, const char *expected)
{
    json_scan all = json_scan_begin(bytes, strlen(bytes));
    json_piece item;
    cleanup_text text found = TEXT_INIT;

    while (json_scan_item(&all, &item)) {
        text_add_bytes(&found, item.at, item.length);
        text_add_char(&found, ';');
    }
    assert_false(json_scan_item(&all, &item));
    text_add(&found, all.failed ? "" : ".");
    assert_string_equal(text_get(&found), expected);
}

static void items_are_found_as_members_are(void **state)
{
    (void)state;
    assert_items("[]", ".");
    assert_items(" [ ] ", ".");
    assert_items("[1,\"a]\",[2,3],{\"b\":[]}]", "1;\"a]\";[2,3];{\"b\":[]};.");
    assert_items("[1,]", "1;");
    assert_items("[,1]", "");
    assert_items("[1", "");
    assert_items("[1][2]", "1;");
    assert_items("{\"a\":1}", "");
}

/* "outer.inner=value;" of each. */
static char *scan_deep(const char *bytes, size_t length)
{
    json_scan outer = json_scan_begin(bytes, length);
    json_piece name;
    json_member_piece member;
    text out = TEXT_INIT;

    while (json_scan_name(&outer, &name)) {
        json_scan inner = json_scan_enter(&outer);

        while (json_scan_next(&inner, &member)) {
            text_add_bytes(&out, name.at, name.length);
            text_add_char(&out, '.');
            text_add_bytes(&out, member.name.at, member.name.length);
            text_add_char(&out, '=');
            text_add_bytes(&out, member.value.at, member.value.length);
            text_add_char(&out, ';');
        }
        if (!json_scan_leave(&outer, &inner))
            break;
    }
    text_add(&out, outer.failed ? "" : ".");
    return text_take(&out);
}

static void a_value_is_entered_instead_of_taken(void **state)
{
    static const char whole[] = "{\"a\":{\"b\":1,\"c\":[2]} , \"d\":{ } ,\"e\":{\"f\":\"}\"}}";
    static const char *const bad[] = {"{\"a\":1}", "{\"a\":[1]}", "{\"a\":}", "{\"a\":{}",
                                      "{\"a\":{}}x"};
    cleanup_free char *found = scan_deep(whole, sizeof whole - 1);

    (void)state;
    assert_string_equal(found, "a.b=1;a.c=[2];e.f=\"}\";.");
    for (size_t length = 0; length < sizeof whole - 1; length++) {
        cleanup_free char *exact = text_copy_bytes(whole, length);
        cleanup_free char *torn = scan_deep(exact, length);

        assert_false(text_ends_with(torn, "."));
    }
    for (size_t i = 0; i < sizeof bad / sizeof bad[0]; i++) {
        cleanup_free char *none = scan_deep(bad[i], strlen(bad[i]));

        assert_string_equal(none, "");
    }
}

static void a_member_is_found_by_its_name(void **state)
{
    static const char whole[] = "{\"a\":{\"b\":1},\"b\":2,\"b\":3}";
    const json_piece object = {whole, sizeof whole - 1};
    json_piece found;

    (void)state;
    assert_true(json_piece_member(&object, "b", &found));
    assert_true(json_piece_is(&found, "2"));
    assert_false(json_piece_member(&object, "c", &found));
    assert_false(json_piece_member(&(json_piece){"[1]", 3}, "a", &found));
}

static void a_string_is_plain_if_nothing_in_it_is_escaped(void **state)
{
    static const char *const not_plain[] = {"",    "\"",       "1",          "a\"",
                                            "\"a", "\"a\\n\"", "\"a\"\"b\"", "\"a\" "};
    json_piece found;

    (void)state;
    assert_true(json_piece_plain(&(json_piece){"\"a b\"", 5}, &found));
    assert_true(json_piece_is(&found, "a b"));
    assert_true(json_piece_plain(&(json_piece){"\"\"", 2}, &found));
    assert_int_equal(found.length, 0);
    for (size_t i = 0; i < sizeof not_plain / sizeof not_plain[0]; i++) {
        const json_piece piece = {not_plain[i], strlen(not_plain[i])};

        assert_false(json_piece_plain(&piece, &found));
    }
}

static void a_piece_is_a_text_as_a_whole(void **state)
{
    const json_piece piece = {"version\"", 7};

    (void)state;
    assert_true(json_piece_is(&piece, "version"));
    assert_false(json_piece_is(&piece, "versio"));
    assert_false(json_piece_is(&piece, "versions"));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(members_are_found_whatever_their_values_are),
        cmocka_unit_test(what_is_no_object_fails),
        cmocka_unit_test(a_torn_object_fails),
        cmocka_unit_test(items_are_found_as_members_are),
        cmocka_unit_test(a_value_is_entered_instead_of_taken),
        cmocka_unit_test(a_member_is_found_by_its_name),
        cmocka_unit_test(a_string_is_plain_if_nothing_in_it_is_escaped),
        cmocka_unit_test(a_piece_is_a_text_as_a_whole),
    };

    return cmocka_run_group_tests_name("base/json_scan", tests, NULL, NULL);
}
