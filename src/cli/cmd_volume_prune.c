/* SPDX-License-Identifier: MIT */
/* wcow volume prune: the volumes that no container mounts. */
#include <string.h>

#include "base/error.h"
#include "base/text.h"
#include "cli/all.h"
#include "cli/filter.h"
#include "cli/human.h"
#include "cli/prune_filter.h"

struct prune {
    bool all, force, human;
    string_list filters;
};

static const struct prune defaults = {.human = true};

static const struct option options[] = {
    {'a', "all", OPTION_FLAG, offsetof(struct prune, all), NULL,
     "Remove all unused volumes, not just anonymous ones"},
    {0, "filter", OPTION_FILTER, offsetof(struct prune, filters), "filter",
     "Provide filter values (all=1, label=KEY[=VALUE], label!=KEY[=VALUE])"},
    {'f', "force", OPTION_FLAG, offsetof(struct prune, force), NULL,
     "Do not prompt for confirmation"},
    {0, "human", OPTION_FLAG, offsetof(struct prune, human), NULL, HUMAN_SIZES_HELP},
    {0},
};

static const struct filter_rule filter_rules[] = {
    {"all", false, NULL, "true false"},
    {"label", true, NULL, NULL},
    {"label!", true, NULL, NULL},
    {NULL, false, NULL, NULL},
};

/* "all=1" is ours to read, and not the library's; the rest is as of the other prunes. */
static wcow_status read_filters(const struct prune *prune, bool *all, string_list *rest,
                                wcow_error *err)
{
    const string_list *filters = &prune->filters;
    wcow_status status = filters_check(filters, filter_rules, err);

    *all = prune->all;
    for (size_t i = 0; i < filters->count && !status; i++) {
        const char *value = strchr(filters->items[i], '=') + 1;
        const bool wanted = text_equal(value, "1") || text_equal(value, "true");

        if (!text_starts_with(filters->items[i], "all="))
            status = string_list_add(rest, filters->items[i]) ? WCOW_OK : error_no_memory(err);
        else if (prune->all)
            status = error_set(err, WCOW_INVALID,
                               "conflicting options: cannot specify both --all and --filter all=1");
        else if (!wanted && !text_equal(value, "0") && !text_equal(value, "false"))
            status = error_set(err, WCOW_INVALID, "invalid filter '%s'", filters->items[i]);
        else
            *all = wanted;
    }
    return status;
}

static wcow_status run(struct session *session, void *values, wcow_error *err)
{
    const struct prune *prune = values;
    struct prune_display display = {.out = session->out, .human = prune->human};
    CLEANUP(prune_wishes) prune_wishes wanted = {0};
    cleanup_strings string_list filters = STRING_LIST_INIT;
    wcow_prune_report report = {0};
    wcow_host *host = NULL;
    bool all = false;
    wcow_status status = read_filters(prune, &all, &filters, err);

    if (!status)
        status = prune_wishes_read(&filters, &wanted, err);
    if (!status)
        status = session_host(session, &host, err);
    if (!status && !prune->force)
        status = session_confirm(session,
                                 prune->all ? "WARNING! This will remove all local volumes not "
                                              "used by at least one container.\n"
                                            : "WARNING! This will remove anonymous local volumes "
                                              "not used by at least one container.\n",
                                 "volume prune", err);
    if (status)
        return status;
    wanted.options.all = all;
    wanted.options.removed = prune_show;
    wanted.options.context = &display;
    status = wcow_volume_prune(host, &wanted.options, &report, err);
    return status ? status : prune_show_total(&display, report.reclaimed, err);
}

const struct command cmd_volume_prune = {
    .name = "volume prune",
    .section = SECTION_OTHER,
    .summary = "Remove unused local volumes",
    .options = options,
    .filters = filter_rules,
    .size = sizeof(struct prune),
    .defaults = &defaults,
    .run = run,
};
