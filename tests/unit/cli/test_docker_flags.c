/* SPDX-License-Identifier: MIT */
/*
 * The table of Docker's commands and flags: each works, or is refused with its reason. What is what
 * comes from the tables that the program itself goes by; nothing is written down twice.
 *
 * With --print it prints the table as tests/cli/README.md shows it (tests/cli/table puts it there).
 */
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <setjmp.h>

#include <cmocka.h>

#include "base/text.h"
#include "cli/commands.h"
#include "cli/refused.h"
#include "tests/unit/cli/docker_flags.h"

/* How a command or a flag of Docker's stands with wcow. */
struct standing {
    bool works;
    const char *reason; /* why it is refused; NULL with `works` false: nobody says anything */
    enum refused_kind kind;
    const struct refused_command *command; /* the refused command; NULL: it is the flag */
};

/* The words of "system prune", for those who take them apart. */
struct words {
    char room[64];
    char *each[3];
    int count;
};

static void split(const char *path, struct words *out)
{
    char *space;

    snprintf(out->room, sizeof(out->room), "%s", path);
    out->each[0] = out->room;
    out->each[1] = out->each[2] = NULL;
    out->count = 1;
    space = strchr(out->room, ' ');
    if (!space)
        return;
    *space = '\0';
    out->each[1] = space + 1;
    out->count = 2;
}

static const struct command *command_of(const char *path)
{
    struct words words;
    int used = 0;
    const char *name = NULL;
    const struct command *found;

    split(path, &words);
    found = command_find(words.count, words.each, &used, &name);
    return found && used == words.count ? found : NULL;
}

/* A group alone ("docker context") is a command with a help text of its own. */
static struct standing standing_of_command(const char *path)
{
    struct words words;
    int used = 0;
    const struct refused_command *refused;

    if (command_of(path) || command_group_find(path))
        return (struct standing){true, NULL, REFUSED_NOT_YET, NULL};
    split(path, &words);
    refused = refused_command_find(words.count, words.each, &used);
    if (!refused)
        return (struct standing){false, NULL, REFUSED_NOT_YET, NULL};
    return (struct standing){false, refused->reason, refused->kind, refused};
}

static struct standing standing_of_flag(const struct docker_flag *flag)
{
    const struct command *command = *flag->command ? command_of(flag->command) : NULL;
    const struct option *options = *flag->command ? NULL : global_options;
    const size_t length = strlen(flag->name);
    const struct refused_option *refused;

    if (*flag->command && !command)
        return standing_of_command(flag->command);
    options = command ? command->options : options;
    if (option_by_name(options, flag->name, length) &&
        (!flag->letter || option_by_letter(options, flag->letter)))
        return (struct standing){true, NULL, REFUSED_NOT_YET, NULL};
    refused = refused_by_name(command ? command->name : "", flag->name, length);
    if (!refused || (flag->letter && refused->letter != flag->letter))
        return (struct standing){false, NULL, REFUSED_NOT_YET, NULL};
    return (struct standing){false, refused->reason, refused->kind, NULL};
}

/* ---- the tests ---- */

static void every_command_of_dockers_works_or_is_refused_with_its_reason(void **state)
{
    (void)state;
    for (const char *const *path = docker_commands; *path; path++) {
        const struct standing s = standing_of_command(*path);

        if (!s.works && !s.reason)
            fail_msg("docker %s: neither a command of wcow nor refused (src/cli/refused.c)", *path);
    }
}

static void every_flag_of_dockers_works_or_is_refused_with_its_reason(void **state)
{
    (void)state;
    for (const struct docker_flag *flag = docker_flags; flag->command; flag++) {
        const struct standing s = standing_of_flag(flag);

        if (!s.works && !s.reason)
            fail_msg("docker %s --%s (letter '%c'): neither an option of wcow's nor refused "
                     "(src/cli/refused.c)",
                     flag->command, flag->name, flag->letter ? flag->letter : ' ');
    }
}

/* The list itself: a flag of a command that is not in it would be left out of the table. */
static void each_flag_belongs_to_a_command_of_the_list_and_stands_there_once(void **state)
{
    (void)state;
    for (const struct docker_flag *flag = docker_flags; flag->command; flag++) {
        bool listed = *flag->command == '\0';

        for (const char *const *path = docker_commands; *path; path++)
            listed = listed || strcmp(*path, flag->command) == 0;
        if (!listed)
            fail_msg("docker %s is not among the commands", flag->command);
        for (const struct docker_flag *other = flag + 1; other->command; other++) {
            if (strcmp(other->command, flag->command) == 0 && strcmp(other->name, flag->name) == 0)
                fail_msg("docker %s --%s stands there twice", flag->command, flag->name);
        }
    }
}

