/* SPDX-License-Identifier: MIT */
/* Asking the user for a line. */
#include "client/terminal.h"

#include <string.h>

#include "base/error.h"
#include "base/text.h"

#define LINE_LIMIT 65536u

/* Up to the line's end; nothing at all: the input has ended. */
static wcow_status read_line(user_streams *u, text *line, wcow_error *err)
{
    size_t got = 1;

    while (!memchr(text_get(line), '\n', line->length) && line->length < LINE_LIMIT) {
        char bytes[1024];
        wcow_status status =
            error_check(err, u->read(u, bytes, sizeof bytes, &got), "read what was typed");

        if (status || !got)
            return status;
        text_add_bytes(line, bytes, got);
        if (line->failed)
            return error_no_memory(err);
    }
    return WCOW_OK;
}

static void forget(text *line)
{
    volatile char *byte = line->data;

    for (size_t i = 0; i < line->length; i++)
        byte[i] = '\0';
    text_free(line);
}

wcow_status terminal_ask(user_streams *u, bool hidden, char **line, wcow_error *err)
{
    text typed = TEXT_INIT;
    char *copy = NULL;
    wcow_status status = error_check(err, u->open(u, true, false, false), "open standard input");

    if (!status && hidden)
        status = error_check(err, u->hide(u), "hide what is typed");
    if (!status)
        status = read_line(u, &typed, err);
    u->restore(u);
    u->close(u);
    if (!status && typed.length) {
        copy = text_copy_bytes(text_get(&typed), strcspn(text_get(&typed), "\r\n"));
        if (!copy)
            status = error_no_memory(err);
    }
    forget(&typed);
    if (!status)
        *line = copy;
    return status;
}
