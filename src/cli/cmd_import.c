/* SPDX-License-Identifier: MIT */
/* wcow import: a root file system as an image. */
#include "base/error.h"
#include "cli/all.h"

struct import {
    string_list changes;
    const char *message, *platform;
};

static const struct option options[] = {
    {'c', "change", OPTION_LIST, offsetof(struct import, changes), "list",
     "Apply Dockerfile instruction to the created image"},
    {'m', "message", OPTION_STRING, offsetof(struct import, message), "string",
     "Set commit message for imported image"},
    {0, "platform", OPTION_STRING, offsetof(struct import, platform), "string",
     "Say of which build it is: \"windows(10.0.20348)/amd64\""},
    {0},
};

static wcow_status run(struct session *session, void *values, wcow_error *err)
{
    const struct import *import = values;
    const char *source = session->arguments[0];
    wcow_import_options wanted = WCOW_IMPORT_OPTIONS_INIT;
    cleanup_wcow char *id = NULL;
    wcow_host *host = NULL;
    wcow_status status;

    if (source[0] == '-' && !source[1] && wcow_terminal_is(0))
        return error_set(err, WCOW_INVALID, "requested import from stdin, but stdin is empty");
    wanted.changes = (const char *const *)import->changes.items;
    wanted.message = import->message;
    wanted.platform = import->platform && *import->platform ? import->platform : NULL;
    status = session_host(session, &host, err);
    if (!status)
        status = wcow_image_import(host, source, session->count > 1 ? session->arguments[1] : NULL,
                                   &wanted, &id, err);
    if (!status)
        fprintf(session->out, "%s\n", id);
    return status;
}

const struct command cmd_import = {
    .name = "import",
    .also = {"image import"},
    .section = SECTION_OTHER,
    .summary = "Import the contents from a tarball to create a filesystem image",
    .arguments = "FILE|URL|- [REPOSITORY[:TAG]]",
    .notes =
        "The archive (tar, perhaps with gzip or zstd) is the whole file system of a Windows image "
        "or container: what 'wcow export' writes, a base layer, or the root of any Windows "
        "volume. Registry hives that it lacks (DEFAULT, SAM, SECURITY, SOFTWARE, SYSTEM in "
        "Windows\\System32\\config) are made, empty. Without a utility VM (UtilityVM/Files) in it "
        "the image runs in process isolation only.\n"
        "\n"
        "Instructions for --change: CMD, ENTRYPOINT, ENV, EXPOSE, HEALTHCHECK, LABEL, ONBUILD, "
        "SHELL, STOPSIGNAL, USER, VOLUME, WORKDIR.",
    .options = options,
    .size = sizeof(struct import),
    .minimum = 1,
    .maximum = 2,
    .run = run,
};
