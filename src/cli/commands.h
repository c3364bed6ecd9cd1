/* SPDX-License-Identifier: MIT */
/** The one list of commands. */
#ifndef WCOW_CLI_COMMANDS_H
#define WCOW_CLI_COMMANDS_H

#include "cli/command.h"

/* Options before the command. */
struct global {
    const char *root;
    const char *errors;
    bool debug;
    bool version;
};

extern const struct option global_options[];

/* Objects that commands are about: "container" in `wcow container ls`. */
struct command_group {
    const char *name; /* NULL ends the table */
    const char *summary;
};

extern const struct command_group command_groups[];

/** All commands, NULL-terminated. */
extern const struct command *const commands[];

/**
 * The command that the words call, one word or two.
 *
 * @param[out] used  how many words
 * @param[out] path  the name it was called by, static
 * @return NULL if there is none
 */
const struct command *command_find(int count, char *const *words, int *used, const char **path);

/** Says why the words call no command: refused, or unknown, with one that is like it; WCOW_INVALID.
 */
WCOW_CHECKED wcow_status command_unknown(int count, char *const *words, wcow_error *err);

/** The group of that name; NULL if there is none. */
const struct command_group *command_group_find(const char *name);

/** Whether a name of a command is in a group, and if so what it is called there; NULL if not. */
const char *command_in_group(const char *path, const struct command_group *group);

/** The i-th name of a command (0 is its own); NULL when there is no further one. */
const char *command_path(const struct command *command, size_t i);

#endif
