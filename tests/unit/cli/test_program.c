/* SPDX-License-Identifier: MIT */
/* The program itself: its table of commands, help, mistakes, and what needs no host. */
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <setjmp.h>

#include <archive.h>
#include <cmocka.h>

#include <wcow/explain.h>
#include <zlib.h>

#include "cli/commands.h"
#include "tests/unit/cli/fake_wcow.h"

/* ---- the table ---- */

static void every_command_is_complete(void **state)
{
    (void)state;
    for (size_t i = 0; commands[i]; i++) {
        const struct command *command = commands[i];

        assert_non_null(command->name);
        assert_non_null(command->summary);
        assert_non_null(command->run);
        assert_true(command->maximum < 0 || command->maximum >= command->minimum);
        assert_true(command->maximum == 0 || command->arguments != NULL);
        assert_true(command->defaults == NULL || command->size > 0);
    }
}

static void no_two_commands_share_a_name(void **state)
{
    (void)state;
    for (size_t i = 0; commands[i]; i++) {
        const char *path;

        for (size_t n = 0; (path = command_path(commands[i], n)) != NULL; n++) {
            char copy[64];
            char *words[2] = {copy, NULL};
            const char *found = NULL;
            int used = 0;

            snprintf(copy, sizeof(copy), "%s", path);
            words[1] = strchr(copy, ' ');
            if (words[1])
                *words[1]++ = '\0';
            assert_ptr_equal(command_find(words[1] ? 2 : 1, words, &used, &found), commands[i]);
            assert_string_equal(found, path);
            if (words[1])
                assert_non_null(command_group_find(copy));
        }
    }
}

static void every_option_is_complete_and_unique(void **state)
{
    (void)state;
    for (size_t i = 0; commands[i]; i++) {
        const struct option *options = commands[i]->options;

        for (const struct option *each = options; each && each->name; each++) {
            assert_ptr_equal(option_by_name(options, each->name, strlen(each->name)), each);
            if (each->letter)
                assert_ptr_equal(option_by_letter(options, each->letter), each);
            assert_non_null(each->help);
            assert_true((each->kind == OPTION_FLAG) == (each->value == NULL));
            assert_true(each->offset < commands[i]->size);
        }
    }
}

/* ---- help ---- */

static char *output_of(const char *const *words)
{
    struct printed printed;

    program_with_input(&printed, "", words);
    assert_int_equal(printed.code, 0);
    assert_string_equal(printed.err, "");
    free(printed.err);
    return printed.out;
}

#define output(...) output_of((const char *const[]){__VA_ARGS__, NULL})

static void help_names_every_command(void **state)
{
    char *help = output("--help");
    char *again = output("help");
    char *bare = output_of((const char *const[]){NULL});

    (void)state;
    assert_string_equal(help, again);
    assert_string_equal(help, bare);
    for (size_t i = 0; commands[i]; i++) {
        char line[64];

        snprintf(line, sizeof(line), "\n  %s ", commands[i]->name);
        if (commands[i]->section == SECTION_HIDDEN)
            assert_null(strstr(help, line));
        else if (!strchr(commands[i]->name, ' '))
            assert_non_null(strstr(help, line));
    }
    assert_non_null(strstr(help, "--root"));
    free(help);
    free(again);
    free(bare);
}

/* Whoever looks for one finds it; what is about the program itself comes last. */
static void help_lists_the_others_by_name(void **state)
{
    const char *last = "";

    (void)state;
    for (size_t i = 0; commands[i] && strcmp(commands[i]->name, "completion") != 0; i++) {
        if (commands[i]->section != SECTION_OTHER || strchr(commands[i]->name, ' '))
            continue;
        assert_true(strcmp(last, commands[i]->name) < 0);
        last = commands[i]->name;
    }
    assert_string_equal(last, "wait");
}

