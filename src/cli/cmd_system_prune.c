/* SPDX-License-Identifier: MIT */
/* wcow system prune: stopped containers, unused images, and what crashes left behind. */
#include <string.h>

#include "base/error.h"
#include "base/text.h"
#include "cli/all.h"
#include "cli/human.h"
#include "cli/prune_filter.h"

struct prune {
    bool all, force, human, volumes;
    string_list filters;
};

static const struct prune defaults = {.human = true};

static const struct option options[] = {
    {'a', "all", OPTION_FLAG, offsetof(struct prune, all), NULL,
     "Remove all unused images not just dangling ones"},
    {0, "filter", OPTION_FILTER, offsetof(struct prune, filters), "filter", PRUNE_FILTER_HELP},
    {'f', "force", OPTION_FLAG, offsetof(struct prune, force), NULL,
     "Do not prompt for confirmation"},
    {0, "human", OPTION_FLAG, offsetof(struct prune, human), NULL, HUMAN_SIZES_HELP},
    {0, "volumes", OPTION_FLAG, offsetof(struct prune, volumes), NULL, "Prune anonymous volumes"},
    {0},
};

/* With filters, what has neither age nor labels stays. */
static void describe(const struct prune *prune, text *out)
{
    text_addf(out,
              "WARNING! This will remove:\n  - all stopped containers\n"
              "  - all networks not used by at least one container\n%s  - %s\n",
              prune->volumes ? "  - all anonymous volumes not used by at least one container\n"
                             : "",
              prune->all ? "all images without at least one container associated to them"
                         : "all dangling images");
    text_add(out, "  - layers and blobs that no image names, of pulls that were broken off\n");
    if (!prune->filters.count)
        text_add(out, "  - their downloads, and what wcow left behind: compute systems, mounted "
                      "layers, endpoints, services of Windows, volumes that are half made\n");
    else
        text_add(out, "\n  Items to be pruned will be filtered with:\n");
    for (size_t i = 0; i < prune->filters.count; i++)
        text_addf(out, "  - %s\n", prune->filters.items[i]);
    text_add(out, "\n");
}

static wcow_status confirm(struct session *session, const struct prune *prune, wcow_error *err)
{
    cleanup_text text warning = TEXT_INIT;

    if (prune->force)
        return WCOW_OK;
    describe(prune, &warning);
    return warning.failed ? error_no_memory(err)
                          : session_confirm(session, text_get(&warning), "system prune", err);
}

/* What Docker has not: only when there was some. */
static void show_leftovers(struct prune_display *display, const wcow_prune_report *report)
{
    const struct {
        const char *what;
        size_t count;
    } rows[] = {{"Deleted layers:", report->layers},
                {"Deleted endpoints:", report->endpoints},
                {"Ended compute systems:", report->systems}};
    bool first = true;

    for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
        if (!rows[i].count)
            continue;
        fprintf(display->out, "%s%s %zu\n", first && display->started ? "\n" : "", rows[i].what,
                rows[i].count);
        first = false;
        display->started = true;
    }
}

static wcow_status run(struct session *session, void *values, wcow_error *err)
{
    const struct prune *prune = values;
    struct prune_display display = {.out = session->out, .human = prune->human};
    CLEANUP(prune_wishes) prune_wishes wanted = {0};
    wcow_prune_report report = {0};
    wcow_host *host = NULL;
    wcow_status status = prune_wishes_read(&prune->filters, &wanted, err);

    if (!status && prune->volumes && wanted.options.until)
        status = error_set(err, WCOW_INVALID,
                           "ERROR: The \"until\" filter is not supported with \"--volumes\"");
    if (!status)
        status = session_host(session, &host, err);
    if (!status)
        status = confirm(session, prune, err);
    if (status)
        return status;
    wanted.options.all = prune->all;
    wanted.options.volumes = prune->volumes;
    wanted.options.removed = prune_show;
    wanted.options.context = &display;
    status = wcow_host_prune(host, &wanted.options, &report, err);
    show_leftovers(&display, &report);
    return status ? status : prune_show_total(&display, report.reclaimed, err);
}

const struct command cmd_system_prune = {
    .name = "system prune",
    .section = SECTION_OTHER,
    .summary = "Remove stopped containers, dangling images, and what crashes left behind",
    .options = options,
    .filters = prune_filter_rules,
    .size = sizeof(struct prune),
    .defaults = &defaults,
    .run = run,
};
