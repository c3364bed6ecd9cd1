/* SPDX-License-Identifier: MIT */
/* Paths, GUIDs, UTF-8 and UTF-16. */
#include "tests/unit/status.h"

#include <string.h>

#include "base/cleanup.h"
#include "base/guid.h"
#include "base/path.h"
#include "base/utf.h"

static void assert_text(char *made, const char *expected)
{
    assert_string_equal(made, expected);
    free(made);
}

static void paths_are_joined_with_their_own_separator(void **state)
{
    (void)state;
    assert_text(path_join("C:\\a", "b"), "C:\\a\\b");
    assert_text(path_join("C:\\", "b"), "C:\\b");
    assert_text(path_join("C:", "b"), "C:\\b");
    assert_text(path_join("C:/a/", "b"), "C:/a/b");
    assert_text(path_join("\\\\?\\Volume{1}\\", "Files"), "\\\\?\\Volume{1}\\Files");
    assert_text(path_join("/var/lib", "wcow"), "/var/lib/wcow");
    assert_text(path_join("/", "tmp"), "/tmp");
    assert_text(path_join("", "tmp"), "tmp");
    assert_text(path_join("relative", "x"), "relative/x");
}

static void a_path_lies_in_a_folder_whatever_its_case_and_separators(void **state)
{
    (void)state;
    assert_true(path_lies_in("C:\\a\\b", "C:\\a"));
    assert_true(path_lies_in("c:/A\\b", "C:\\a\\"));
    assert_true(path_lies_in("C:\\a", "C:\\a\\"));
    assert_true(path_lies_in("/var/lib/x", "/var/lib"));
    assert_true(path_lies_in("/var", "/"));
    assert_false(path_lies_in("C:\\ab", "C:\\a"));
    assert_false(path_lies_in("C:\\a", "C:\\a\\b"));
    assert_false(path_lies_in("", "C:\\a"));
    assert_false(path_lies_in("D:\\a\\b", "C:\\a"));
}

static void the_last_component_is_the_base_name(void **state)
{
    (void)state;
    assert_string_equal(path_base_name("C:\\layers\\abc"), "abc");
    assert_string_equal(path_base_name("C:\\layers/abc"), "abc");
    assert_string_equal(path_base_name("/a/b"), "b");
    assert_string_equal(path_base_name("b"), "b");
    assert_string_equal(path_base_name("/a/"), "");
}

static void the_parent_is_what_is_before_it(void **state)
{
    (void)state;
    assert_text(path_parent("C:\\a\\b"), "C:\\a");
    assert_text(path_parent("C:\\a"), "C:\\");
    assert_text(path_parent("C:\\"), "C:\\");
    assert_text(path_parent("/a/b"), "/a");
    assert_text(path_parent("/a"), "/");
    assert_text(path_parent("/"), "/");
    assert_text(path_parent("a"), "");
    assert_text(path_parent("a/b"), "a");
}

static void absolute_paths_are_told_apart(void **state)
{
    static const char *const absolute[] = {"C:\\", "d:/x", "\\\\server\\share", "\\\\?\\C:\\x",
                                           "/x"};
    static const char *const relative[] = {"", "x", "C:", "C:x", "\\x", "1:\\x", ".\\x"};

    (void)state;
    for (size_t i = 0; i < sizeof(absolute) / sizeof(absolute[0]); i++)
        assert_true(path_is_absolute(absolute[i]));
    for (size_t i = 0; i < sizeof(relative) / sizeof(relative[0]); i++)
        assert_false(path_is_absolute(relative[i]));
}

static void guids_have_the_layout_of_windows(void **state)
{
    static const uint8_t bytes[16] = {0xf9, 0x3e, 0x9c, 0xbd, 0x39, 0xf2, 0xb5, 0x59,
                                      0xa2, 0x7e, 0x15, 0xc5, 0x23, 0xb1, 0xd1, 0x49};
    char text[GUID_TEXT_SIZE];
    guid g;

    (void)state;
    assert_true(guid_parse("{BD9C3EF9-F239-59b5-A27E-15c523b1d149}", &g));
    assert_memory_equal(g.bytes, bytes, 16);
    guid_print(&g, text);
    assert_string_equal(text, "bd9c3ef9-f239-59b5-a27e-15c523b1d149");
}

