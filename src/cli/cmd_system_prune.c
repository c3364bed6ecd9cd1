/* SPDX-License-Identifier: MIT */
/* wcow system prune: stopped containers, dangling images, and what crashes left behind. */
#include "base/error.h"
#include "cli/all.h"
#include "cli/human.h"

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
    "  - all dangling images\n"
    "  - layers and downloads that no image names, of pulls that were broken off\n"
    "  - what wcow left behind: compute systems, mounted layers, endpoints\n"
    "\n";

static void print_count(FILE *out, const char *what, size_t count)
{
    fprintf(out, "%-26s%zu\n", what, count);
}

static wcow_status run(struct session *session, void *values, wcow_error *err)
{
    const struct prune *prune = values;
    wcow_prune_report report = {0};
    cleanup_text text size = TEXT_INIT;
    wcow_host *host = NULL;
    wcow_status status = session_host(session, &host, err);

    if (!status && !prune->force)
        status = session_confirm(session, warning, "system prune", err);
    if (!status)
        status = wcow_host_prune(host, &report, err);
    if (status)
        return status;
    human_size(report.reclaimed, 4, &size);
    if (size.failed)
        return error_no_memory(err);
    print_count(session->out, "Deleted containers:", report.containers);
    print_count(session->out, "Deleted images:", report.images);
    print_count(session->out, "Deleted layers:", report.layers);
    print_count(session->out, "Deleted endpoints:", report.endpoints);
    print_count(session->out, "Ended compute systems:", report.systems);
    fprintf(session->out, "\nTotal reclaimed space: %s\n", text_get(&size));
    return WCOW_OK;
}

const struct command cmd_system_prune = {
    .name = "system prune",
    .section = SECTION_OTHER,
    .summary = "Remove stopped containers, dangling images, and what crashes left behind",
    .options = options,
    .size = sizeof(struct prune),
    .run = run,
};
