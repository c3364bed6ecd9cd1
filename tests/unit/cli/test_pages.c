/* SPDX-License-Identifier: MIT */
/* The pages of the reference: every command and option is on one, and texts stay texts. */
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <setjmp.h>

#include <cmocka.h>

#include "cli/commands.h"
#include "tests/unit/cli/fake_wcow.h"

static char *page(const char *name)
{
    struct printed printed;

    program_with_input(&printed, "", (const char *const[]){"reference", name, NULL});
    assert_int_equal(printed.code, 0);
    assert_string_equal(printed.err, "");
    free(printed.err);
    return printed.out;
}

static void name_of(const struct command *command, char *out, size_t size)
{
    snprintf(out, size, "%s.md", command->name);
    if (strchr(out, ' '))
        *strchr(out, ' ') = '-';
}

static void every_command_has_a_page_with_its_options(void **state)
{
    char *all = page(NULL);
    char *index = page("README.md");

    (void)state;
    for (size_t i = 0; commands[i]; i++) {
        const struct option *options = commands[i]->options;
        char name[64], line[80];
        char *made;

        name_of(commands[i], name, sizeof(name));
        snprintf(line, sizeof(line), "](%s)", name);
        if (commands[i]->section == SECTION_HIDDEN) {
            assert_null(strstr(all, name));
            assert_null(strstr(index, line));
            continue;
        }
        assert_non_null(strstr(index, line));
        made = page(name);
        for (const struct option *each = options; each && each->name; each++) {
            snprintf(line, sizeof(line), "`--%s", each->name);
            assert_non_null(strstr(made, line));
        }
        assert_non_null(strstr(all, made));
        free(made);
    }
    free(all);
    free(index);
}

static void a_page_is_of_one_command(void **state)
{
    (void)state;
    expect(0,
           "# wcow rename\n\n"
           "<!-- Made by ci/reference from the program's own tables: change those. -->\n\n"
           "Rename a container.\n\n"
           "    wcow rename CONTAINER NEW_NAME\n\n"
           "Also called `wcow container rename`.\n",
           "", "reference", "rename.md");
    expect(1, "", "wcow: there is no page 'monitor.md'\n", "reference", "monitor.md");
    expect(1, "", "wcow: there is no page 'psx.md'\n", "reference", "psx.md");
}

static void notes_keep_their_examples(void **state)
{
    char *made = page("completion.md");

    (void)state;
    assert_non_null(strstr(made,
                           "\n\nIn the profile of bash:\n\n    source <(wcow completion bash)\n\n"
                           "in that of PowerShell:\n\n    wcow completion powershell | Out"));
    free(made);
    made = page("wcow.1");
    assert_non_null(strstr(made, "\nIn the profile of bash:\n.PP\n.nf\n  source <(wcow completion "
                                 "bash)\n.fi\n.PP\nin that of PowerShell:\n"));
    free(made);
}

static void nothing_in_a_text_is_markup(void **state)
{
    char *made = page("run.md");

    (void)state;
    assert_non_null(strstr(made, "(ms\\|s\\|m\\|h)"));
    assert_non_null(strstr(made, "C:\\\\host\\|NAME:C:\\\\container"));
    assert_non_null(strstr(made, "on-failure\\[:max-retries], always"));
    free(made);
    made = page("wcow.1");
    assert_non_null(strstr(made, "\nMount a folder or a volume: C:\\ehost|NAME:C:\\econtainer"));
    assert_non_null(strstr(made, "\\fB\\-v\\fR, \\fB\\-\\-volume\\fR \\fIlist\\fR\n"));
    free(made);
}

static void what_is_refused_stands_there_with_its_reason(void **state)
{
    char *made = page("run.md");

    (void)state;
    assert_non_null(strstr(made, "| `--tmpfs` | has no meaning on Windows: it has no such file"));
    free(made);
    made = page("README.md");
    assert_non_null(strstr(made, "| compose | is not supported yet: start the services"));
    assert_non_null(strstr(made, "| `-H`, `--host` | has no meaning for wcow: "));
    free(made);
}

static void every_code_is_on_the_page_of_codes(void **state)
{
    char *made = page("codes.md");
    size_t count = 0;
    const wcow_explanation *known = wcow_explanations(&count);

    (void)state;
    assert_true(count > 50);
    for (size_t i = 0; i < count; i++) {
        char heading[128];

        snprintf(heading, sizeof(heading), "\n## %s", known[i].name);
        assert_non_null(strstr(made, heading));
    }
    free(made);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
#define TEST(name) cmocka_unit_test_setup_teardown(name, fake_setup, fake_teardown)
        TEST(every_command_has_a_page_with_its_options),
        TEST(a_page_is_of_one_command),
        TEST(notes_keep_their_examples),
        TEST(nothing_in_a_text_is_markup),
        TEST(what_is_refused_stands_there_with_its_reason),
        TEST(every_code_is_on_the_page_of_codes),
    };

    return cmocka_run_group_tests_name("cli/pages", tests, NULL, NULL);
}
