/* SPDX-License-Identifier: MIT */
/* cp and diff: which argument names a container, and what is said. */
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <setjmp.h>

#include <cmocka.h>

#include "tests/unit/cli/fake_wcow.h"

/* docker/cli, splitCpArg() and its tests, as on Windows. */
static void a_colon_makes_a_container(void **state)
{
    (void)state;
    expect(0, "", "", "cp", "web:/a/b", "o.txt");
    expect_calls("open web\ncopy-from /a/b o.txt\n");
    expect(0, "", "", "cp", "web:C:\\a", "D:\\o.txt");
    expect_calls("open web\ncopy-from C:\\a D:\\o.txt\n");
    expect(0, "", "", "container", "cp", "-aL", "C:\\x", "web:/y");
    expect_calls("open web\ncopy-to C:\\x /y follow\n");
    expect(0, "", "", "cp", "./a:b", "web:/y");
    expect_calls("open web\ncopy-to ./a:b /y\n");
    expect(0, "", "", "cp", "\\\\server\\share\\f", "web:y");
    expect_calls("open web\ncopy-to \\\\server\\share\\f y\n");
    expect(0, "", "", "cp", "C:f", "o.txt"); /* a container of that name, as Docker has it */
    expect_calls("open C\ncopy-from f o.txt\n");
    expect(0, "", "", "cp", "-", "web:C:\\");
    expect_calls("open web\ncopy-to - C:\\\n");
}

static void other_arguments_are_refused_in_docker_s_words(void **state)
{
    (void)state;
    expect(1, "", "wcow: copying between containers is not supported\n", "cp", "one:/x", "two:/y");
    expect(1, "", "wcow: must specify at least one container source\n", "cp", "x", "y");
    expect(1, "", "wcow: must specify at least one container source\n", "cp", "C:\\x", ".\\y");
    expect(1, "", "wcow: source can not be empty\n", "cp", "", "b:/y");
    expect(1, "", "wcow: destination can not be empty\n", "cp", "a:/x", "");
    expect_calls("");
}

static void the_result_is_told_to_a_terminal(void **state)
{
    (void)state;
    fake.terminals[1] = true;
    expect(0, "", "Successfully copied 5B (transferred 2.05kB) to C:\\here\\o.txt\n", "cp",
           "web:/a", "o.txt");
    expect(0, "", "Successfully copied 5B (transferred 2.05kB) to web:/y\n", "cp", "x", "web:/y");
    expect(0, "", "", "cp", "-q", "web:/a", "o.txt");
    expect(0, "", "", "cp", "web:/a", "-");
    fake.terminals[2] = true;
    expect(0, "",
           "\rCopying from container - 2.05kB\033[K\r\033[K"
           "Successfully copied 5B (transferred 2.05kB) to C:\\here\\o.txt\n",
           "cp", "web:/a", "o.txt");
}

static void for_a_program_the_result_is_an_object_and_no_line_is_drawn(void **state)
{
    (void)state;
    fake.terminals[1] = fake.terminals[2] = true;
    expect(0, "",
           "{\"note\":\"Successfully copied 5B (transferred 2.05kB) to web:/y\",\"status\":\"ok\","
           "\"hresult\":\"\",\"hint\":\"\",\"events\":\"\"}\n",
           "--errors=json", "cp", "x", "web:/y");
}

static void what_is_left_out_is_told_up_to_a_limit(void **state)
{
    cleanup_text text told = TEXT_INIT;

    (void)state;
    for (int i = 0; i < 20; i++)
        text_add(&told, "WARNING: 'l' is left out\n");
    text_add(&told, "WARNING: 2 more are left out\n");
    expect(0, "", text_get(&told), "cp", "web:/links", "o");
    text_cut(&told, 0);
    for (int i = 0; i < 20; i++)
        text_add(&told,
                 "{\"warning\":\"'l' is left "
                 "out\",\"status\":\"ok\",\"hresult\":\"\",\"hint\":\"\",\"events\":\"\"}\n");
    text_add(&told, "{\"warning\":\"2 more are left "
                    "out\",\"status\":\"ok\",\"hresult\":\"\",\"hint\":\"\",\"events\":\"\"}\n");
    expect(0, "", text_get(&told), "--errors=json", "cp", "web:/links", "o");
}

static void diff_prints_a_letter_and_a_path(void **state)
{
    (void)state;
    expect(0, "C C:\\app\nA C:\\app\\log\nD C:\\old\n", "", "diff", "web");
    expect_calls("open web\nchanges\n");
    expect(0, "C C:\\app\nA C:\\app\\log\nD C:\\old\n", "", "container", "diff", "web");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
#define TEST(name) cmocka_unit_test_setup_teardown(name, fake_setup, fake_teardown)
        TEST(a_colon_makes_a_container),
        TEST(other_arguments_are_refused_in_docker_s_words),
        TEST(the_result_is_told_to_a_terminal),
        TEST(what_is_left_out_is_told_up_to_a_limit),
        TEST(for_a_program_the_result_is_an_object_and_no_line_is_drawn),
        TEST(diff_prints_a_letter_and_a_path),
    };

    return cmocka_run_group_tests_name("cli/copy", tests, NULL, NULL);
}
