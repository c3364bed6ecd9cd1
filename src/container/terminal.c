/* SPDX-License-Identifier: MIT */
/* What the caller needs to know of its terminal. */
#include <wcow/terminal.h>

#include "port/console.h"

bool wcow_terminal_is(int which)
{
    return console_is_terminal(which);
}
