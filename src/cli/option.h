/* SPDX-License-Identifier: MIT */
/**
 * Options as data. A command's table of options says how they are parsed, shown in --help,
 * completed and where their values go: into a struct of the command's own, at `offset`.
 */
#ifndef WCOW_CLI_OPTION_H
#define WCOW_CLI_OPTION_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/strings.h"

#include <wcow/error.h>

enum option_kind {
    OPTION_FLAG,       /* bool: -d, --detach, --detach=false */
    OPTION_STRING,     /* const char *, borrowed from the arguments */
    OPTION_LIST,       /* string_list; may be given many times */
    OPTION_FILTER,     /* the same of key=value; keys in small letters, no blanks around either */
    OPTION_INTEGER,    /* int64_t */
    OPTION_SIZE,       /* uint64_t of bytes: 512m, 1g */
    OPTION_BILLIONTHS, /* uint64_t of them: 1.5 */
    OPTION_DURATION,   /* int64_t of nanoseconds: 1m30s */
};

/* The default of an OPTION_INTEGER of which every value has a meaning. */
#define NOT_GIVEN INT64_MIN

struct option {
    char letter;      /* 0: no short form */
    const char *name; /* without dashes; NULL ends a table */
    enum option_kind kind;
    size_t offset;
    const char *value; /* what --help calls it; NULL for a flag */
    const char *help;
};

/* What a command line of a command is parsed by. */
struct option_rules {
    const struct option *options; /* NULL: none */
    bool stops_at_word;           /* what follows the first argument is not for us (run, exec) */
    bool negative_numbers;        /* -5 is an argument (explain) */
    const char *command;          /* whose refused flags are known, too; NULL: none, "": global */
};

struct option_result {
    char **arguments; /* NULL-terminated array (owned) of borrowed strings */
    int count;
    bool help; /* --help, or -h where no option has that letter */
};

/**
 * Parses arguments into `values`, a struct that was filled with defaults. Messages are Docker's:
 * "unknown flag: --foo". What is refused (refused.h) is read as any other, and told of when
 * nothing else is wrong and no help is asked for.
 */
WCOW_CHECKED wcow_status options_parse(const struct option_rules *rules, int count,
                                       char *const *arguments, void *values,
                                       struct option_result *out, wcow_error *err);

/** Frees the lists in `values`. */
void options_free(const struct option *options, void *values);

/** The option of that long name or letter; NULL if there is none. */
const struct option *option_by_name(const struct option *options, const char *name, size_t length);
const struct option *option_by_letter(const struct option *options, char letter);

/** A flag's value in the words of Go's strconv.ParseBool; false: it is neither. */
bool option_parse_flag(const char *word, bool *out);

/** Stores the text of a value; `value` NULL means a flag without one. */
WCOW_CHECKED wcow_status option_store(const struct option *option, const char *value, void *values,
                                      wcow_error *err);

#endif