/* ---- the table ---- */

static const char *word_of(enum refused_kind kind)
{
    switch (kind) {
    case REFUSED_WINDOWS:
        return "nothing on Windows";
    case REFUSED_NO_DAEMON:
        return "no daemon";
    case REFUSED_NOT_YET:
        break;
    }
    return "not supported";
}

/* In a cell, a bar ends it. */
static void print_cell(const char *words)
{
    for (; *words; words++)
        printf(*words == '|' ? "\\%c" : "%c", *words);
}

static void print_flag(const struct docker_flag *flag)
{
    if (flag->letter)
        printf("`-%c`, ", flag->letter);
    printf("`--%s`", flag->name);
}

static bool is_first_with(const char *path, const struct refused_command *refused)
{
    for (const char *const *each = docker_commands; *each && strcmp(*each, path) != 0; each++)
        if (standing_of_command(*each).command == refused)
            return false;
    return true;
}

/* Those that are refused for one reason stand in one row. */
static void print_refused_commands(void)
{
    printf("| refused commands | why | instead |\n|---|---|---|\n");
    for (const char *const *path = docker_commands; *path; path++) {
        const struct standing s = standing_of_command(*path);
        bool first = true;

        if (!s.command || !is_first_with(*path, s.command))
            continue;
        printf("| ");
        for (const char *const *each = path; *each; each++) {
            if (standing_of_command(*each).command == s.command) {
                printf("%s`%s`", first ? "" : ", ", *each);
                first = false;
            }
        }
        printf(" | %s | ", word_of(s.kind));
        print_cell(s.reason);
        printf(" |\n");
    }
}

static void print_command_row(const char *path)
{
    bool any = false;

    printf("| `%s` | ", *path ? path : "docker");
    for (const struct docker_flag *flag = docker_flags; flag->command; flag++) {
        if (strcmp(flag->command, path) != 0 || !standing_of_flag(flag).works)
            continue;
        printf("%s", any ? " · " : "");
        print_flag(flag);
        any = true;
    }
    printf(" |\n");
}

static void print_working(void)
{
    printf("| commands that work | flags that work |\n|---|---|\n");
    print_command_row("");
    for (const char *const *path = docker_commands; *path; path++)
        if (standing_of_command(*path).works && !command_group_find(*path))
            print_command_row(*path);
}

/* `create` is as `run`: flags that are refused for both stand there once. */
static bool is_told_by_run(const struct docker_flag *flag)
{
    for (const struct docker_flag *other = docker_flags; other->command; other++)
        if (strcmp(flag->command, "create") == 0 && strcmp(other->command, "run") == 0 &&
            strcmp(other->name, flag->name) == 0)
            return true;
    return false;
}

static void print_refused_flags(void)
{
    printf("| refused flags | why | instead |\n|---|---|---|\n");
    for (const struct docker_flag *flag = docker_flags; flag->command; flag++) {
        const struct standing s = standing_of_flag(flag);

        if (s.works || s.command || is_told_by_run(flag))
            continue;
        printf("| `%s` ", *flag->command ? flag->command : "docker");
        print_flag(flag);
        printf(" | %s | ", word_of(s.kind));
        print_cell(s.reason);
        printf(" |\n");
    }
}

static void print_totals(void)
{
    size_t works[2] = {0, 0};
    size_t all[2] = {0, 0};

    for (const char *const *path = docker_commands; *path; path++, all[0]++)
        works[0] += standing_of_command(*path).works;
    for (const struct docker_flag *flag = docker_flags; flag->command; flag++, all[1]++)
        works[1] += standing_of_flag(flag).works;
    printf("%zu of %zu names of commands and %zu of %zu flags work.\n\n", works[0], all[0],
           works[1], all[1]);
}

static int print_table(void)
{
    print_totals();
    print_working();
    printf("\n");
    print_refused_flags();
    printf("\n");
    print_refused_commands();
    return 0;
}

int main(int count, char **words)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(every_command_of_dockers_works_or_is_refused_with_its_reason),
        cmocka_unit_test(every_flag_of_dockers_works_or_is_refused_with_its_reason),
        cmocka_unit_test(each_flag_belongs_to_a_command_of_the_list_and_stands_there_once),
    };

    if (count > 1 && strcmp(words[1], "--print") == 0)
        return print_table();
    return cmocka_run_group_tests_name("cli/docker_flags", tests, NULL, NULL);
}
