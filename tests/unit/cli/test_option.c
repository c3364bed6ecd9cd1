/* SPDX-License-Identifier: MIT */
/* Options: command lines as spf13/pflag reads them. */
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <setjmp.h>

#include <cmocka.h>

#include "cli/option.h"

struct values {
    bool detach, tty, interactive;
    const char *name;
    string_list env;
    int64_t time;
    uint64_t memory;
};

static const struct option options[] = {
    {'d', "detach", OPTION_FLAG, offsetof(struct values, detach), NULL, "d"},
    {'t', "tty", OPTION_FLAG, offsetof(struct values, tty), NULL, "t"},
    {'i', "interactive", OPTION_FLAG, offsetof(struct values, interactive), NULL, "i"},
    {0, "name", OPTION_STRING, offsetof(struct values, name), "string", "n"},
    {'e', "env", OPTION_LIST, offsetof(struct values, env), "list", "e"},
    {0, "time", OPTION_INTEGER, offsetof(struct values, time), "int", "t"},
    {'m', "memory", OPTION_SIZE, offsetof(struct values, memory), "bytes", "m"},
    {0},
};

struct fixture {
    struct values values;
    struct option_result result;
    wcow_error err;
};

static int setup(void **state)
{
    *state = calloc(1, sizeof(struct fixture));
    return 0;
}

static int teardown(void **state)
{
    struct fixture *fixture = *state;

    options_free(options, &fixture->values);
    free(fixture->result.arguments);
    free(fixture);
    return 0;
}

static wcow_status parse_as(struct fixture *fixture, bool stops, const char *const *words)
{
    struct option_rules rules = {options, stops, false, NULL};
    char *arguments[32];
    int count = 0;

    options_free(options, &fixture->values);
    free(fixture->result.arguments);
    memset(fixture, 0, sizeof(*fixture));
    for (; words[count]; count++)
        arguments[count] = (char *)(uintptr_t)words[count];
    return options_parse(&rules, count, arguments, &fixture->values, &fixture->result,
                         &fixture->err);
}

#define parse(fixture, ...)                                                                        \
    assert_int_equal(parse_as(fixture, false, (const char *const[]){__VA_ARGS__, NULL}), WCOW_OK)
#define refused(fixture, wanted, ...)                                                              \
    do {                                                                                           \
        assert_int_equal(parse_as(fixture, false, (const char *const[]){__VA_ARGS__, NULL}),       \
                         WCOW_INVALID);                                                            \
        assert_string_equal((fixture)->err.message, wanted);                                       \
    } while (0)

static void flags_have_two_forms(void **state)
{
    struct fixture *fixture = *state;

    parse(fixture, "-d");
    assert_true(fixture->values.detach);
    parse(fixture, "--detach");
    assert_true(fixture->values.detach);
    parse(fixture, "--detach=true", "--tty=1");
    assert_true(fixture->values.detach && fixture->values.tty);
    parse(fixture, "-d", "-d=false");
    assert_false(fixture->values.detach);
    parse(fixture, "--detach", "--detach=F");
    assert_false(fixture->values.detach);
}

static void short_flags_combine(void **state)
{
    struct fixture *fixture = *state;

    parse(fixture, "-itd");
    assert_true(fixture->values.interactive && fixture->values.tty && fixture->values.detach);
    parse(fixture, "-ite", "A=1");
    assert_true(fixture->values.interactive && fixture->values.tty);
    assert_string_equal(fixture->values.env.items[0], "A=1");
    parse(fixture, "-itd=false");
    assert_true(fixture->values.interactive && fixture->values.tty && !fixture->values.detach);
}

static void values_come_attached_or_next(void **state)
{
    struct fixture *fixture = *state;

    parse(fixture, "-eA=1", "-e=B=2", "-e", "C=3", "--env", "D=4", "--env=E=5");
    assert_int_equal(fixture->values.env.count, 5);
    assert_string_equal(fixture->values.env.items[0], "A=1");
    assert_string_equal(fixture->values.env.items[1], "B=2");
    assert_string_equal(fixture->values.env.items[2], "C=3");
    assert_string_equal(fixture->values.env.items[3], "D=4");
    assert_string_equal(fixture->values.env.items[4], "E=5");
    parse(fixture, "--name", "-d");
    assert_string_equal(fixture->values.name, "-d");
    assert_false(fixture->values.detach);
    parse(fixture, "--name=");
    assert_string_equal(fixture->values.name, "");
}

