/* SPDX-License-Identifier: MIT */
/* The guide and the README show commands that there are, with flags that they have. */
#include <ctype.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <setjmp.h>

#include <cmocka.h>

#include <wcow/explain.h>

#include "base/text.h"
#include "cli/commands.h"
#include "tests/unit/cli/fake_wcow.h"

enum { WORDS = 64 };

static const char *const pages[] = {"README.md", "src/cli/guide/README.md",
                                    "src/cli/guide/self-test.md", "src/cli/guide/ci.md",
                                    "src/cli/guide/containerd.md"};

/* Words as a shell makes them of a line up to a pipe or the like; how many. The line is changed. */
static int split(char *line, char **words)
{
    int count = 0;
    char *to = line;

    while (*line && count < WORDS) {
        char quote = '\0';

        line += strspn(line, " ");
        if (!*line || strchr("|;#>", *line))
            break;
        words[count++] = to;
        for (; *line && (quote || *line != ' '); line++) {
            if (quote ? *line == quote : *line == '"' || *line == '\'')
                quote = quote ? '\0' : *line;
            else
                *to++ = *line;
        }
        line += *line != '\0';
        *to++ = '\0';
    }
    return count;
}

/* Whether a command line is read as the program would; the words begin with "wcow". `whole`: it has
 * its arguments, too; else it only names a command ("wcow stop -t 10"), or COMMAND stands for one.
 */
static bool is_read(bool whole, int count, char **words, wcow_error *err)
{
    struct option_rules rules = {global_options, true, false, ""};
    struct option_result before = {NULL, 0, false};
    struct option_result result = {NULL, 0, false};
    struct global global = {0};
    const struct command *command = NULL;
    const char *path = NULL;
    void *values = NULL;
    int used = 0;
    bool good = options_parse(&rules, count - 1, words + 1, &global, &before, err) == WCOW_OK;

    if (good)
        command = command_find(before.count, before.arguments, &used, &path);
    if (command) {
        values = calloc(1, command->size + 1);
        rules = (struct option_rules){command->options, command->stops_at_word,
                                      command->negative_numbers, command->name};
        good = options_parse(&rules, before.count - used, before.arguments + used, values, &result,
                             err) == WCOW_OK;
        good = good && (!whole || result.help ||
                        (result.count >= command->minimum &&
                         (command->maximum < 0 || result.count <= command->maximum)));
        options_free(command->options, values);
    } else if (whole || before.count == 0 || !isupper((unsigned char)before.arguments[0][0])) {
        good = good && before.count < 2 &&
               (before.count == 0 || command_group_find(before.arguments[0]) != NULL);
    }
    free(values);
    free(result.arguments);
    free(before.arguments);
    return good;
}

/* "wcow …" in a block of code, after a prompt or not; NULL: it is none. */
static char *command_in(char *line)
{
    static const char *const prompts[] = {"PS C:\\> ", "PS> ", ""};

    if (!text_starts_with(line, "    "))
        return NULL;
    line += strspn(line, " ");
    for (size_t i = 0; i < sizeof(prompts) / sizeof(prompts[0]); i++)
        if (text_starts_with(line, prompts[i]) &&
            text_starts_with(line + strlen(prompts[i]), "wcow "))
            return line + strlen(prompts[i]);
    return NULL;
}

/* The next "wcow …" between backticks, which are cut away; NULL: there is none. */
static char *next_named(char **rest)
{
    char *begin = strstr(*rest, "`wcow ");
    char *end = begin ? strchr(begin + 1, '`') : NULL;

    if (!end)
        return NULL;
    *end = '\0';
    *rest = end + 1;
    return begin + 1;
}

static size_t check_names(const char *page, int number, char *line)
{
    size_t seen = 0;

    for (char *command; (command = next_named(&line)) != NULL; seen++) {
        cleanup_free char *shown = text_copy(command);
        char *words[WORDS];
        wcow_error err = WCOW_ERROR_INIT;

        if (!is_read(false, split(command, words), words, &err))
            fail_msg("%s:%d: `%s`: %s", page, number, shown, err.message);
    }
    return seen;
}

static size_t check_page(const char *page)
{
    cleanup_free char *path = text_format("%s/%s", WCOW_SOURCE_DIR, page);
    FILE *file = fopen(path, "r");
    char line[1024];
    size_t commands_seen = 0;
    int number = 0;

    assert_non_null(file);
    while (fgets(line, sizeof(line), file)) {
        cleanup_free char *shown = NULL;
        char *command;
        char *words[WORDS];
        wcow_error err = WCOW_ERROR_INIT;

        number++;
        line[strcspn(line, "\r\n")] = '\0';
        command = command_in(line);
        if (!command) {
            commands_seen += check_names(page, number, line);
            continue;
        }
        commands_seen++;
        shown = text_copy(command);
        if (!is_read(true, split(command, words), words, &err))
            fail_msg("%s:%d: '%s': %s", page, number, shown, err.message);
    }
    fclose(file);
    return commands_seen;
}

static void every_command_that_is_shown_can_be_typed(void **state)
{
    size_t seen = 0;

    (void)state;
    for (size_t i = 0; i < sizeof(pages) / sizeof(pages[0]); i++)
        seen += check_page(pages[i]);
    assert_true(seen > 100);
}

static void what_cannot_be_typed_is_seen(void **state)
{
    static const char *const wrong[] = {"wcow rn x", "wcow ps --alll", "wcow rm", "wcow run -p",
                                        "wcow network frobnicate x"};
    static const char *const misnamed[] = {"wcow rn", "wcow stop --alll",
                                           "wcow network frobnicate"};

    (void)state;
    for (size_t i = 0; i < sizeof(wrong) / sizeof(wrong[0]); i++) {
        cleanup_free char *line = text_copy(wrong[i]);
        char *words[WORDS];

        assert_false(is_read(true, split(line, words), words, NULL));
    }
    for (size_t i = 0; i < sizeof(misnamed) / sizeof(misnamed[0]); i++) {
        cleanup_free char *line = text_copy(misnamed[i]);
        char *words[WORDS];

        assert_false(is_read(false, split(line, words), words, NULL));
    }
}

static void every_code_in_the_guide_is_explained(void **state)
{
    cleanup_free char *path = text_format("%s/src/cli/guide/README.md", WCOW_SOURCE_DIR);
    FILE *file = fopen(path, "r");
    char line[1024];
    size_t seen = 0;

    (void)state;
    assert_non_null(file);
    while (fgets(line, sizeof(line), file)) {
        if (!text_starts_with(line, "| 0x"))
            continue;
        assert_non_null(wcow_explain((uint32_t)strtoul(line + 2, NULL, 16)));
        seen++;
    }
    fclose(file);
    assert_true(seen > 5);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
#define TEST(name) cmocka_unit_test_setup_teardown(name, fake_setup, fake_teardown)
        TEST(every_command_that_is_shown_can_be_typed),
        TEST(what_cannot_be_typed_is_seen),
        TEST(every_code_in_the_guide_is_explained),
    };

    return cmocka_run_group_tests_name("cli/guide", tests, NULL, NULL);
}
