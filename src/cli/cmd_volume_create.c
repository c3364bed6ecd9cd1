/* SPDX-License-Identifier: MIT */
/* wcow volume create. */
#include "base/error.h"
#include "cli/all.h"

struct create {
    const char *driver, *name;
    string_list labels;
};

static const struct option options[] = {
    {'d', "driver", OPTION_STRING, offsetof(struct create, driver), "string",
     "Specify volume driver name: local"},
    {0, "label", OPTION_LIST, offsetof(struct create, labels), "list", "Set metadata for a volume"},
    {0, "name", OPTION_STRING, offsetof(struct create, name), "string", "Specify volume name"},
    {0},
};

static wcow_status run(struct session *session, void *values, wcow_error *err)
{
    const struct create *create = values;
    wcow_volume_spec spec = WCOW_VOLUME_SPEC_INIT;
    cleanup_wcow char *name = NULL;
    wcow_host *host = NULL;
    wcow_status status;

    if (session->count && create->name && *create->name)
        return error_set(err, WCOW_INVALID,
                         "conflicting options: cannot specify a volume-name through both --name "
                         "and as a positional arg");
    spec.name = session->count ? session->arguments[0] : create->name;
    spec.driver = create->driver;
    spec.labels = (const char *const *)create->labels.items;
    status = session_host(session, &host, err);
    if (!status)
        status = wcow_volume_create(host, &spec, &name, err);
    if (!status)
        fprintf(session->out, "%s\n", name);
    return status;
}

const struct command cmd_volume_create = {
    .name = "volume create",
    .section = SECTION_OTHER,
    .summary = "Create a volume",
    .arguments = "[VOLUME]",
    .notes = "A volume is a folder of wcow's, below volumes in its root, that containers mount by "
             "its name (-v NAME:C:\\folder) and that outlives them. Names are kept in small "
             "letters.",
    .options = options,
    .size = sizeof(struct create),
    .maximum = 1,
    .run = run,
};
