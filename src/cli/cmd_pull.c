/* SPDX-License-Identifier: MIT */
/* wcow pull: an image from a registry. */

#include "cli/all.h"
#include "cli/transfer_display.h"

struct pull {
    bool all_tags, quiet;
    const char *platform;
};

static const struct option options[] = {
    {'a', "all-tags", OPTION_FLAG, offsetof(struct pull, all_tags), NULL,
     "Download all tagged images in the repository"},
    {0, "platform", OPTION_STRING, offsetof(struct pull, platform), "string",
     "Windows of which build: \"windows(10.0.20348)/amd64\" (what fits this host)"},
    {'q', "quiet", OPTION_FLAG, offsetof(struct pull, quiet), NULL, "Suppress verbose output"},
    {0},
};

static wcow_status run(struct session *session, void *values, wcow_error *err)
{
    const struct pull *pull = values;
    const char *reference = session->arguments[0];
    wcow_pull_options wanted = WCOW_PULL_OPTIONS_INIT;
    cleanup_wcow char *name = NULL;
    wcow_status status;

    wanted.name = &name;
    wanted.all_tags = pull->all_tags;
    wanted.platform = pull->platform;
    status = pull_and_show(
        session, reference, &wanted,
        pull->all_tags || pull->quiet || reference_has_tag(reference) ? NULL : DEFAULT_TAG_LINE,
        pull->quiet, session->out, err);
    if (!status)
        fprintf(session->out, "%s\n", name);
    return status;
}

const struct command cmd_pull = {
    .name = "pull",
    .also = {"image pull"},
    .section = SECTION_COMMON,
    .summary = "Download an image from a registry",
    .arguments = "NAME[:TAG|@DIGEST]",
    .notes =
        "Registries without TLS or with a certificate authority of their own, and mirrors, are set "
        "in daemon.json and certs.d of wcow's folder; HTTPS_PROXY and NO_PROXY count.",
    .options = options,
    .size = sizeof(struct pull),
    .minimum = 1,
    .maximum = 1,
    .run = run,
};