static void numbers_and_sizes_are_read(void **state)
{
    struct fixture *fixture = *state;

    parse(fixture, "--time", "-1", "-m", "512m");
    assert_int_equal(fixture->values.time, -1);
    assert_int_equal(fixture->values.memory, 512 << 20);
    refused(fixture, "invalid argument \"x\" for \"--time\" flag: not a whole number", "--time=x");
    refused(fixture,
            "invalid argument \"9z\" for \"-m, --memory\" flag: not a size like 512m or 2g",
            "-m9z");
}

static void what_is_left_are_arguments(void **state)
{
    struct fixture *fixture = *state;

    parse(fixture, "a", "-d", "b", "-", "--", "-t", "--x");
    assert_int_equal(fixture->result.count, 5);
    assert_string_equal(fixture->result.arguments[0], "a");
    assert_string_equal(fixture->result.arguments[2], "-");
    assert_string_equal(fixture->result.arguments[3], "-t");
    assert_string_equal(fixture->result.arguments[4], "--x");
    assert_null(fixture->result.arguments[5]);
    assert_true(fixture->values.detach);
    assert_false(fixture->values.tty);
}

static void everything_after_the_first_word_can_be_anothers(void **state)
{
    struct fixture *fixture = *state;
    const char *const words[] = {"-d", "image", "cmd", "-t", "--", "--help", NULL};

    assert_int_equal(parse_as(fixture, true, words), WCOW_OK);
    assert_int_equal(fixture->result.count, 5);
    assert_string_equal(fixture->result.arguments[3], "--");
    assert_true(fixture->values.detach);
    assert_false(fixture->values.tty || fixture->result.help);
}

static void help_is_known_everywhere(void **state)
{
    struct fixture *fixture = *state;

    parse(fixture, "--help");
    assert_true(fixture->result.help);
    parse(fixture, "-dh", "--unknown");
    assert_true(fixture->result.help);
    parse(fixture, "--help=true");
    assert_true(fixture->result.help);
    parse(fixture, "--help=false");
    assert_false(fixture->result.help);
    refused(fixture, "invalid argument \"x\" for \"--help\" flag: neither true nor false",
            "--help=x");
}

static void mistakes_are_named(void **state)
{
    struct fixture *fixture = *state;

    refused(fixture, "unknown flag: --foo", "--foo");
    refused(fixture, "unknown flag: --foo", "--foo=bar");
    refused(fixture, "unknown flag: --Detach; did you mean --detach?", "--Detach");
    refused(fixture, "unknown shorthand flag: 'x' in -dx", "-dx");
    refused(fixture, "flag needs an argument: --name", "--name");
    refused(fixture, "flag needs an argument: 'e' in -de", "-de");
    refused(fixture, "bad flag syntax: --=x", "--=x");
    refused(fixture, "bad flag syntax: ---d", "---d");
    refused(fixture, "invalid argument \"maybe\" for \"-d, --detach\" flag: neither true nor false",
            "--detach=maybe");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(flags_have_two_forms, setup, teardown),
        cmocka_unit_test_setup_teardown(short_flags_combine, setup, teardown),
        cmocka_unit_test_setup_teardown(values_come_attached_or_next, setup, teardown),
        cmocka_unit_test_setup_teardown(numbers_and_sizes_are_read, setup, teardown),
        cmocka_unit_test_setup_teardown(what_is_left_are_arguments, setup, teardown),
        cmocka_unit_test_setup_teardown(everything_after_the_first_word_can_be_anothers, setup,
                                        teardown),
        cmocka_unit_test_setup_teardown(help_is_known_everywhere, setup, teardown),
        cmocka_unit_test_setup_teardown(mistakes_are_named, setup, teardown),
    };

    return cmocka_run_group_tests_name("cli/option", tests, NULL, NULL);
}
