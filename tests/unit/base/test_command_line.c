/* SPDX-License-Identifier: MIT */
/* Command lines of Windows. */
#include "tests/unit/status.h"

#include "base/command_line.h"

static const struct {
    const char *arguments[5];
    const char *line;
} lines[] = {
    {{"cmd", "/c", "echo", "hi", NULL}, "cmd /c echo hi"},
    {{"cmd.exe", "/c", "echo", "hello from container", NULL},
     "cmd.exe /c echo \"hello from container\""},
    {{"a", "", "b", NULL}, "a \"\" b"},
    {{"tab\tbed", NULL}, "\"tab\tbed\""},
    {{"say \"hi\"", NULL}, "\"say \\\"hi\\\"\""},
    {{"a\"b", NULL}, "a\\\"b"},
    {{"C:\\dir\\", "x", NULL}, "C:\\dir\\ x"},
    {{"C:\\my dir\\", "x", NULL}, "\"C:\\my dir\\\\\" x"},
    {{"a\\\\\"b", NULL}, "a\\\\\\\\\\\"b"},
    {{"\\\\server\\share", NULL}, "\\\\server\\share"},
    {{"line\nbreak", "&|<>^%", NULL}, "line\nbreak &|<>^%"},
};

static void arguments_are_quoted_where_they_must_be(void **state)
{
    (void)state;
    for (size_t i = 0; i < sizeof(lines) / sizeof(lines[0]); i++) {
        cleanup_free char *line = command_line_join(lines[i].arguments);

        assert_string_equal(line, lines[i].line);
    }
}

static void what_was_joined_splits_into_the_same(void **state)
{
    (void)state;
    for (size_t i = 0; i < sizeof(lines) / sizeof(lines[0]); i++) {
        cleanup_strings string_list list = STRING_LIST_INIT;

        assert_true(command_line_split(lines[i].line, &list));
        for (size_t k = 0; k < list.count; k++)
            assert_string_equal(list.items[k], lines[i].arguments[k]);
        assert_null(lines[i].arguments[list.count]);
    }
}

static void no_arguments_make_an_empty_line(void **state)
{
    static const char *const none[] = {NULL};
    cleanup_free char *first = command_line_join(NULL);
    cleanup_free char *second = command_line_join(none);

    (void)state;
    assert_string_equal(first, "");
    assert_string_equal(second, "");
}

static void quotes_within_words_join_them(void **state)
{
    static const char *const expected[] = {"a b", "c\"d", "e", "", "\\"};
    cleanup_strings string_list list = STRING_LIST_INIT;

    (void)state;
    assert_true(command_line_split("  a\" \"b\t\"c\"\"d\" e \"\" \"\\\\\"", &list));
    assert_int_equal(list.count, 5);
    for (size_t i = 0; i < 5; i++)
        assert_string_equal(list.items[i], expected[i]);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(arguments_are_quoted_where_they_must_be),
        cmocka_unit_test(what_was_joined_splits_into_the_same),
        cmocka_unit_test(no_arguments_make_an_empty_line),
        cmocka_unit_test(quotes_within_words_join_them),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
