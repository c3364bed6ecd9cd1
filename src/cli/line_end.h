/* SPDX-License-Identifier: MIT */
/**
 * The end of a command line that is still being typed: which of wcow's tables its last word will be
 * read by. Completion asks this; the words before are read as option.c and program.c will.
 */
#ifndef WCOW_CLI_LINE_END_H
#define WCOW_CLI_LINE_END_H

#include "cli/commands.h"

enum line_wants {
    WANTS_NOTHING,  /* that wcow knows of: it is the container's command, or the line is wrong */
    WANTS_COMMAND,  /* in `group`, or at the top */
    WANTS_OPTION,   /* of `command`, of `group` (it has --help alone), or one before the command */
    WANTS_VALUE,    /* of `option` */
    WANTS_ARGUMENT, /* the `arguments`-th of `command` */
};

struct line_end {
    enum line_wants wants;
    const struct command_group *group; /* NULL: none */
    const struct command *command;     /* NULL: not named yet */
    const struct option *option;
    size_t arguments;
    size_t prefix;    /* bytes of the last word that are before the value: "--name=" */
    bool forced;      /* -f or --force stands before: what is in use can be taken, too */
    const char *root; /* --root, borrowed from the words; NULL: not given */
};

/**
 * Reads a line.
 *
 * @param words  all but the last, `count` of them, without "wcow"
 * @param last   the word that is to be completed; ""
 */
struct line_end line_end_read(int count, char *const *words, const char *last);

/**
 * The word of a command's synopsis that stands for its n-th argument: "CONTAINER" and then
 * "CONTAINER" for ever in "CONTAINER [CONTAINER...]".
 *
 * @param[out] out  where it begins, without brackets
 * @return its length up to a bracket; 0: there is no such argument
 */
size_t synopsis_word(const char *synopsis, size_t n, const char **out);

#endif
