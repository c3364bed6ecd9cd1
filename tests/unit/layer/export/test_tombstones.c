/* SPDX-License-Identifier: MIT */
/* The service's tombstones.txt: found by folder, in the order of the file, however many there are.
 */
#include "tests/unit/status.h"

#include <stdio.h>
#include <string.h>
#include <time.h>

#include "base/error.h"
#include "base/text.h"
#include "layer/export/tombstones.h"

#define HEAD "\xEF\xBB\xBFVersion 1.0\r\n"

static wcow_error err;

/* The names of a folder, each with a blank behind it. */
static void expect(const tombstones *all, const char *folder, const char *names)
{
    cleanup_text text found = TEXT_INIT;
    size_t count;
    const tombstone *items = tombstones_of(all, folder, &count);

    for (size_t i = 0; i < count; i++)
        text_addf(&found, "%s ", items[i].name);
    assert_string_equal(text_get(&found), names);
}

static void names_are_found_by_folder_in_the_order_of_the_file(void **state)
{
    tombstones all = TOMBSTONES_INIT;

    (void)state;
    assert_ok(&err, tombstones_parse(
                        HEAD "\\d\\z\r\n\\top\r\n\r\n\\d\\a\n\\d\\sub\\x\nrubbish\n\\D\\b\n\\d\\m",
                        &all, &err));
    expect(&all, "\\d", "z a m ");
    expect(&all, "", "top ");
    expect(&all, "\\d\\sub", "x ");
    expect(&all, "\\D", "b ");
    expect(&all, "\\e", "");
    expect(&all, "\\", "");
    tombstones_free(&all);
    assert_ok(&err, tombstones_parse("\xEF\xBB\xBFVersion 1.0", &all, &err));
    expect(&all, "", "");
    tombstones_free(&all);
}

/* Each of these ends a line, and there is room for each. */
static void lines_may_end_as_on_an_old_macintosh(void **state)
{
    tombstones all = TOMBSTONES_INIT;

    (void)state;
    assert_ok(&err, tombstones_parse("\xEF\xBB\xBFVersion 1.0\r\\a\r\\b\r\\c\r\\d", &all, &err));
    expect(&all, "", "a b c d ");
    tombstones_free(&all);
}

static void another_version_is_refused(void **state)
{
    tombstones all = TOMBSTONES_INIT;

    (void)state;
    assert_fails(&err, WCOW_CORRUPT, "it is of an unknown version",
                 tombstones_parse("Version 1.0\n\\a", &all, &err));
    assert_null(all.items);
}

/* 200,000 names in 100,000 folders, each asked for: once for every folder all were read. */
static void many_of_many_folders_take_no_longer_than_that(void **state)
{
    cleanup_text text bytes = TEXT_INIT;
    tombstones all = TOMBSTONES_INIT;
    clock_t start;

    (void)state;
    text_add(&bytes, HEAD);
    for (unsigned i = 0; i < 200000; i++)
        text_addf(&bytes, "\\d%u\\n%u\r\n", i % 100000, i);
    start = clock();
    assert_ok(&err, tombstones_parse(text_get(&bytes), &all, &err));
    assert_int_equal(all.count, 200000);
    for (unsigned i = 0; i < 100000; i++) {
        char folder[16];
        size_t count;

        snprintf(folder, sizeof(folder), "\\d%u", i);
        assert_non_null(tombstones_of(&all, folder, &count));
        assert_int_equal(count, 2);
    }
    assert_true(clock() - start < 20 * CLOCKS_PER_SEC);
    tombstones_free(&all);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(names_are_found_by_folder_in_the_order_of_the_file),
        cmocka_unit_test(lines_may_end_as_on_an_old_macintosh),
        cmocka_unit_test(another_version_is_refused),
        cmocka_unit_test(many_of_many_folders_take_no_longer_than_that),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
