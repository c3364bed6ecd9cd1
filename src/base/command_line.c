/* SPDX-License-Identifier: MIT */
/* Command lines of Windows, by the rules of CommandLineToArgvW. */
#include "base/command_line.h"

#include <string.h>

#include "base/text.h"

static void add_repeated(text *t, char c, size_t count)
{
    while (count-- > 0)
        text_add_char(t, c);
}

/* A backslash means itself, unless a quote follows the row of them: then two stand for one. */
static void add_argument(text *t, const char *argument)
{
    bool quoted = *argument == '\0' || strpbrk(argument, " \t");
    size_t backslashes = 0;

    if (quoted)
        text_add_char(t, '"');
    for (const char *c = argument; *c; c++) {
        if (*c == '"')
            add_repeated(t, '\\', backslashes + 1);
        backslashes = *c == '\\' ? backslashes + 1 : 0;
        text_add_char(t, *c);
    }
    if (quoted) {
        add_repeated(t, '\\', backslashes);
        text_add_char(t, '"');
    }
}

char *command_line_join(const char *const *arguments)
{
    text line = TEXT_INIT;

    for (size_t i = 0; arguments && arguments[i]; i++) {
        if (i)
            text_add_char(&line, ' ');
        add_argument(&line, arguments[i]);
    }
    return text_take(&line);
}

static bool is_blank(char c)
{
    return c == ' ' || c == '\t';
}

/* Reads a row of backslashes and the quote behind it; returns where to go on. */
static const char *read_backslashes(const char *line, text *argument, bool *within)
{
    size_t count = strspn(line, "\\");

    line += count;
    if (*line != '"') {
        add_repeated(argument, '\\', count);
        return line;
    }
    add_repeated(argument, '\\', count / 2);
    if (count % 2) {
        text_add_char(argument, '"');
    } else if (*within && line[1] == '"') { /* "" within quotes is one, and the quotes go on */
        text_add_char(argument, '"');
        line++;
    } else {
        *within = !*within;
    }
    return line + 1;
}

bool command_line_split(const char *line, string_list *out)
{
    for (;;) {
        text argument = TEXT_INIT;
        bool within = false;

        while (is_blank(*line))
            line++;
        if (*line == '\0')
            return true;
        while (*line && (within || !is_blank(*line))) {
            if (*line == '\\' || *line == '"')
                line = read_backslashes(line, &argument, &within);
            else
                text_add_char(&argument, *line++);
        }
        if (!string_list_own(out, text_take(&argument)))
            return false;
    }
}
