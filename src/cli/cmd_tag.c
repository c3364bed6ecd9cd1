/* SPDX-License-Identifier: MIT */
/* wcow tag: one more name for an image. */
#include "cli/all.h"

static wcow_status run(struct session *session, void *values, wcow_error *err)
{
    wcow_host *host = NULL;
    wcow_status status = session_host(session, &host, err);

    (void)values;
    if (status)
        return status;
    return wcow_image_tag(host, session->arguments[0], session->arguments[1], err);
}

const struct command cmd_tag = {
    .name = "tag",
    .also = {"image tag"},
    .section = SECTION_OTHER,
    .summary = "Create a tag TARGET_IMAGE that refers to SOURCE_IMAGE",
    .arguments = "SOURCE_IMAGE[:TAG] TARGET_IMAGE[:TAG]",
    .minimum = 2,
    .maximum = 2,
    .run = run,
};
