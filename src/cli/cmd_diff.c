/* SPDX-License-Identifier: MIT */
/* wcow diff. */
#include "cli/all.h"

static wcow_status run(struct session *session, void *values, wcow_error *err)
{
    static const char letters[] = {
        [WCOW_CHANGE_CHANGED] = 'C', [WCOW_CHANGE_ADDED] = 'A', [WCOW_CHANGE_DELETED] = 'D'};
    cleanup_container wcow_container *container = NULL;
    cleanup_wcow wcow_change *changes = NULL;
    size_t count = 0;
    wcow_status status = session_container(session, session->arguments[0], &container, err);

    (void)values;
    if (!status)
        status = wcow_container_changes(container, &changes, &count, err);
    for (size_t i = 0; i < count; i++)
        fprintf(session->out, "%c %s\n", letters[changes[i].kind], changes[i].path);
    return status;
}

const struct command cmd_diff = {
    .name = "diff",
    .also = {"container diff"},
    .section = SECTION_OTHER,
    .summary = "Inspect changes to files or directories on a container's filesystem",
    .arguments = "CONTAINER",
    .notes = "A: added; C: changed, or a folder in which something is; D: deleted. The container "
             "must not run: Windows cannot compare what is mounted. Changes of the registry are "
             "not listed; 'wcow commit' keeps them.",
    .minimum = 1,
    .maximum = 1,
    .run = run,
};
