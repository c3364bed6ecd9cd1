/* SPDX-License-Identifier: MIT */
/* wcow export: a container's whole file system as a tar. */
#include "base/error.h"
#include "cli/all.h"

struct export
{
    const char *output;
};

static const struct option options[] = {
    {'o', "output", OPTION_STRING, offsetof(struct export, output), "string",
     "Write to a file, instead of STDOUT"},
    {0},
};

static wcow_status run(struct session *session, void *values, wcow_error *err)
{
    const struct export *export = values;
    const char *path = export->output && *export->output ? export->output : "-";
    cleanup_container wcow_container *container = NULL;
    cleanup_wcow char *warning = NULL;
    wcow_status status;

    if (path[0] == '-' && !path[1] && wcow_terminal_is(1))
        return error_set(err, WCOW_INVALID,
                         "cowardly refusing to save to a terminal. Use the -o flag or redirect");
    status = session_container(session, session->arguments[0], &container, err);
    if (!status)
        status = wcow_container_export(container, path, &warning, err);
    if (!status && warning)
        session_warning(session, "%s", warning);
    return status;
}

const struct command cmd_export = {
    .name = "export",
    .also = {"container export"},
    .section = SECTION_OTHER,
    .summary = "Export a container's filesystem as a tar archive",
    .arguments = "CONTAINER",
    .notes =
        "'wcow import' makes an image of it. The container must not run. Its files are below "
        "Files/, with the registry as the container has it; the utility VM of its image, which "
        "Hyper-V isolation boots, is below UtilityVM/. Before Windows Server 2022, Windows cannot "
        "make a registry whole: then a warning says that what the container changed in it stays "
        "behind ('wcow commit' takes it along).",
    .options = options,
    .size = sizeof(struct export),
    .minimum = 1,
    .maximum = 1,
    .run = run,
};
