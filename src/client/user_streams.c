/* SPDX-License-Identifier: MIT */
/* The standard streams and the console of this process, as a table. */
#include "client/user_streams.h"

#include "base/error.h"

static standard_streams *of(user_streams *u)
{
    return (standard_streams *)u; /* its first member */
}

static int32_t open_standard(user_streams *u, bool input, bool output, bool error)
{
    const bool wanted[] = {input, output, error};
    int32_t hr = HR_OK;

    for (int which = STANDARD_INPUT; which <= STANDARD_ERROR && HR_SUCCEEDED(hr); which++) {
        if (wanted[which])
            hr = stream_standard(which, &of(u)->streams[which]);
    }
    return hr;
}

static int32_t read_standard(user_streams *u, void *buffer, size_t size, size_t *got)
{
    return stream_read(of(u)->streams[STANDARD_INPUT], buffer, size, got);
}

static void cancel_standard(user_streams *u)
{
    stream_cancel(of(u)->streams[STANDARD_INPUT]);
}

static int32_t write_standard(user_streams *u, int which, const void *bytes, size_t length)
{
    return stream_write(of(u)->streams[which], bytes, length);
}

static void close_standard(user_streams *u)
{
    for (int which = STANDARD_INPUT; which <= STANDARD_ERROR; which++) {
        stream_free(of(u)->streams[which]);
        of(u)->streams[which] = NULL;
    }
}

static bool is_console(user_streams *u, int which)
{
    (void)u;
    return console_is_terminal(which);
}

static int32_t size(user_streams *u, uint16_t *columns, uint16_t *rows)
{
    (void)u;
    return console_size(columns, rows);
}

static int32_t raw(user_streams *u)
{
    return console_raw(&of(u)->mode);
}

static int32_t hide(user_streams *u)
{
    return console_hide(&of(u)->mode);
}

static void restore(user_streams *u)
{
    console_restore(of(u)->mode);
    of(u)->mode = NULL;
}

static void on_interrupt(user_streams *u, user_interrupt *call, void *context)
{
    (void)u;
    console_on_interrupt(call, context);
}

static void default_interrupts(user_streams *u)
{
    (void)u;
    (void)console_default_interrupts(UINT32_MAX);
}

user_streams *standard_streams_init(standard_streams *s)
{
    *s = (standard_streams){
        .table =
            {
                .open = open_standard,
                .read = read_standard,
                .cancel_read = cancel_standard,
                .write = write_standard,
                .close = close_standard,
                .is_console = is_console,
                .size = size,
                .raw = raw,
                .hide = hide,
                .restore = restore,
                .on_interrupt = on_interrupt,
                .default_interrupts = default_interrupts,
            },
    };
    return &s->table;
}
