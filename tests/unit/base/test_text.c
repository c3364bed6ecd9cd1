/* SPDX-License-Identifier: MIT */
/* Growing text, lists of strings. */
#include "tests/unit/status.h"

#include <string.h>

#include "base/strings.h"
#include "base/text.h"

static void text_grows_over_every_boundary(void **state)
{
    cleanup_text text t = TEXT_INIT;

    (void)state;
    for (int i = 0; i < 1000; i++)
        text_addf(&t, "%d,", i % 10);
    assert_int_equal(t.length, 2000);
    assert_int_equal(strlen(text_get(&t)), 2000);
    assert_string_equal(text_get(&t) + 1994, "7,8,9,");
}

static void an_empty_text_is_an_empty_string(void **state)
{
    cleanup_text text t = TEXT_INIT;
    cleanup_free char *taken = NULL;

    (void)state;
    assert_string_equal(text_get(&t), "");
    taken = text_take(&t);
    assert_string_equal(taken, "");
}

static void taking_empties_it(void **state)
{
    cleanup_text text t = TEXT_INIT;
    cleanup_free char *taken = NULL;

    (void)state;
    text_add(&t, "abc");
    text_add_char(&t, 'd');
    text_add_bytes(&t, "efg", 2);
    taken = text_take(&t);
    assert_string_equal(taken, "abcdef");
    assert_int_equal(t.length, 0);
    assert_string_equal(text_get(&t), "");
}

static void nothing_printable_drives_a_terminal(void **state)
{
    /* ESC [ in one byte and in two, BEL, DEL, and letters around them of which none is touched. */
    char string[] = "a\x1b[31m\xC2\x9B"
                    "31m\x07\x7F\r\tb\n\xC3\x9B\xC2\xA0\xE2\x82\x9B";

    (void)state;
    text_make_printable(string);
    assert_string_equal(string, "a [31m  31m   \tb\n\xC3\x9B\xC2\xA0\xE2\x82\x9B");
}

static void a_failed_addition_is_remembered(void **state)
{
    cleanup_text text t = TEXT_INIT;

    (void)state;
    text_add(&t, "abc");
    text_add_bytes(&t, "x", SIZE_MAX / 2);
    text_add(&t, "def");
    assert_string_equal(text_get(&t), "");
    assert_null(text_take(&t));
    assert_false(t.failed);
}

static void cutting_shortens_only(void **state)
{
    cleanup_text text t = TEXT_INIT;

    (void)state;
    text_cut(&t, 0);
    text_add(&t, "abc");
    text_cut(&t, 7);
    assert_string_equal(text_get(&t), "abc");
    text_cut(&t, 1);
    text_add(&t, "z");
    assert_string_equal(text_get(&t), "az");
}

static void strings_are_compared_as_said(void **state)
{
    (void)state;
    assert_true(text_equal(NULL, NULL));
    assert_false(text_equal(NULL, ""));
    assert_false(text_equal("a", NULL));
    assert_true(text_equal("a", "a"));
    assert_false(text_equal("a", "A"));
    assert_true(text_equal_ignore_case("C:\\Data", "c:\\dATA"));
    assert_false(text_equal_ignore_case("ab", "abc"));
    assert_false(text_equal_ignore_case("[", "{"));
    assert_true(text_equal_ignore_case(NULL, NULL));
    assert_true(text_starts_with("wcow-1", "wcow-"));
    assert_false(text_starts_with("wco", "wcow-"));
    assert_true(text_ends_with("a.tar.gz", ".gz"));
    assert_false(text_ends_with("z", ".gz"));
}

static void copying_null_gives_null(void **state)
{
    cleanup_free char *copy = text_copy_bytes("a\0b", 3);

    (void)state;
    assert_null(text_copy(NULL));
    assert_memory_equal(copy, "a\0b", 4);
}

/* Also by a part of itself: it is copied before the old one goes. */
static void a_text_is_put_in_the_place_of_another(void **state)
{
    cleanup_free char *name = NULL;

    (void)state;
    assert_true(text_replace(&name, "web-old"));
    assert_true(text_replace(&name, name + 4));
    assert_string_equal(name, "old");
    assert_true(text_replace(&name, NULL));
    assert_null(name);
}

static void a_list_owns_what_it_is_given(void **state)
{
    cleanup_strings string_list list = STRING_LIST_INIT;

    (void)state;
    assert_null(list.items);
    for (int i = 0; i < 100; i++)
        assert_true(string_list_own(&list, text_format("%02d", 99 - i)));
    assert_true(string_list_add(&list, "x"));
    assert_false(string_list_own(&list, NULL));
    assert_int_equal(list.count, 101);
    assert_null(list.items[101]);
    assert_true(string_list_contains(&list, "42"));
    assert_false(string_list_contains(&list, "4"));
    string_list_sort(&list);
    assert_string_equal(list.items[0], "00");
    assert_string_equal(list.items[99], "99");
    assert_string_equal(list.items[100], "x");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(text_grows_over_every_boundary),
        cmocka_unit_test(an_empty_text_is_an_empty_string),
        cmocka_unit_test(taking_empties_it),
        cmocka_unit_test(a_failed_addition_is_remembered),
        cmocka_unit_test(nothing_printable_drives_a_terminal),
        cmocka_unit_test(cutting_shortens_only),
        cmocka_unit_test(strings_are_compared_as_said),
        cmocka_unit_test(copying_null_gives_null),
        cmocka_unit_test(a_text_is_put_in_the_place_of_another),
        cmocka_unit_test(a_list_owns_what_it_is_given),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
