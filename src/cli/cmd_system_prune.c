/* SPDX-License-Identifier: MIT */
/* wcow system prune: stopped containers, and what crashes left behind. */
#include "cli/all.h"

struct prune {
    bool force;
};

static const struct option options[] = {
    {'f', "force", OPTION_FLAG, offsetof(struct prune, force), NULL,
     "Do not prompt for confirmation"},
    {0},
};

static const char warning[] =
    "WARNING! This will remove:\n"
    "  - all stopped containers\n"
    "  - what wcow left behind: compute systems, mounted layers, endpoints\n"
    "\n";

static void print_count(FILE *out, const char *what, size_t count)
{
    fprintf(out, "%-26s%zu\n", what, count);
}

static wcow_status run(struct session *session, void *values, wcow_error *err)
{
    const struct prune *prune = values;
    wcow_prune_report report = {0, 0, 0, 0};
    wcow_host *host = NULL;
    wcow_status status = session_host(session, &host, err);

    if (!status && !prune->force)
        status = session_confirm(session, warning, "system prune", err);
    if (!status)
        status = wcow_host_prune(host, &report, err);
    if (status)
        return status;
    print_count(session->out, "Deleted containers:", report.containers);
    print_count(session->out, "Deleted layers:", report.layers);
    print_count(session->out, "Deleted endpoints:", report.endpoints);
    print_count(session->out, "Ended compute systems:", report.systems);
    return WCOW_OK;
}

const struct command cmd_system_prune = {
    .name = "system prune",
    .section = SECTION_OTHER,
    .summary = "Remove stopped containers and what crashes left behind",
    .options = options,
    .size = sizeof(struct prune),
    .refusable = true,
    .run = run,
};
