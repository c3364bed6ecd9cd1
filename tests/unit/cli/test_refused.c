/* SPDX-License-Identifier: MIT */
/* What Docker has and wcow has not: each says why, and is offered nowhere. */
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <setjmp.h>

#include <cmocka.h>

#include "cli/commands.h"
#include "cli/refused.h"
#include "tests/unit/cli/fake_wcow.h"

enum { WORDS = 8, WORD = 64 };

/* Words that are put together; the last one is followed by NULL. */
struct line {
    char texts[WORDS][WORD];
    const char *words[WORDS + 1];
    int count;
};

static void add(struct line *line, const char *dashes, const char *name, const char *value)
{
    snprintf(line->texts[line->count], WORD, "%s%s%s", dashes, name, value);
    line->words[line->count] = line->texts[line->count];
    line->words[++line->count] = NULL;
}

/* "system prune": two words. */
static void add_command(struct line *line, const char *command)
{
    const char *space = strchr(command, ' ');
    char first[WORD];

    if (!*command)
        return;
    snprintf(first, sizeof(first), "%.*s", (int)strcspn(command, " "), command);
    add(line, "", first, "");
    if (space)
        add(line, "", space + 1, "");
}

/* ---- flags ---- */

/* The first of "run|create" as a name. */
static void first_command(const struct refused_option *option, char name[WORD])
{
    snprintf(name, WORD, "%.*s", (int)strcspn(option->commands, "|"), option->commands);
}

static void expect_refusal(const struct line *line, const struct refused_option *option)
{
    struct printed printed;
    char named[WORD];

    program_with_input(&printed, "", line->words);
    snprintf(named, sizeof(named), "--%s ", option->name);
    assert_int_equal(printed.code, 125);
    assert_string_equal(printed.out, "");
    assert_non_null(strstr(printed.err, named));
    assert_non_null(strstr(printed.err, option->reason));
    assert_non_null(strstr(printed.err, "--help')\n"));
    assert_ptr_equal(strchr(printed.err, '\n'), printed.err + strlen(printed.err) - 1);
    free(printed.out);
    free(printed.err);
    expect_calls("");
}

/* What comes after it looks like a flag, and belongs to it all the same. */
static void a_refused_flag_takes_its_value_with_it(void **state)
{
    (void)state;
    for (const struct refused_option *option = refused_options; option->name; option++) {
        struct line line = {.count = 0};
        char command[WORD];
        char letter[2] = {option->letter, '\0'};

        first_command(option, command);
        add_command(&line, command);
        if (!option->takes_value && option->harmless && strcmp(option->harmless, "true") == 0)
            add(&line, "--", option->name, "=false");
        else
            add(&line, "--", option->name, "");
        if (option->takes_value)
            add(&line, "", "--nosuch", "");
        add(&line, "", "x", "");
        expect_refusal(&line, option);
        if (!option->letter)
            continue;
        line.count = 0;
        add_command(&line, command);
        add(&line, "-", letter, option->takes_value ? "--nosuch" : "");
        add(&line, "", "x", "");
        expect_refusal(&line, option);
    }
}

static void every_refusal_is_complete_and_no_option_of_ours(void **state)
{
    (void)state;
    for (const struct refused_option *option = refused_options; option->name; option++) {
        size_t found = *option->commands == '\0';

        assert_true(strlen(option->reason) > 10);
        assert_int_not_equal(option->reason[strlen(option->reason) - 1], '.');
        for (size_t i = 0; commands[i]; i++) {
            const char *name = commands[i]->name;

            if (refused_by_name(name, option->name, strlen(option->name)) != option)
                continue;
            found++;
            if (option_by_name(commands[i]->options, option->name, strlen(option->name)) ||
                (option->letter && option_by_letter(commands[i]->options, option->letter)))
                fail_msg("%s has --%s: take its line out of refused.c", name, option->name);
        }
        assert_true(found);
    }
    for (const struct refused_command *each = refused_commands; each->paths; each++)
        assert_true(strlen(each->reason) > 10);
}

static void what_asks_for_nothing_is_taken(void **state)
{
    (void)state;
    expect(0, NULL, "", "run", "-d", "--restart=no", "--log-driver", "json-file", "--privileged=0",
           "--init=false", "--no-healthcheck", "--disable-content-trust", "--cpus=0", "nano");
    expect(0, NULL, "", "-l", "info", "--context=default", "--tls=false", "ps");
    expect_calls("create nano restart=no\nstart made-up\nlist\n");
    expect(125, "", "wcow: conflicting options: cannot specify both --restart and --rm\n", "run",
           "--restart", "always", "--rm", "nano");
    expect(125, "", NULL, "run", "--disable-content-trust=false", "nano");
    expect_calls("");
}

