/* SPDX-License-Identifier: MIT */
/* wcow network prune. */
#include <wcow/network.h>

#include "cli/all.h"
#include "cli/prune_filter.h"

struct prune {
    bool force;
    string_list filters;
};

static const struct option options[] = {
    {0, "filter", OPTION_FILTER, offsetof(struct prune, filters), "filter", PRUNE_FILTER_HELP},
    {'f', "force", OPTION_FLAG, offsetof(struct prune, force), NULL,
     "Do not prompt for confirmation"},
    {0},
};

static void print_name(void *context, const char *name)
{
    prune_show(context, WCOW_PRUNED_NETWORK, name);
}

static wcow_status run(struct session *session, void *values, wcow_error *err)
{
    const struct prune *prune = values;
    struct prune_display display = {.out = session->out};
    CLEANUP(prune_wishes) prune_wishes wanted = {0};
    wcow_network_prune_options which = WCOW_NETWORK_PRUNE_OPTIONS_INIT;
    wcow_host *host = NULL;
    wcow_status status = prune_wishes_read(&prune->filters, &wanted, err);

    if (!status)
        status = session_host(session, &host, err);
    if (!status && !prune->force)
        status = session_confirm(session,
                                 "WARNING! This will remove all custom networks not used by at "
                                 "least one container.\n",
                                 "network prune", err);
    if (status)
        return status;
    which.until = wanted.options.until;
    which.labels = wanted.options.labels;
    which.without = wanted.options.without;
    which.removed = print_name;
    which.context = &display;
    status = wcow_network_prune(host, &which, err);
    if (display.started)
        fputc('\n', session->out);
    return status;
}

const struct command cmd_network_prune = {
    .name = "network prune",
    .section = SECTION_OTHER,
    .summary = "Remove all unused networks",
    .notes = "Those that wcow made. A network that only stopped containers name is unused.",
    .options = options,
    .filters = prune_filter_rules,
    .size = sizeof(struct prune),
    .run = run,
};
