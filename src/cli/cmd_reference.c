/* SPDX-License-Identifier: MIT */
/* wcow reference: a page of the reference, or all of them. Internal, for ci/reference. */
#include "base/error.h"
#include "cli/all.h"
#include "cli/pages.h"

static wcow_status run(struct session *session, void *values, wcow_error *err)
{
    (void)values;
    if (session->count == 0)
        pages_print_all(session->out);
    else if (!pages_print(session->out, session->arguments[0]))
        return error_set(err, WCOW_NOT_FOUND, "there is no page '%s'", session->arguments[0]);
    return WCOW_OK;
}

const struct command cmd_reference = {
    .name = "reference",
    .section = SECTION_HIDDEN,
    .summary = "Print a page of the reference (internal)",
    .arguments = "[PAGE]",
    .maximum = 1,
    .run = run,
};