static void malformed_guids_are_refused(void **state)
{
    static const char *const bad[] = {
        "",
        "bd9c3ef9",
        "bd9c3ef9-f239-59b5-a27e-15c523b1d14",
        "bd9c3ef9-f239-59b5-a27e-15c523b1d1490",
        "{bd9c3ef9-f239-59b5-a27e-15c523b1d149",
        "bd9c3ef9-f239-59b5-a27e-15c523b1d149}",
        "bd9c3ef9xf239-59b5-a27e-15c523b1d149",
        "gd9c3ef9-f239-59b5-a27e-15c523b1d149",
    };
    guid g;

    (void)state;
    for (size_t i = 0; i < sizeof(bad) / sizeof(bad[0]); i++)
        assert_false(guid_parse(bad[i], &g));
}

static void every_windows_name_survives_the_round_trip(void **state)
{
    /* a, é, €, 😀, a lone high surrogate, a lone low one, two in the wrong order */
    static const uint16_t name[] = {'a', 0xE9,   0x20AC, 0xD83D, 0xDE00, 0xD800,
                                    'x', 0xDC00, 0xDFFF, 0xD800, 0xFFFF};
    const size_t units = sizeof(name) / sizeof(name[0]);
    cleanup_free char *utf8 = utf8_from_utf16(name, units);
    cleanup_free uint16_t *back = NULL;
    size_t length = 0;

    (void)state;
    assert_memory_equal(utf8, "a\xC3\xA9\xE2\x82\xAC\xF0\x9F\x98\x80\xED\xA0\x80x", 14);
    back = utf16_from_utf8(utf8, strlen(utf8), &length);
    assert_int_equal(length, units);
    assert_memory_equal(back, name, sizeof(name));
    assert_int_equal(back[units], 0);
}

static void broken_utf8_becomes_replacement_characters(void **state)
{
    static const uint16_t expected[] = {0xFFFD, 'a', 0xFFFD, 0xFFFD, 0xFFFD, 0xFFFD, 0};
    cleanup_free uint16_t *units = utf16_from_utf8("\xFF"
                                                   "a"
                                                   "\xC0\x80"
                                                   "\xE2\x82",
                                                   6, NULL);

    (void)state;
    assert_memory_equal(units, expected, sizeof(expected));
}

static void only_well_formed_utf8_is_valid(void **state)
{
    static const char *const bad[] = {"\x80",
                                      "\xC0\x80",
                                      "\xC3",
                                      "\xE0\x80\x80",
                                      "\xED\xA0\x80",
                                      "\xF4\x90\x80\x80",
                                      "\xF8\x88\x80\x80\x80",
                                      "\xE2\x82"};

    (void)state;
    assert_true(utf8_valid("", 0));
    assert_true(utf8_valid("a\xC3\xA9\xE2\x82\xAC\xF0\x9F\x98\x80", 10));
    for (size_t i = 0; i < sizeof(bad) / sizeof(bad[0]); i++)
        assert_false(utf8_valid(bad[i], strlen(bad[i])));
}

static void what_is_not_utf8_is_mended(void **state)
{
    static const struct {
        const char *broken, *mended;
    } cases[] = {
        {"", ""},
        {"a\xC3\xA9\xF0\x9F\x98\x80", "a\u00E9\U0001F600"},
        {"\xFF", "\uFFFD"},
        {"\xE2\x82x", "\uFFFD\uFFFDx"},
        {"\xED\xA0\x80", "\uFFFD\uFFFD\uFFFD"},
        {"\xC0\xAF", "\uFFFD\uFFFD"},
    };

    (void)state;
    for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
        cleanup_free char *mended = utf8_mended(cases[i].broken, strlen(cases[i].broken));

        assert_string_equal(mended, cases[i].mended);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(paths_are_joined_with_their_own_separator),
        cmocka_unit_test(a_path_lies_in_a_folder_whatever_its_case_and_separators),
        cmocka_unit_test(the_last_component_is_the_base_name),
        cmocka_unit_test(the_parent_is_what_is_before_it),
        cmocka_unit_test(absolute_paths_are_told_apart),
        cmocka_unit_test(guids_have_the_layout_of_windows),
        cmocka_unit_test(malformed_guids_are_refused),
        cmocka_unit_test(every_windows_name_survives_the_round_trip),
        cmocka_unit_test(broken_utf8_becomes_replacement_characters),
        cmocka_unit_test(only_well_formed_utf8_is_valid),
        cmocka_unit_test(what_is_not_utf8_is_mended),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
