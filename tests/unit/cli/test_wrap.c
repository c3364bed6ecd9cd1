/* SPDX-License-Identifier: MIT */
/* Text in lines that fit a terminal. */
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <setjmp.h>

#include <cmocka.h>

#include "cli/wrap.h"

/* What is printed after `indent` columns of something else. */
static void wraps(size_t indent, const char *string, const char *wanted)
{
    char *printed = NULL;
    size_t size = 0;
    FILE *out = open_memstream(&printed, &size);

    assert_non_null(out);
    wrap_print(out, string, indent);
    assert_int_equal(fclose(out), 0);
    assert_string_equal(printed, wanted);
    free(printed);
}

#define TEN     "123456789 "
#define SEVENTY TEN TEN TEN TEN TEN TEN TEN
#define NONE    0

static void a_line_has_at_most_79_columns(void **state)
{
    (void)state;
    wraps(NONE, "short", "short\n");
    wraps(NONE, SEVENTY "123456789", SEVENTY "123456789\n");
    wraps(NONE, SEVENTY "123456789 1", SEVENTY "123456789\n1\n");
    wraps(NONE, SEVENTY "1234567890", "123456789 " TEN TEN TEN TEN TEN "123456789\n1234567890\n");
    wraps(NONE, SEVENTY SEVENTY "end", SEVENTY "123456789\n" TEN TEN TEN TEN TEN TEN "end\n");
}

static void a_character_of_many_bytes_is_one_column(void **state)
{
    (void)state;
    wraps(NONE,
          SEVENTY "\xC3\xA4\xE2\x82\xAC"
                  "3456789 1",
          SEVENTY "\xC3\xA4\xE2\x82\xAC"
                  "3456789\n1\n");
}

static void a_word_longer_than_a_line_has_one_of_its_own(void **state)
{
    static const char word[] = "1234567890123456789012345678901234567890123456789012345678901234567"
                               "89012345678901234567890";
    char text[256];
    char wanted[256];

    (void)state;
    snprintf(text, sizeof(text), "before %s after it", word);
    snprintf(wanted, sizeof(wanted), "before\n%s\nafter it\n", word);
    wraps(NONE, text, wanted);
    snprintf(text, sizeof(text), "%s after", word);
    snprintf(wanted, sizeof(wanted), "%s\n    after\n", word);
    wraps(4, text, wanted);
}

static void empty_lines_part_paragraphs(void **state)
{
    (void)state;
    wraps(NONE, "one\n\ntwo", "one\n\ntwo\n");
    wraps(NONE, "one\n\n\ntwo\n", "one\n\n\ntwo\n");
    wraps(NONE, SEVENTY "123456789 a\n\nb", SEVENTY "123456789\na\n\nb\n");
}

static void line_breaks_and_blanks_within_a_paragraph_are_one_blank(void **state)
{
    (void)state;
    wraps(NONE, "one\ntwo  three \nfour\n", "one two three four\n");
    wraps(NONE, "", "");
}

static void examples_stay_as_they_are(void **state)
{
    (void)state;
    wraps(NONE, "For example:\n    wcow  run x\n    wcow rm x\nAnd more.",
          "For example:\n    wcow  run x\n    wcow rm x\nAnd more.\n");
    wraps(NONE, "Say:\n\n  " SEVENTY SEVENTY "\n\nDone.",
          "Say:\n\n  " SEVENTY SEVENTY "\n\nDone.\n");
}

static void further_lines_are_indented_as_the_first_is(void **state)
{
    (void)state;
    wraps(30, TEN TEN TEN TEN TEN TEN,
          "123456789 " TEN TEN TEN "123456789\n                              123456789\n");
    wraps(4, "one\n\ntwo\n  three", "one\n\n    two\n      three\n");
    wraps(100, "one two",
          "one\n                                                                              "
          "                      two\n");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_line_has_at_most_79_columns),
        cmocka_unit_test(a_character_of_many_bytes_is_one_column),
        cmocka_unit_test(a_word_longer_than_a_line_has_one_of_its_own),
        cmocka_unit_test(empty_lines_part_paragraphs),
        cmocka_unit_test(line_breaks_and_blanks_within_a_paragraph_are_one_blank),
        cmocka_unit_test(examples_stay_as_they_are),
        cmocka_unit_test(further_lines_are_indented_as_the_first_is),
    };

    return cmocka_run_group_tests_name("cli/wrap", tests, NULL, NULL);
}
