/* SPDX-License-Identifier: MIT */
/* Text in lines that fit a terminal. */
#include "cli/wrap.h"

#include <stdbool.h>
#include <string.h>

enum { WIDTH = 79 };

/* The line being printed. Its indentation is printed before its first word: empty lines have none.
 */
struct line {
    FILE *out;
    size_t indent;
    size_t column;
    bool empty;
};

static void end_line(struct line *line)
{
    fputc('\n', line->out);
    line->column = 0;
    line->empty = true;
}

/* Columns of UTF-8, where a character has one. */
static size_t width_of(const char *word, size_t length)
{
    size_t width = 0;

    for (size_t i = 0; i < length; i++)
        width += ((unsigned char)word[i] & 0xC0) != 0x80;
    return width;
}

static void put(struct line *line, const char *word, size_t length)
{
    if (line->column < line->indent) {
        fprintf(line->out, "%*s", (int)(line->indent - line->column), "");
        line->column = line->indent;
    }
    fwrite(word, 1, length, line->out);
    line->column += width_of(word, length);
    line->empty = false;
}

static void put_words(struct line *line, const char *words, size_t length)
{
    const char *end = words + length;

    while (words < end) {
        size_t size = strcspn(words, " \n");

        if (size > 0 && !line->empty) {
            if (line->column + 1 + width_of(words, size) > WIDTH)
                end_line(line);
            else
                put(line, " ", 1);
        }
        if (size > 0)
            put(line, words, size);
        words += size + 1;
    }
}

void wrap_print(FILE *out, const char *string, size_t indent)
{
    struct line line = {.out = out, .indent = indent, .column = indent, .empty = true};

    while (*string) {
        size_t length = strcspn(string, "\n");
        bool apart = length == 0 || string[0] == ' ';

        if (apart && !line.empty)
            end_line(&line);
        if (apart) {
            if (length > 0)
                put(&line, string, length);
            end_line(&line);
        } else {
            put_words(&line, string, length);
        }
        string += length + (string[length] == '\n');
    }
    if (!line.empty)
        end_line(&line);
}
