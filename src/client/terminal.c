/* SPDX-License-Identifier: MIT */
/* What the caller needs to know of its terminal. */
#include <wcow/terminal.h>

#include <string.h>

#include "base/error.h"
#include "base/text.h"
#include "port/console.h"

#define LINE_LIMIT 65536u

bool wcow_terminal_is(int which)
{
    return console_is_terminal(which);
}

unsigned wcow_terminal_columns(void)
{
    uint16_t columns = 0;
    uint16_t rows = 0;

    return HR_SUCCEEDED(console_size(&columns, &rows)) ? columns : 0;
}

/* Up to the line's end; nothing at all: the input has ended. */
static wcow_status read_line(stream *in, text *line, wcow_error *err)
{
    size_t got = 1;

    while (!memchr(text_get(line), '\n', line->length) && line->length < LINE_LIMIT) {
        char bytes[1024];
        wcow_status status =
            error_check(err, stream_read(in, bytes, sizeof(bytes), &got), "read what was typed");

        if (status || !got)
            return status;
        text_add_bytes(line, bytes, got);
        if (line->failed)
            return error_no_memory(err);
    }
    return WCOW_OK;
}

/* What was typed does not stay in memory that is given back. */
static void forget(text *line)
{
    volatile char *byte = line->data;

    for (size_t i = 0; i < line->length; i++)
        byte[i] = '\0';
    text_free(line);
}

wcow_status wcow_terminal_ask(bool hidden, char **line, wcow_error *err)
{
    cleanup_stream stream *in = NULL;
    console_mode *mode = NULL;
    text typed = TEXT_INIT;
    char *copy = NULL;
    wcow_status status =
        error_check(err, stream_standard(STANDARD_INPUT, &in), "open standard input");

    if (!status && hidden)
        status = error_check(err, console_hide(&mode), "hide what is typed");
    if (!status)
        status = read_line(in, &typed, err);
    console_restore(mode);
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
