/* SPDX-License-Identifier: MIT */
/*
 * wcow complete: what may follow an unfinished command line. Internal, called by the scripts that
 * `wcow completion` writes, so that all shells offer the same and none has a copy of the tables.
 *
 * The first argument is "=" and the word to be completed (no shell drops an argument that is not
 * empty), the others are the words between "wcow" and that one. Each line of the answer is a word,
 * a tab and what it is; a line ":files" says that names of files fit, too.
 */
#include <string.h>

#include "base/error.h"
#include "base/text.h"
#include "cli/all.h"
#include "cli/candidates.h"

static wcow_status run(struct session *session, void *values, wcow_error *err)
{
    const char *last = session->arguments[0] + 1;
    struct line_end end;
    cleanup_strings string_list list = STRING_LIST_INIT;
    wcow_status status;

    (void)values;
    if (session->arguments[0][0] != '=')
        return error_set(err, WCOW_INVALID, "the word to be completed begins with '='");
    end = line_end_read(session->count - 1, session->arguments + 1, last);
    if (end.root)
        session->root = end.root;
    status = candidates_add(session, &end, last, &list, err);
    if (status)
        return status;
    string_list_sort(&list);
    for (size_t i = 0; i < list.count; i++)
        if (i == 0 || strcmp(list.items[i], list.items[i - 1]) != 0)
            fprintf(session->out, "%s\n", list.items[i]);
    return WCOW_OK;
}

const struct command cmd_complete = {
    .name = "complete",
    .section = SECTION_HIDDEN,
    .summary = "Say what may follow an unfinished command line (internal)",
    .arguments = "=WORD [WORD...]",
    .minimum = 1,
    .maximum = -1,
    .stops_at_word = true,
    .run = run,
};