static char *help_of(const struct command *command)
{
    char first[64];
    char *second;

    snprintf(first, sizeof(first), "%s", command->name);
    second = strchr(first, ' ');
    if (second)
        *second++ = '\0';
    return second ? output(first, second, "--help") : output(first, "--help");
}

/* With one blank for each run of blanks and line breaks: without the wrapping. */
static void unwrap(char *string)
{
    char *to = string;

    for (const char *from = string; *from; from++) {
        bool blank = *from == ' ' || *from == '\n';

        if (blank && to > string && to[-1] == ' ')
            continue;
        *to++ = blank ? ' ' : *from;
    }
    *to = '\0';
}

static void help_of_a_command_names_every_option(void **state)
{
    (void)state;
    for (size_t i = 0; commands[i]; i++) {
        char *help = help_of(commands[i]);

        unwrap(help);
        for (const struct option *each = commands[i]->options; each && each->name; each++) {
            char name[64];

            snprintf(name, sizeof(name), "--%s", each->name);
            assert_non_null(strstr(help, name));
            assert_non_null(strstr(help, each->help));
        }
        assert_non_null(strstr(help, commands[i]->summary));
        free(help);
    }
}

/* Whoever writes notes leaves it to the printer where lines end. */
static void options_and_notes_fit_a_terminal(void **state)
{
    (void)state;
    for (size_t i = 0; commands[i]; i++) {
        const char *notes = commands[i]->notes;
        char *help = help_of(commands[i]);
        char *line = strstr(help, "\nOptions:\n");

        if (!line)
            line = strstr(help, commands[i]->summary) + strlen(commands[i]->summary);
        for (line = strtok(line, "\n"); line; line = strtok(NULL, "\n"))
            assert_true(strlen(line) < 80);
        free(help);

        for (; notes && (notes = strchr(notes, '\n')) != NULL; notes += strspn(notes, "\n"))
            assert_true(notes[1] == '\n' || notes[1] == ' ');
    }
}

static void help_sorts_options(void **state)
{
    char *help = output("run", "--help");
    const char *attach = strstr(help, "\n  -a, --attach list");
    const char *detach = strstr(help, "\n  -d, --detach ");
    const char *workdir = strstr(help, "\n  -w, --workdir string");

    (void)state;
    assert_non_null(attach);
    assert_non_null(detach);
    assert_non_null(workdir);
    assert_true(attach < detach && detach < workdir);
    free(help);
}

static void help_has_dockers_layout(void **state)
{
    (void)state;
    expect(0,
           "Usage:  wcow kill [OPTIONS] CONTAINER [CONTAINER...]\n"
           "\n"
           "Kill one or more running containers\n"
           "\n"
           "Aliases:\n"
           "  wcow kill, wcow container kill\n"
           "\n"
           "Options:\n"
           "  -s, --signal string   Signal to send to the container (KILL)\n"
           "\n"
           "Signals: KILL, TERM, INT, BREAK, CLOSE, LOGOFF, SHUTDOWN, or a number.\n",
           "", "help", "kill");
    expect(0, NULL, "", "kill", "-h");
    expect(0, NULL, "", "container", "--help");
    expect(0, NULL, "", "system");
    expect(0, NULL, "", "help", "container", "ls");
    expect_calls("");
}

/* ---- mistakes ---- */

static void mistakes_are_one_line(void **state)
{
    (void)state;
    expect(1, "", "wcow: 'foo' is not a wcow command (see 'wcow --help')\n", "foo");
    expect(125, "", "wcow: unknown flag: --foo (see 'wcow --help')\n", "--foo", "ps");
    expect(1, "", "wcow: unknown command: wcow container foo (see 'wcow container --help')\n",
           "container", "foo");
    expect(1, "", "wcow: 'foo' is not a wcow command (see 'wcow --help')\n", "help", "foo");
    expect(125, "", "wcow: unknown shorthand flag: 'x' in -ax (see 'wcow ps --help')\n", "ps",
           "-ax");
    expect(1, "", "wcow: 'wcow ps' accepts no arguments (see 'wcow ps --help')\n", "ps", "x");
    expect(1, "", "wcow: 'wcow images' requires at most 1 argument (see 'wcow images --help')\n",
           "images", "x", "y");
    expect(1, "", "wcow: 'wcow import' requires at most 2 arguments (see 'wcow import --help')\n",
           "import", "x", "y", "z");
    expect(1, "", "wcow: 'wcow logs' requires 1 argument (see 'wcow logs --help')\n", "logs");
    expect(125, "", "wcow: flag needs an argument: --root (see 'wcow --help')\n", "--root");
    expect_calls("");
}

