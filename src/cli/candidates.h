/* SPDX-License-Identifier: MIT */
/** What may stand at the end of a command line: names of commands, options, containers, images… */
#ifndef WCOW_CLI_CANDIDATES_H
#define WCOW_CLI_CANDIDATES_H

#include "cli/line_end.h"

/* Which values an option takes; completion's own, since no other part of wcow lists them. */
struct option_values {
    const char *command; /* its own name; NULL: of any */
    const char *option;  /* NULL ends the table */
    const char *words;   /* "always missing never", or a word of a synopsis: "CONTAINER" */
};

extern const struct option_values option_values[];

/**
 * Adds what fits, each as "WORD\tDESCRIPTION"; FILES_TOO where the shell's file names do as well.
 * A host that does not answer has no names: nobody wants errors in the middle of typing.
 *
 * @return WCOW_NO_MEMORY
 */
#define FILES_TOO ":files"
WCOW_CHECKED wcow_status candidates_add(struct session *session, const struct line_end *end,
                                        const char *last, string_list *out, wcow_error *err);

#endif
