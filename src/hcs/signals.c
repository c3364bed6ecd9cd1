/* SPDX-License-Identifier: MIT */
/* The table of signals. */
#include "hcs/signals.h"

#include <stdlib.h>
#include <string.h>

#include "base/error.h"
#include "base/text.h"

typedef struct signal_row {
    const char *name;
    long number; /* on Linux; 0: it has none */
    const char *hcs;
} signal_row;

/* Windows' own by name (hcsshim internal/signals); those of Linux by their nearest kin. */
static const signal_row rows[] = {
    {"KILL", 9, NULL},         {"TERM", 15, "CtrlShutdown"}, {"INT", 2, "CtrlC"},
    {"BREAK", 0, "CtrlBreak"}, {"QUIT", 3, "CtrlBreak"},     {"CLOSE", 0, "CtrlClose"},
    {"HUP", 1, "CtrlClose"},   {"LOGOFF", 0, "CtrlLogOff"},  {"SHUTDOWN", 0, "CtrlShutdown"},
};

/* NULL: there is none of that name or number. */
static const signal_row *find(const char *name)
{
    char *end = NULL;
    const long number = strtol(name, &end, 10);
    const bool numeric = *name && !*end;
    const char *plain = name;

    if (strlen(name) > 3) {
        cleanup_free char *prefix = text_copy_bytes(name, 3);

        if (prefix && text_equal_ignore_case(prefix, "SIG"))
            plain = name + 3;
    }
    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
        const bool found = numeric ? rows[i].number && rows[i].number == number
                                   : text_equal_ignore_case(plain, rows[i].name);

        if (found)
            return &rows[i];
    }
    return NULL;
}

wcow_status signal_find(const char *name, const char **out, wcow_error *err)
{
    const signal_row *row = find(name);

    if (row) {
        *out = row->hcs;
        return WCOW_OK;
    }
    error_set(err, WCOW_INVALID, "Invalid signal: %s", name);
    error_hint(err, "Windows has KILL, TERM, INT, BREAK, CLOSE, LOGOFF and SHUTDOWN.");
    return WCOW_INVALID;
}

long signal_number(const char *name)
{
    const signal_row *row = find(name);

    return row ? row->number : 0;
}
