/* SPDX-License-Identifier: MIT */
/* wcow image prune: images without a name, or all that no container uses. */
#include <wcow/image.h>

#include "cli/all.h"
#include "cli/human.h"
#include "cli/prune_filter.h"

struct prune {
    bool all, force, human;
    string_list filters;
};

static const struct prune defaults = {.human = true};

static const struct option options[] = {
    {'a', "all", OPTION_FLAG, offsetof(struct prune, all), NULL,
     "Remove all unused images, not just dangling ones"},
    {0, "filter", OPTION_FILTER, offsetof(struct prune, filters), "filter", PRUNE_FILTER_HELP},
    {'f', "force", OPTION_FLAG, offsetof(struct prune, force), NULL,
     "Do not prompt for confirmation"},
    {0, "human", OPTION_FLAG, offsetof(struct prune, human), NULL, HUMAN_SIZES_HELP},
    {0},
};

static void print_line(void *context, const char *line)
{
    prune_show(context, WCOW_PRUNED_IMAGE, line);
}

static wcow_status run(struct session *session, void *values, wcow_error *err)
{
    const struct prune *prune = values;
    struct prune_display display = {.out = session->out, .human = prune->human};
    CLEANUP(prune_wishes) prune_wishes wanted = {0};
    wcow_image_prune_options which = WCOW_IMAGE_PRUNE_OPTIONS_INIT;
    wcow_host *host = NULL;
    uint64_t reclaimed = 0;
    wcow_status status = prune_wishes_read(&prune->filters, &wanted, err);

    if (!status)
        status = session_host(session, &host, err);
    if (!status && !prune->force)
        status = session_confirm(
            session,
            prune->all ? "WARNING! This will remove all images without at least one container "
                         "associated to them.\n"
                       : "WARNING! This will remove all dangling images.\n",
            "image prune", err);
    if (status)
        return status;
    which.all = prune->all;
    which.until = wanted.options.until;
    which.labels = wanted.options.labels;
    which.without = wanted.options.without;
    status = wcow_image_prune(host, &which, print_line, &display, &reclaimed, err);
    return status ? status : prune_show_total(&display, reclaimed, err);
}

const struct command cmd_image_prune = {
    .name = "image prune",
    .section = SECTION_OTHER,
    .summary = "Remove unused images",
    .notes =
        "Layers and blobs that no image names, of pulls that broke, go, too; what was downloaded "
        "of others stays for the next pull (system prune removes it).",
    .options = options,
    .filters = prune_filter_rules,
    .size = sizeof(struct prune),
    .defaults = &defaults,
    .run = run,
};