static void a_refused_flag_has_the_syntax_of_any_other(void **state)
{
    (void)state;
    expect(125, "", "wcow: flag needs an argument: --cap-add (see 'wcow run --help')\n", "run",
           "--cap-add");
    expect(125, "", "wcow: flag needs an argument: 'p' in -itp (see 'wcow run --help')\n", "run",
           "-itp");
    expect(125, "",
           "wcow: invalid argument \"x\" for \"--init\" flag: neither true nor false (see 'wcow "
           "run --help')\n",
           "run", "--init=x", "nano");
    expect(125, "", "wcow: unknown flag: --nosuch (see 'wcow run --help')\n", "run", "--link",
           "x:y", "--nosuch", "nano");
    expect(0, NULL, "", "run", "--link", "x:y", "--help");
    expect_calls("");
}

/* ---- commands ---- */

static void refused_commands_say_why(void **state)
{
    (void)state;
    expect(1, "",
           "wcow: 'wcow compose' is not supported yet: start the services with wcow run, one by "
           "one\n",
           "compose");
    expect(125, "",
           "wcow: --ipv6 has no meaning on Windows: its container networks are of IPv4 (see 'wcow "
           "network create --help')\n",
           "network", "create", "--ipv6", "mine");
    expect(1, "",
           "wcow: 'wcow swarm' has no meaning for wcow: there is no cluster: wcow works on this "
           "host\n",
           "swarm", "init");
    expect(1, "", NULL, "help", "swarm");
    expect(1, "", NULL, "manifest", "inspect", "nano");
    expect_calls("");
}

static void what_is_refused_is_offered_nowhere(void **state)
{
    static const char *const lines[][4] = {{"--help"},
                                           {"run", "--help"},
                                           {"create", "--help"},
                                           {"pull", "--help"},
                                           {"exec", "--help"},
                                           {"container", "--help"},
                                           {"system", "--help"},
                                           {"complete", "="},
                                           {"complete", "=--", "run"},
                                           {"complete", "=--", "pull"},
                                           {"complete", "=--", "exec"}};

    (void)state;
    for (size_t i = 0; i < sizeof(lines) / sizeof(lines[0]); i++) {
        struct printed printed;

        program_with_input(&printed, "", lines[i]);
        assert_null(strstr(printed.out, "--link"));
        assert_null(strstr(printed.out, "--cap-add"));
        assert_null(strstr(printed.out, "--privileged"));
        assert_null(strstr(printed.out, "--disable-content-trust"));
        assert_null(strstr(printed.out, " compose"));
        assert_null(strstr(printed.out, " swarm"));
        assert_null(strstr(printed.out, "--tlsverify"));
        free(printed.out);
        free(printed.err);
    }
}

/* ---- near misses ---- */

static void near_misses_are_asked_about(void **state)
{
    (void)state;
    expect(125, "",
           "wcow: unknown flag: --detatch; did you mean --detach? (see 'wcow run --help')\n", "run",
           "--detatch", "nano");
    expect(125, "", "wcow: unknown flag: --nmae; did you mean --name? (see 'wcow run --help')\n",
           "run", "--nmae=x", "nano");
    expect(125, "", "wcow: unknown flag: --rot; did you mean --root? (see 'wcow --help')\n",
           "--rot=x", "ps");
    expect(1, "",
           "wcow: 'imagse' is not a wcow command; did you mean 'images'? (see 'wcow --help')\n",
           "imagse");
    expect(1, "",
           "wcow: 'conatiner' is not a wcow command; did you mean 'container'? (see 'wcow "
           "--help')\n",
           "conatiner", "ls");
    expect(1, "",
           "wcow: unknown command: wcow container strat; did you mean 'start'? (see 'wcow "
           "container --help')\n",
           "container", "strat", "web");
    expect(1, "",
           "wcow: 'statr' is not a wcow command; did you mean 'start'? (see 'wcow --help')\n",
           "help", "statr");
    expect(1, "", "wcow: 'quux' is not a wcow command (see 'wcow --help')\n", "quux");
    expect_calls("");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
#define TEST(name) cmocka_unit_test_setup_teardown(name, fake_setup, fake_teardown)
        TEST(a_refused_flag_takes_its_value_with_it),
        TEST(every_refusal_is_complete_and_no_option_of_ours),
        TEST(what_asks_for_nothing_is_taken),
        TEST(a_refused_flag_has_the_syntax_of_any_other),
        TEST(refused_commands_say_why),
        TEST(what_is_refused_is_offered_nowhere),
        TEST(near_misses_are_asked_about),
    };

    return cmocka_run_group_tests_name("cli/refused", tests, NULL, NULL);
}
