/* SPDX-License-Identifier: MIT */
/* Asking the user for a line. */
#include "client/terminal.h"

#include <stdlib.h>
#include <string.h>

#include "base/error.h"
#include "base/text.h"

#define LINE_LIMIT 65536u

/* One block that never moves: what was typed is nowhere else, and can be wiped. */
typedef struct typed_line {
    char *bytes; /* LINE_LIMIT of them */
    size_t length;
} typed_line;

static void typed_line_free(typed_line *line)
{
    volatile char *byte = line->bytes;

    for (size_t i = 0; i < line->length; i++)
        byte[i] = '\0';
    free(line->bytes);
}

DEFINE_CLEANUP_VALUE(typed_line, typed_line, typed_line_free)

/* Up to the line's end; nothing at all: the input has ended. */
static wcow_status read_line(user_streams *u, typed_line *line, wcow_error *err)
{
    size_t got = 1;
    wcow_status status = WCOW_OK;

    while (!status && got && line->length < LINE_LIMIT &&
           !memchr(line->bytes, '\n', line->length)) {
        status = error_check(
            err, u->read(u, line->bytes + line->length, LINE_LIMIT - line->length, &got),
            "read what was typed");
        line->length += status ? 0 : got;
    }
    return status;
}

static wcow_status ask(user_streams *u, bool hidden, typed_line *line, wcow_error *err)
{
    wcow_status status = error_check(err, u->open(u, true, false, false), "open standard input");

    if (!status && hidden)
        status = error_check(err, u->hide(u), "hide what is typed");
    if (!status)
        status = read_line(u, line, err);
    u->restore(u);
    u->close(u);
    return status;
}

static size_t without_end(const typed_line *line)
{
    size_t length = 0;

    while (length < line->length && line->bytes[length] != '\r' && line->bytes[length] != '\n')
        length++;
    return length;
}

wcow_status terminal_ask(user_streams *u, bool hidden, char **line, wcow_error *err)
{
    CLEANUP(typed_line) typed_line typed = {malloc(LINE_LIMIT), 0};
    char *copy = NULL;
    wcow_status status = typed.bytes ? ask(u, hidden, &typed, err) : error_no_memory(err);

    if (status)
        return status;
    if (typed.length) {
        copy = text_copy_bytes(typed.bytes, without_end(&typed));
        if (!copy)
            return error_no_memory(err);
    }
    *line = copy;
    return WCOW_OK;
}
