/* SPDX-License-Identifier: MIT */
/**
 * What Docker has and wcow has not: flags and commands that are refused, each with its reason. No
 * help and no completion names them. To add one of them to wcow is to take its line out of the
 * tables of refused.c.
 */
#ifndef WCOW_CLI_REFUSED_H
#define WCOW_CLI_REFUSED_H

#include <stdbool.h>
#include <stddef.h>

#include <wcow/error.h>

enum refused_kind {
    REFUSED_NOT_YET,   /* wcow does not know it yet */
    REFUSED_WINDOWS,   /* Windows has nothing that it could mean */
    REFUSED_NO_DAEMON, /* it is about Docker's daemon or its cluster, and wcow has none */
};

struct refused_option {
    const char *commands; /* "run|create": their own names; "" for flags before the command */
    char letter;          /* 0: no short form */
    const char *name;     /* without dashes; NULL ends the table */
    bool takes_value;
    enum refused_kind kind;
    const char *harmless; /* a value that asks for what wcow does anyway: taken; NULL: none */
    const char *reason;   /* and what to do instead */
};

struct refused_command {
    const char *paths; /* "stats|container stats"; one word stands for all that begins with it */
    enum refused_kind kind;
    const char *reason;
};

extern const struct refused_option refused_options[];
extern const struct refused_command refused_commands[];

/** "has no meaning on Windows" and the like: what precedes the reason. */
const char *refused_verdict(enum refused_kind kind);
/** Whether a flag is one of that command's. */
bool refused_is_of(const struct refused_option *option, const char *command);

/** The refused flag of a command, by long name or letter; NULL if there is none. */
const struct refused_option *refused_by_name(const char *command, const char *name, size_t length);
const struct refused_option *refused_by_letter(const char *command, char letter);

/** Says why; WCOW_INVALID. `value` may be NULL. WCOW_OK: the value is harmless. */
WCOW_CHECKED wcow_status refused_check(const struct refused_option *option, const char *value,
                                       wcow_error *err);

/** The refused command that the words call; NULL if there is none. *used: how many words. */
const struct refused_command *refused_command_find(int count, char *const *words, int *used);

/** Says why; WCOW_INVALID. */
WCOW_CHECKED wcow_status refused_command_tell(const struct refused_command *command,
                                              char *const *words, int used, wcow_error *err);

#endif