/* ---- version, info, explain ---- */

static void version_touches_nothing(void **state)
{
    (void)state;
    expect(0, "wcow version 1.2.3\n", "", "--version");
    expect(0, "wcow version 1.2.3\n", "", "-v");
    expect(0, "1.2.3 1.2.3\n", "", "version", "--format",
           "{{.Client.Version}} {{.Server.Version}}");
    expect(0, NULL, "", "version");
    expect_calls("");
}

static void version_has_what_scripts_ask_docker_for(void **state)
{
    char *words = output("version");
    char *json = output("version", "--format", "json");

    (void)state;
    expect(0, "wcow wcow default\n", "", "version", "--format",
           "{{.Client.Platform.Name}} {{.Server.Platform.Name}} {{.Client.Context}}");
    expect(0, "|||||false\n", "", "version", "--format",
           "{{.Client.APIVersion}}|{{.Server.ApiVersion}}|{{.Server.GitCommit}}|"
           "{{.Server.GoVersion}}|{{.Client.BuildTime}}|{{.Server.Experimental}}");
    expect(0, "Engine 1.2.3 windows ;\n", "", "version", "--format",
           "{{range .Server.Components}}{{.Name}} {{.Version}} {{index .Details \"Os\"}} "
           "{{index .Details \"none\"}};{{end}}");
    assert_ptr_equal(strstr(words, "Client: wcow\n Version:           1.2.3\n"), words);
    assert_non_null(strstr(words, "\n Interface:         Host Compute Service, schemas 1 and 2\n"));
    assert_non_null(strstr(words, "\n OS/Arch:           windows/amd64\n"));
    assert_non_null(strstr(json, "\"ApiVersion\":\"\",\"GitCommit\":\"\",\"GoVersion\":\"\""));
    free(words);
    free(json);
}

static void version_tells_what_it_was_built_with(void **state)
{
    (void)state;
    expect(0, ARCHIVE_VERSION_ONLY_STRING " " ZLIB_VERSION "\n", "", "version", "--format",
           "{{range .Client.Dependencies}}{{if eq .Name \"libarchive\"}}{{.Version}} {{end}}"
           "{{if eq .Name \"zlib\"}}{{.Version}}{{end}}{{end}}");
}

static void info_shows_what_is_missing(void **state)
{
    (void)state;
    fake.info = "{\"Containers\":3,\"ContainersRunning\":1,\"OperatingSystem\":\"Windows\","
                "\"MemTotal\":17179869184,\"Name\":\"\",\"ServerErrors\":[\"no service\"],"
                "\"Warnings\":[\"careful\"]}";
    expect(0,
           "Client: wcow\n Version:    1.2.3\n Context:    default\n Debug Mode: false\n\nServer:\n"
           " Containers: 3\n  Running: 1\n  Paused: 0\n  Stopped: 0\n Images: 0\n Plugins:\n"
           "  Volume:\n  Network:\n  Log:\n Operating System: Windows\n CPUs: 0\n"
           " Total Memory: 16GiB\n Insecure Registries:\n",
           "WARNING: careful\nERROR: no service\n", "info");
    expect(0, NULL,
           "{\"warning\":\"careful\",\"status\":\"ok\",\"hresult\":\"\",\"hint\":\"\",\"events\":"
           "\"\"}\n"
           "{\"error\":\"no service\",\"status\":\"unavailable\",\"hresult\":\"\",\"hint\":\"\","
           "\"events\":\"\"}\n",
           "--errors=json", "info");
    expect(0, "[] [] null 1.2.3 false\n", "", "info", "-f",
           "{{.Plugins.Volume}} {{.Labels}} {{json .Runtimes}} {{.ClientInfo.Version}} "
           "{{.LiveRestoreEnabled}}");
    expect(0, "3\n", "", "system", "info", "-f", "{{.Containers}}");
}

