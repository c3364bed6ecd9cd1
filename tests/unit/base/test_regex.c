/* SPDX-License-Identifier: MIT */
/* Regular expressions: what Go's regexp says of the same ones. */
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include <setjmp.h>

#include <cmocka.h>

#include "base/regex.h"

static bool matches(const char *pattern, const char *string)
{
    wcow_error err = WCOW_ERROR_INIT;
    regex *r = NULL;
    bool failed = true;
    bool found;

    if (regex_new(pattern, &r, &err))
        fail_msg("%s: %s", pattern, err.message);
    found = regex_matches(r, string, &failed);
    assert_false(failed);
    regex_free(r);
    return found;
}

/* Of each pattern, a text that it matches and one that it does not. */
static void patterns_match_as_in_go(void **state)
{
    static const struct {
        const char *pattern, *with, *without;
    } cases[] = {
        {"b", "abc", "ac"},
        {"^b", "bc", "abc"},
        {"b$", "ab", "abc"},
        {"^$", "", "a"},
        {"a.c", "xabcx", "ac"},
        {"a*b$", "aaab", "aaac"},
        {"^a+$", "aaa", ""},
        {"^ab?c$", "ac", "abbc"},
        {"^a{2}$", "aa", "aaa"},
        {"^a{2,}$", "aaaa", "a"},
        {"^a{1,3}$", "aaa", "aaaa"},
        {"^a{0}$", "", "a"},
        {"a{,2}", "a{,2}", "aa"},
        {"x{", "x{", "x"},
        {"^(ab|cd)+$", "abcdab", "abc"},
        {"^(?:a|b|)c$", "c", "abc"},
        {"^(?P<name>a)(?<other>b)$", "ab", "ba"},
        {"^a*?b+?$", "aab", "aa"},
        {"[abc]", "xb", "xyz"},
        {"^[a-c]+$", "abc", "abd"},
        {"^[^a-c]+$", "xyz", "xya"},
        {"^[]a]+$", "]a", "["},
        {"^[a\\-z]+$", "a-z", "b"},
        {"^[a-]+$", "a-", "b"},
        {"^[[:alpha:]_]+$", "aZ_", "1"},
        {"^[[:^digit:]]+$", "abc", "a1"},
        {"^\\d+$", "123", "12a"},
        {"^\\D+$", "abc", "a1"},
        {"^[\\w.]+$", "a_1.b", "a-b"},
        {"^\\W$", "-", "a"},
        {"^\\S+\\s\\S+$", "a b", "ab"},
        {"\\bweb\\b", "my-web-1", "webs"},
        {"\\Beb", "web", "eb"},
        {"^\\x41\\x{42}\\t$", "AB\t", "AB"},
        {"a\\.b", "a.b", "acb"},
        {"^\\Qa.b*\\E$", "a.b*", "acb"},
        {"\\Aab\\z", "ab", "abc"},
        {"(?i)^WEB$", "wEb", "wab"},
        {"^(?i:W)eb$", "web", "wEB"},
        {"(?i)^[a-c]$", "B", "D"},
        {"(?m)^b$", "a\nb", "ab"},
        {"(?s)a.b", "a\nb", "ab"},
        {"(?i)a(?-i)b", "Ab", "AB"},
        {"^.$", "\xc3\xa9", "ab"},
        {"^[\xc3\xa0-\xc3\xbf]$", "\xc3\xa9", "e"},
        {"(a*)*$", "aaa", NULL},
        {"()", "", NULL},
        {"a||b", "", NULL},
    };

    (void)state;
    for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
        if (!matches(cases[i].pattern, cases[i].with))
            fail_msg("'%s' does not match '%s'", cases[i].pattern, cases[i].with);
        if (cases[i].without && matches(cases[i].pattern, cases[i].without))
            fail_msg("'%s' matches '%s'", cases[i].pattern, cases[i].without);
    }
}

static void what_is_malformed_is_said_in_gos_words(void **state)
{
    static const char *const bad[][2] = {
        {"(", "missing closing ): `(`"},
        {")", "unexpected ): `)`"},
        {"a[", "missing closing ]: `[`"},
        {"[z-a]", "invalid character class range: `[z-a]`"},
        {"[[:nosuch:]]", "invalid character class range: `[:nosuch:]]`"},
        {"*", "missing argument to repetition operator: `*`"},
        {"a|*", "missing argument to repetition operator: `*`"},
        {"a**", "invalid nested repetition operator: `**`"},
        {"a{2}{3}", "invalid nested repetition operator: `{2}{3}`"},
        {"a{1001}", "invalid repeat count: `{1001}`"},
        {"a{3,2}", "invalid repeat count: `{3,2}`"},
        {"\\", "trailing backslash at end of expression: ``"},
        {"\\y", "invalid escape sequence: `\\y`"},
        {"\\pL", "invalid escape sequence: `\\pL`"},
        {"\\x{110000}", "invalid escape sequence: `\\x{110000}`"},
        {"(?z)", "invalid or unsupported Perl syntax: `(?z)`"},
        {"(?=a)", "invalid or unsupported Perl syntax: `(?=a)`"},
        {"(?P<a", "invalid named capture: `(?P<a`"},
    };

    (void)state;
    for (size_t i = 0; i < sizeof(bad) / sizeof(bad[0]); i++) {
        wcow_error err = WCOW_ERROR_INIT;
        regex *r = NULL;

        assert_int_equal(regex_new(bad[i][0], &r, &err), WCOW_INVALID);
        assert_string_equal(err.message, bad[i][1]);
        assert_null(r);
    }
}

/* Refused or done with, whatever the pattern is. */
static void try_pattern(const char *pattern, const char *string)
{
    wcow_error err = WCOW_ERROR_INIT;
    regex *r = NULL;
    bool failed = false;

    if (regex_new(pattern, &r, &err)) {
        assert_int_equal(err.status, WCOW_INVALID);
        return;
    }
    (void)regex_matches(r, string, &failed);
    assert_false(failed);
    regex_free(r);
}

/* Each of these takes other engines hours, gigabytes, or all of the stack. */
static void no_pattern_takes_long(void **state)
{
    static const char *const hostile[] = {
        "(((((a{1000}){1000}){1000}){1000}){1000})",
        "((((){1000}){1000}){1000}){1000}",
        "(x+x+)+y",
        "^(([a-z])+.)+[A-Z]([a-z])+$",
        "(.*)(.*)(.*)(.*)(.*)(.*)(.*)(.*)(.*)[0]",
        "(a?){500}a{500}$",
        "((a*)*)*$",
    };
    const size_t long_one = 200000;
    const clock_t start = clock();
    char string[4000];
    char *pattern = calloc(1, long_one + 1);

    (void)state;
    assert_non_null(pattern);
    memset(string, 'a', sizeof(string) - 1);
    string[sizeof(string) - 1] = '\0';
    for (size_t i = 0; i < sizeof(hostile) / sizeof(hostile[0]); i++)
        try_pattern(hostile[i], string);
    for (const char *c = "(|a[^"; *c; c++)
        try_pattern(memset(pattern, *c, long_one), string);
    free(pattern);
    assert_true(clock() - start < 20 * CLOCKS_PER_SEC); /* a second, with sanitizers */
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(patterns_match_as_in_go),
        cmocka_unit_test(what_is_malformed_is_said_in_gos_words),
        cmocka_unit_test(no_pattern_takes_long),
    };

    return cmocka_run_group_tests_name("base/regex", tests, NULL, NULL);
}
