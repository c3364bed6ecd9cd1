/* SPDX-License-Identifier: MIT */
/* wcow save: images into an archive. */
#include "base/error.h"
#include "cli/all.h"

struct save {
    const char *output, *platform;
};

static const struct option options[] = {
    {'o', "output", OPTION_STRING, offsetof(struct save, output), "string",
     "Write to a file, instead of STDOUT"},
    {0, "platform", OPTION_STRING, offsetof(struct save, platform), "string",
     "Save only an image of this platform: windows[(BUILD)][/amd64]"},
    {0},
};

static wcow_status run(struct session *session, void *values, wcow_error *err)
{
    const struct save *save = values;
    const char *path = save->output && *save->output ? save->output : "-";
    wcow_host *host = NULL;
    wcow_status status;

    if (path[0] == '-' && !path[1] && wcow_terminal_is(1))
        return error_set(err, WCOW_INVALID,
                         "cowardly refusing to save to a terminal. Use the -o flag or redirect");
    status = session_host(session, &host, err);
    for (int i = 0; i < session->count && save->platform && *save->platform && !status; i++)
        status = wcow_image_check_platform(host, session->arguments[i], save->platform, err);
    if (status)
        return status;
    return wcow_image_save(host, (const char *const *)session->arguments, (size_t)session->count,
                           path, err);
}

const struct command cmd_save = {
    .name = "save",
    .also = {"image save"},
    .section = SECTION_OTHER,
    .summary = "Save one or more images to a tar archive (streamed to STDOUT by default)",
    .arguments = "IMAGE [IMAGE...]",
    .notes = "The archive is an OCI image layout with a manifest.json: 'docker load', 'wcow load' "
             "and skopeo read it. An IMAGE without a tag stands for all of its tags.",
    .options = options,
    .size = sizeof(struct save),
    .minimum = 1,
    .maximum = -1,
    .run = run,
};