static void explain_takes_codes_in_any_form(void **state)
{
    char *hex = output("explain", "0xC0370106");
    char *folded = output("explain", "0x80370106");
    char *signed_decimal = output("explain", "-1070137082");
    char *decimal = output("explain", "3224830214");
    char *message = output("explain", "hcsshim::System::Start failed: (0xc0370106)");

    (void)state;
    assert_non_null(strstr(hex, "0xC0370106, also 0x80370106, -1070137082"));
    assert_non_null(strstr(hex, "\nWhat to do:\n  - "));
    assert_string_equal(hex, folded);
    assert_string_equal(hex, signed_decimal);
    assert_string_equal(hex, decimal);
    assert_non_null(strstr(message, "0xC0370106"));
    free(hex);
    free(folded);
    free(signed_decimal);
    free(decimal);
    free(message);
}

static void explain_lists_all_it_knows(void **state)
{
    char *list = output("explain", "--list");
    size_t count = 0;
    const wcow_explanation *entries = wcow_explanations(&count);

    (void)state;
    assert_true(count >= 40);
    for (size_t i = 0; i < count; i++) {
        char *by_name = output("explain", entries[i].name);

        assert_non_null(strstr(list, entries[i].name));
        assert_non_null(strstr(by_name, entries[i].meaning));
        free(by_name);
    }
    free(list);
}

static void explain_has_json_for_programs(void **state)
{
    char *one = output("explain", "--format", "json", "0x80370106");
    char *names = output("explain", "--list", "--format", "{{.Name}}");

    (void)state;
    assert_ptr_equal(strstr(one, "{\"Code\":\"0xC0370106\",\"Name\":\"HCS_E_UNEXPECTED_EXIT\","),
                     one);
    assert_non_null(strstr(one, "\"Causes\":[\""));
    assert_non_null(strstr(one, "\"Remedies\":[\""));
    assert_non_null(strstr(names, "\nHCS_E_"));
    free(one);
    free(names);
}

static void explain_gives_advice_for_the_unknown(void **state)
{
    (void)state;
    expect(1, "",
           "wcow: no explanation for '0x12345678' (see 'wcow explain --list'; for codes of Windows "
           "itself try 'certutil -error CODE' or 'net helpmsg NUMBER')\n",
           "explain", "0x12345678");
    expect(1, "", "wcow: 'wcow explain' requires a code (see 'wcow explain --help')\n", "explain");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
#define TEST(name) cmocka_unit_test_setup_teardown(name, fake_setup, fake_teardown)
        TEST(every_command_is_complete),
        TEST(no_two_commands_share_a_name),
        TEST(every_option_is_complete_and_unique),
        TEST(help_names_every_command),
        TEST(help_lists_the_others_by_name),
        TEST(help_of_a_command_names_every_option),
        TEST(options_and_notes_fit_a_terminal),
        TEST(help_sorts_options),
        TEST(help_has_dockers_layout),
        TEST(mistakes_are_one_line),
        TEST(version_touches_nothing),
        TEST(version_has_what_scripts_ask_docker_for),
        TEST(version_tells_what_it_was_built_with),
        TEST(info_shows_what_is_missing),
        TEST(explain_takes_codes_in_any_form),
        TEST(explain_lists_all_it_knows),
        TEST(explain_has_json_for_programs),
        TEST(explain_gives_advice_for_the_unknown),
    };

    return cmocka_run_group_tests_name("cli/program", tests, NULL, NULL);
}
