/* SPDX-License-Identifier: MIT */
/* The reference in Markdown: an index, a page a command, the codes. */
#include "cli/pages.h"

#include <inttypes.h>
#include <string.h>

#include <wcow/explain.h>

#include "base/text.h"
#include "cli/help.h"
#include "cli/refused.h"

static const char made[] = "<!-- Made by ci/reference from the program's own tables: change those. "
                           "-->\n";

/* ---- text ---- */

/* Text in which nothing is markup; a line break is a blank. */
static void put(FILE *out, const char *string, size_t length, const char *markup)
{
    for (size_t i = 0; i < length; i++) {
        if (strchr(markup, string[i]))
            fputc('\\', out);
        fputc(string[i] == '\n' ? ' ' : string[i], out);
    }
}

static void put_text(FILE *out, const char *string)
{
    put(out, string, strlen(string), "\\`*<[");
}

/* In a table a bar ends the cell. */
static void put_cell(FILE *out, const char *string)
{
    put(out, string, strlen(string), "\\`*<[|");
}

/* As wrap.h reads it: an empty line parts paragraphs, a line that begins with a blank is an
 * example.
 */
static void put_notes(FILE *out, const char *notes)
{
    bool prose = false; /* the line before is of the same paragraph */
    bool example = false;

    for (; *notes; notes += strcspn(notes, "\n"), notes += *notes == '\n') {
        const size_t length = strcspn(notes, "\n");

        if (length > 0 && !(notes[0] == ' ' ? example : prose))
            fputc('\n', out);
        if (notes[0] == ' ')
            fprintf(out, "    %.*s\n", (int)(length - strspn(notes, " ")),
                    notes + strspn(notes, " "));
        else if (length > 0) {
            put(out, notes, length, "\\`*<[");
            fputc('\n', out);
        }
        example = notes[0] == ' ';
        prose = length > 0 && !example;
    }
}

/* ---- a command ---- */

/* "network create" → "network-create" */
static void name_page(const struct command *command, char *out, size_t size)
{
    snprintf(out, size, "%s", command->name);
    for (; *out; out++)
        *out = *out == ' ' ? '-' : *out;
}

static void put_options(FILE *out, const char *heading, const struct option *options)
{
    const struct option *sorted[HELP_OPTIONS];
    const size_t count = help_sort_options(options, sorted);

    if (count > 0)
        fprintf(out, "\n## %s\n\n| option | |\n|---|---|\n", heading);
    for (size_t i = 0; i < count; i++) {
        fputs("| ", out);
        if (sorted[i]->letter)
            fprintf(out, "`-%c`, ", sorted[i]->letter);
        fprintf(out, "`--%s%s%s` | ", sorted[i]->name, sorted[i]->value ? " " : "",
                sorted[i]->value ? sorted[i]->value : "");
        put_cell(out, sorted[i]->help);
        fputs(" |\n", out);
    }
}

static void put_refused(FILE *out, const char *command)
{
    bool any = false;

    for (const struct refused_option *each = refused_options; each->name; each++) {
        if (!refused_is_of(each, command))
            continue;
        if (!any)
            fputs("\n## Flags of Docker that are refused\n\n| option | |\n|---|---|\n", out);
        any = true;
        fputs("| ", out);
        if (each->letter)
            fprintf(out, "`-%c`, ", each->letter);
        fprintf(out, "`--%s` | ", each->name);
        put_cell(out, refused_verdict(each->kind));
        fputs(": ", out);
        put_cell(out, each->reason);
        if (each->harmless && *each->harmless)
            fprintf(out, "; `%s` is taken", each->harmless);
        fputs(" |\n", out);
    }
}

static void put_command(FILE *out, const struct command *command)
{
    const char *path;

    fprintf(out, "# wcow %s\n\n%s", command->name, made);
    fputc('\n', out);
    put_text(out, command->summary);
    fprintf(out, ".\n\n    wcow %s%s%s%s\n", command->name, command->options ? " [OPTIONS]" : "",
            command->arguments ? " " : "", command->arguments ? command->arguments : "");
    for (size_t n = 1; (path = command_path(command, n)) != NULL; n++)
        fprintf(out, "%s`wcow %s`", n == 1 ? "\nAlso called " : ", ", path);
    if (command->also[0])
        fputs(".\n", out);
    if (command->notes)
        put_notes(out, command->notes);
    put_options(out, "Options", command->options);
    put_refused(out, command->name);
}

