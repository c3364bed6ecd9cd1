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
        cmocka_unit_test(a_piece_is_a_text_as_a_whole),
    };

    return cmocka_run_group_tests_name("base/json_scan", tests, NULL, NULL);
}
