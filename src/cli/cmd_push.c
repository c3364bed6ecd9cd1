/* SPDX-License-Identifier: MIT */
/* wcow push: an image to a registry. */
#include "base/error.h"
#include "cli/all.h"
#include "cli/transfer_display.h"

struct push {
    bool all_tags, quiet;
    const char *platform;
};

static const struct option options[] = {
    {'a', "all-tags", OPTION_FLAG, offsetof(struct push, all_tags), NULL,
     "Push all tags of an image to the repository"},
    {'q', "quiet", OPTION_FLAG, offsetof(struct push, quiet), NULL, "Suppress verbose output"},
    {0, "platform", OPTION_STRING, offsetof(struct push, platform), "string",
     "Push only an image of this platform: windows[(BUILD)][/amd64]"},
    {0},
};

static wcow_status run(struct session *session, void *values, wcow_error *err)
{
    const struct push *push = values;
    const char *reference = session->arguments[0];
    CLEANUP(transfer_display) struct transfer_display display;
    cleanup_wcow char *name = NULL;
    wcow_host *host = NULL;
    wcow_status status = session_host(session, &host, err);

    transfer_display_open(session, &display);
    if (!push->all_tags && !push->quiet && !reference_has_tag(reference))
        transfer_display_say(&display, DEFAULT_TAG_LINE);
    if (!status && push->platform && *push->platform && push->all_tags)
        status = error_set(err, WCOW_INVALID, "--platform and --all-tags cannot be used together");
    if (!status && push->platform && *push->platform)
        status = wcow_image_check_platform(host, reference, push->platform, err);
    if (!status)
        status = wcow_image_push(host, reference, push->all_tags,
                                 push->quiet ? NULL : transfer_display_show, &display, &name, err);
    if (!status)
        status = transfer_display_finish(&display, err);
    if (!status && push->quiet)
        fprintf(session->out, "%s\n", name);
    return status;
}

const struct command cmd_push = {
    .name = "push",
    .also = {"image push"},
    .section = SECTION_COMMON,
    .summary = "Upload an image to a registry",
    .arguments = "NAME[:TAG]",
    .options = options,
    .size = sizeof(struct push),
    .minimum = 1,
    .maximum = 1,
    .run = run,
};
