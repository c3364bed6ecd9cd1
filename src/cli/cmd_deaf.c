/* SPDX-License-Identifier: MIT */
/* wcow deaf: a program that keeps control events to itself. Internal, run by the self-test in a
 * container. */
#include <wcow/self_test.h>

#include "base/error.h"
#include "base/text.h"
#include "cli/all.h"

static wcow_status run(struct session *session, void *values, wcow_error *err)
{
    const char *how = session->arguments[0];

    (void)values;
    if (!text_equal(how, "returns") && !text_equal(how, "stays"))
        return error_set(err, WCOW_INVALID, "what is it to do? returns or stays");
    return wcow_self_test_deaf(text_equal(how, "stays"), err);
}

const struct command cmd_deaf = {
    .name = "deaf",
    .section = SECTION_HIDDEN,
    .summary = "Take no notice of control events (internal)",
    .arguments = "returns|stays",
    .minimum = 1,
    .maximum = 1,
    .run = run,
};
