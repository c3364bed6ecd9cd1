/* SPDX-License-Identifier: MIT */
/** The text of --help, made from the tables. */
#ifndef WCOW_CLI_HELP_H
#define WCOW_CLI_HELP_H

#include "cli/commands.h"

/* More than any command has. */
enum { HELP_OPTIONS = 80 };

/** The options of a table by name; how many. `options` NULL: none. */
size_t help_sort_options(const struct option *options, const struct option *out[HELP_OPTIONS]);

/** `wcow --help`: what there is. */
void help_program(FILE *out);
/** `wcow container --help`: the commands of a group. */
void help_group(FILE *out, const struct command_group *group);
/** `wcow run --help`. */
void help_command(FILE *out, const struct command *command, const char *path);

#endif
