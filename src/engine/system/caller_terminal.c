/* SPDX-License-Identifier: MIT */
/* What the caller needs to know of its terminal. */
#include <wcow/terminal.h>

#include "base/error.h"
#include "client/terminal.h"

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

wcow_status wcow_terminal_ask(bool hidden, char **line, wcow_error *err)
{
    standard_streams own;

    return terminal_ask(standard_streams_init(&own), hidden, line, err);
}
