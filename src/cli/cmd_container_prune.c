/* SPDX-License-Identifier: MIT */
/* wcow container prune: the stopped containers, and nothing else. */
#include "cli/all.h"
#include "cli/human.h"
#include "cli/prune_filter.h"

struct prune {
    bool force, human;
    string_list filters;
};

static const struct prune defaults = {.human = true};

static const struct option options[] = {
    {0, "filter", OPTION_FILTER, offsetof(struct prune, filters), "filter", PRUNE_FILTER_HELP},
    {'f', "force", OPTION_FLAG, offsetof(struct prune, force), NULL,
     "Do not prompt for confirmation"},
    {0, "human", OPTION_FLAG, offsetof(struct prune, human), NULL, HUMAN_SIZES_HELP},
    {0},
};

static wcow_status run(struct session *session, void *values, wcow_error *err)
{
    const struct prune *prune = values;
    struct prune_display display = {.out = session->out, .human = prune->human};
    CLEANUP(prune_wishes) prune_wishes wanted = {0};
    wcow_prune_report report = {0};
    wcow_host *host = NULL;
    wcow_status status = prune_wishes_read(&prune->filters, &wanted, err);

    if (!status)
        status = session_host(session, &host, err);
    if (!status && !prune->force)
        status = session_confirm(session, "WARNING! This will remove all stopped containers.\n",
                                 "container prune", err);
    if (status)
        return status;
    wanted.options.removed = prune_show;
    wanted.options.context = &display;
    status = wcow_container_prune(host, &wanted.options, &report, err);
    return status ? status : prune_show_total(&display, report.reclaimed, err);
}

const struct command cmd_container_prune = {
    .name = "container prune",
    .section = SECTION_OTHER,
    .summary = "Remove all stopped containers",
    .options = options,
    .filters = prune_filter_rules,
    .size = sizeof(struct prune),
    .defaults = &defaults,
    .run = run,
};