/* ---- the index and the codes ---- */

static void put_group(FILE *out, const char *heading, const struct command_group *group)
{
    fprintf(out, "\n## %s\n\n| command | |\n|---|---|\n", heading);
    for (size_t i = 0; commands[i]; i++) {
        char page[64];
        const char *name = group ? command_in_group(commands[i]->name, group) : commands[i]->name;

        if (!name || strchr(name, ' ') || commands[i]->section == SECTION_HIDDEN)
            continue;
        name_page(commands[i], page, sizeof(page));
        fprintf(out, "| [`wcow %s`](%s.md) | ", commands[i]->name, page);
        put_cell(out, commands[i]->summary);
        fputs(" |\n", out);
    }
}

static void put_index(FILE *out)
{
    fprintf(out,
            "# The commands of wcow\n\n%s\nWhat each error code means stands in "
            "[codes.md](codes.md). The same as a page of the manual: `wcow.1`.\n",
            made);
    put_group(out, "Commands", NULL);
    for (const struct command_group *group = command_groups; group->name; group++)
        put_group(out, group->summary, group);
    put_options(out, "Options before the command", global_options);
    put_refused(out, "");
    fputs("\n## Commands of Docker that are refused\n\n| command | |\n|---|---|\n", out);
    for (const struct refused_command *each = refused_commands; each->paths; each++) {
        fputs("| ", out);
        put_cell(out, each->paths);
        fprintf(out, " | %s: ", refused_verdict(each->kind));
        put_cell(out, each->reason);
        fputs(" |\n", out);
    }
}

static void put_items(FILE *out, const char *heading, const char *const *items, size_t limit)
{
    if (items[0])
        fprintf(out, "\n%s:\n\n", heading);
    for (size_t i = 0; i < limit && items[i]; i++) {
        fputs("- ", out);
        put_text(out, items[i]);
        fputc('\n', out);
    }
}

static void put_codes(FILE *out)
{
    size_t count = 0;
    const wcow_explanation *entries = wcow_explanations(&count);

    fprintf(out, "# Error codes\n\n%s\nWhat `wcow explain` says, in the order of its table.\n",
            made);
    for (size_t i = 0; i < count; i++) {
        fputs("\n## ", out);
        put_text(out, entries[i].name);
        if (entries[i].code)
            fprintf(out, " (0x%08" PRIX32 ")", entries[i].code);
        fputs("\n\n", out);
        put_text(out, entries[i].meaning);
        fputc('\n', out);
        put_items(out, "Likely causes", entries[i].causes,
                  sizeof(entries[i].causes) / sizeof(entries[i].causes[0]));
        put_items(out, "What to do", entries[i].remedies,
                  sizeof(entries[i].remedies) / sizeof(entries[i].remedies[0]));
    }
}

/* ---- the pages ---- */

static const struct page {
    const char *name;
    void (*print)(FILE *out);
} pages[] = {{"README.md", put_index}, {"codes.md", put_codes}, {"wcow.1", manual_print}};

void pages_print_all(FILE *out)
{
    for (size_t i = 0; i < sizeof(pages) / sizeof(pages[0]); i++) {
        fprintf(out, "\f%s\n", pages[i].name);
        pages[i].print(out);
    }
    for (size_t i = 0; commands[i]; i++) {
        char page[64];

        if (commands[i]->section == SECTION_HIDDEN)
            continue;
        name_page(commands[i], page, sizeof(page));
        fprintf(out, "\f%s.md\n", page);
        put_command(out, commands[i]);
    }
}

bool pages_print(FILE *out, const char *name)
{
    for (size_t i = 0; i < sizeof(pages) / sizeof(pages[0]); i++) {
        if (strcmp(pages[i].name, name) == 0) {
            pages[i].print(out);
            return true;
        }
    }
    for (size_t i = 0; commands[i]; i++) {
        char page[64];

        name_page(commands[i], page, sizeof(page));
        if (commands[i]->section != SECTION_HIDDEN && text_starts_with(name, page) &&
            strcmp(name + strlen(page), ".md") == 0) {
            put_command(out, commands[i]);
            return true;
        }
    }
    return false;
}
