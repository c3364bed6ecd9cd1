/* SPDX-License-Identifier: MIT */
/* --help in Docker's layout. */
#include "cli/help.h"

#include <string.h>

#include "cli/wrap.h"

enum { COMMAND_WIDTH = 12, HEAD_LIMIT = 80 };

/* "  -e, --env list"; the length of it. */
static size_t print_head(const struct option *option, char *head, size_t size)
{
    const char *space = option->value ? " " : "";
    const char *value = option->value ? option->value : "";
    int length;

    if (option->letter)
        length =
            snprintf(head, size, "  -%c, --%s%s%s", option->letter, option->name, space, value);
    else
        length = snprintf(head, size, "      --%s%s%s", option->name, space, value);
    return length < 0 ? 0 : (size_t)length;
}

static int compare_names(const void *left, const void *right)
{
    const struct option *const *a = left;
    const struct option *const *b = right;

    return strcmp((*a)->name, (*b)->name);
}

size_t help_sort_options(const struct option *options, const struct option *out[HELP_OPTIONS])
{
    size_t count = 0;

    for (; options && options->name && count < HELP_OPTIONS; options++)
        out[count++] = options;
    if (count > 1)
        qsort(out, count, sizeof(*out), compare_names);
    return count;
}

/* By name, the help texts in a column. */
static void print_options(FILE *out, const char *heading, const struct option *options)
{
    const struct option *sorted[HELP_OPTIONS];
    const size_t count = help_sort_options(options, sorted);
    size_t width = 0;

    for (size_t i = 0; i < count; i++) {
        const size_t length = print_head(sorted[i], NULL, 0);

        width = length > width ? length : width;
    }
    if (!count)
        return;
    fprintf(out, "\n%s:\n", heading);
    for (size_t i = 0; i < count; i++) {
        char head[HEAD_LIMIT];

        print_head(sorted[i], head, sizeof(head));
        fprintf(out, "%-*s   ", (int)width, head);
        wrap_print(out, sorted[i]->help, width + 3);
    }
}

static void print_commands(FILE *out, const char *heading, enum command_section section)
{
    fprintf(out, "\n%s:\n", heading);
    for (size_t i = 0; commands[i]; i++)
        if (commands[i]->section == section && !strchr(commands[i]->name, ' '))
            fprintf(out, "  %-*s%s\n", COMMAND_WIDTH, commands[i]->name, commands[i]->summary);
}

void help_program(FILE *out)
{
    fputs("Usage:  wcow [OPTIONS] COMMAND\n\n"
          "Windows containers straight on the Host Compute Service\n",
          out);
    print_commands(out, "Common Commands", SECTION_COMMON);
    fputs("\nManagement Commands:\n", out);
    for (const struct command_group *group = command_groups; group->name; group++)
        fprintf(out, "  %-*s%s\n", COMMAND_WIDTH, group->name, group->summary);
    print_commands(out, "Commands", SECTION_OTHER);
    print_options(out, "Global Options", global_options);
    fputs("\nRun 'wcow COMMAND --help' for more information on a command.\n", out);
}

/* The name of a command in a group: the first of its names that is. */
static const char *name_in(const struct command *command, const struct command_group *group)
{
    const char *path;

    for (size_t n = 0; (path = command_path(command, n)) != NULL; n++) {
        const char *name = command_in_group(path, group);

        if (name)
            return name;
    }
    return NULL;
}

void help_group(FILE *out, const struct command_group *group)
{
    fprintf(out, "Usage:  wcow %s COMMAND\n\n%s\n\nCommands:\n", group->name, group->summary);
    for (size_t i = 0; commands[i]; i++) {
        const char *name = name_in(commands[i], group);

        if (name && commands[i]->section != SECTION_HIDDEN)
            fprintf(out, "  %-*s%s\n", COMMAND_WIDTH, name, commands[i]->summary);
    }
    fprintf(out, "\nRun 'wcow %s COMMAND --help' for more information on a command.\n",
            group->name);
}

void help_command(FILE *out, const struct command *command, const char *path)
{
    fprintf(out, "Usage:  wcow %s%s%s%s\n\n%s\n", path, command->options ? " [OPTIONS]" : "",
            command->arguments ? " " : "", command->arguments ? command->arguments : "",
            command->summary);
    if (command->also[0]) {
        const char *each;

        fprintf(out, "\nAliases:\n  wcow %s", command->name);
        for (size_t n = 1; (each = command_path(command, n)) != NULL; n++)
            fprintf(out, ", wcow %s", each);
        fputc('\n', out);
    }
    print_options(out, "Options", command->options);
    if (command->notes) {
        fputc('\n', out);
        wrap_print(out, command->notes, 0);
    }
}
