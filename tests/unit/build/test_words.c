/* SPDX-License-Identifier: MIT */
/* The words of a Dockerfile's line. */
#include "build/words.h"

#include <stdlib.h>
#include <string.h>

#include "base/json.h"
#include "base/text.h"
#include "tests/unit/status.h"

static wcow_error err;

/* The words of a line, with '|' between them. */
static void assert_words(const char *line, const char *expected)
{
    cleanup_strings string_list words = STRING_LIST_INIT;
    cleanup_text text all = TEXT_INIT;

    assert_true(words_split(line, &words));
    for (size_t i = 0; i < words.count; i++)
        text_addf(&all, "%s%s", i ? "|" : "", words.items[i]);
    assert_string_equal(text_get(&all), expected);
}

static void a_line_is_parted_at_blanks_outside_of_quotes(void **state)
{
    (void)state;
    assert_words("", "");
    assert_words(" \t", "");
    assert_words(" a  b\tc ", "a|b|c");
    assert_words("a='b c' \"d 'e\" f", "a='b c'|\"d 'e\"|f");
    assert_words("a\\ b \"c\\\" d\" C:\\x y", "a\\ b|\"c\\\" d\"|C:\\x|y");
    assert_words("'a\\' b", "'a\\'|b"); /* nothing escapes within these */
    assert_words("\"a b", "\"a b");     /* whoever expands it will complain */
}

static void assert_expands(const char *word, const char *expected)
{
    const char *const pairs[] = {"A=1", "Path=C:\\x", "EMPTY="};
    cleanup_json cJSON *environment = cJSON_CreateStringArray(pairs, 3);
    cleanup_free char *got = NULL;

    assert_ok(&err, word_expand(word, environment, &got, &err));
    assert_string_equal(got, expected);
}

static void variables_have_values_and_stand_ins(void **state)
{
    cleanup_free char *got = NULL;

    (void)state;
    assert_expands("$A", "1");
    assert_expands("$PATH;${path}\\y", "C:\\x;C:\\x\\y");
    assert_expands("${NONE}$NONE-$", "-$");
    assert_expands("${EMPTY:-b}${A:-b}${NONE:-$A}", "b11");
    assert_expands("${EMPTY:+b}${A:+b}", "b");
    assert_expands("\"$A\"'$A'\\$A", "1$A$A");
    assert_ok(&err, word_expand("$A", NULL, &got, &err)); /* no environment is an empty one */
    assert_string_equal(got, "");
}

static void what_does_not_end_is_refused(void **state)
{
    char *got = NULL;

    (void)state;
    assert_fails(&err, WCOW_INVALID, "'\"a': a quote does not end",
                 word_expand("\"a", NULL, &got, &err));
    assert_fails(&err, WCOW_INVALID, "'${a': a '}' is missing",
                 word_expand("${a", NULL, &got, &err));
    assert_null(got);
}

static void a_variable_is_found_whatever_its_case(void **state)
{
    const char *const pairs[] = {"PATHEXT=x", "Path=y"};
    cleanup_json cJSON *environment = cJSON_CreateStringArray(pairs, 2);

    (void)state;
    assert_int_equal(environment_find(environment, "PATH", 4), 1);
    assert_int_equal(environment_find(environment, "pathext", 7), 0);
    assert_int_equal(environment_find(environment, "PAT", 3), -1);
    assert_int_equal(environment_find(NULL, "PATH", 4), -1);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_line_is_parted_at_blanks_outside_of_quotes),
        cmocka_unit_test(variables_have_values_and_stand_ins),
        cmocka_unit_test(what_does_not_end_is_refused),
        cmocka_unit_test(a_variable_is_found_whatever_its_case),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
