/* SPDX-License-Identifier: MIT */
/* The page of the manual, wcow(1), in the macros of man(7). */
#include <string.h>

#include "cli/help.h"
#include "cli/pages.h"

/* Text in which nothing is markup: a point or an apostrophe begins no macro, a dash stays one. */
static void put(FILE *out, const char *string, size_t length)
{
    if (length > 0 && (string[0] == '.' || string[0] == '\''))
        fputs("\\&", out);
    for (size_t i = 0; i < length; i++) {
        if (string[i] == '\\')
            fputs("\\e", out);
        else if (string[i] == '-')
            fputs("\\-", out);
        else
            fputc(string[i], out);
    }
}

static void put_text(FILE *out, const char *string)
{
    put(out, string, strlen(string));
}

static void put_notes(FILE *out, const char *notes)
{
    bool example = false;
    bool begun = false; /* a paragraph, after which the next one is parted */

    for (; *notes; notes += strcspn(notes, "\n"), notes += *notes == '\n') {
        const size_t length = strcspn(notes, "\n");
        const bool next = notes[0] == ' ';

        if (length == 0)
            continue;
        if (next != example)
            fputs(next ? ".PP\n.nf\n" : ".fi\n.PP\n", out);
        else if (begun && !next)
            fputs(".PP\n", out);
        put(out, notes, length);
        fputc('\n', out);
        example = next;
        begun = true;
    }
    if (example)
        fputs(".fi\n", out);
}

static void put_options(FILE *out, const struct option *options)
{
    const struct option *sorted[HELP_OPTIONS];
    const size_t count = help_sort_options(options, sorted);

    for (size_t i = 0; i < count; i++) {
        fputs(".TP\n\\fB", out);
        if (sorted[i]->letter)
            fprintf(out, "\\-%c\\fR, \\fB", sorted[i]->letter);
        fputs("\\-\\-", out);
        put_text(out, sorted[i]->name);
        fputs("\\fR", out);
        if (sorted[i]->value)
            fprintf(out, " \\fI%s\\fR", sorted[i]->value);
        fputc('\n', out);
        put_text(out, sorted[i]->help);
        fputc('\n', out);
    }
}

static void put_command(FILE *out, const struct command *command)
{
    const char *path;

    fputs(".SS \"wcow ", out);
    put_text(out, command->name);
    fputs(command->options ? " [OPTIONS]" : "", out);
    if (command->arguments) {
        fputc(' ', out);
        put_text(out, command->arguments);
    }
    fputs("\"\n", out);
    put_text(out, command->summary);
    fputs(".\n", out);
    for (size_t n = 1; (path = command_path(command, n)) != NULL; n++) {
        fputs(n == 1 ? "Also called\n" : ",\n", out);
        fputs("\\fBwcow ", out);
        put_text(out, path);
        fputs("\\fR", out);
    }
    fputs(command->also[0] ? ".\n" : "", out);
    if (command->notes) {
        fputs(".PP\n", out);
        put_notes(out, command->notes);
    }
    put_options(out, command->options);
}

/* The date is that of this prose: a page that changes by itself would always be stale. */
static const char head[] =
    ".TH WCOW 1 \"2026-11-30\" \"wcow\" \"User Commands\"\n"
    ".SH NAME\n"
    "wcow \\- Windows containers straight on the Host Compute Service\n"
    ".SH SYNOPSIS\n"
    ".B wcow\n"
    "[OPTIONS] COMMAND [ARG...]\n"
    ".SH DESCRIPTION\n"
    "Runs Windows containers with process and Hyper\\-V isolation by calling the Host Compute "
    "Service itself: there is no daemon.\n"
    "The syntax is that of Docker.\n"
    ".SH OPTIONS\n";

static const char tail[] =
    ".SH EXIT STATUS\n"
    ".TP\n0\nIt is done; of \\fBrun\\fR, \\fBexec\\fR, \\fBattach\\fR and \\fBstart \\-a\\fR the "
    "exit code of the program in the container, all 32 bits of it.\n"
    ".TP\n1\nIt failed; standard error says why.\n"
    ".TP\n125\nThe flags are wrong, or no program ran.\n"
    ".TP\n126\nThe program cannot be run.\n"
    ".TP\n127\nThe program was not found.\n"
    ".SH ENVIRONMENT\n"
    ".TP\nWCOW_ROOT\nWhere images and containers are kept, unless \\fB\\-\\-root\\fR is given.\n"
    ".TP\nDOCKER_CONFIG\nThe folder of Docker\\(aqs config.json.\n"
    ".TP\nHTTPS_PROXY, HTTP_PROXY, NO_PROXY\nProxies, and the hosts that are reached without.\n"
    ".SH SEE ALSO\n"
    "\\fBwcow \\fICOMMAND\\fB \\-\\-help\\fR, \\fBwcow explain \\fICODE\\fR, \\fBwcow doctor\\fR\n";

void manual_print(FILE *out)
{
    fputs(head, out);
    put_options(out, global_options);
    fputs(".SH COMMANDS\n", out);
    for (size_t i = 0; commands[i]; i++)
        if (commands[i]->section != SECTION_HIDDEN)
            put_command(out, commands[i]);
    fputs(tail, out);
}
