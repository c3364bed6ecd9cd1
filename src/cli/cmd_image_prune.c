/* SPDX-License-Identifier: MIT */
/* wcow image prune: images without a name, or all that no container uses. */
#include <string.h>
#include <time.h>

#include "base/error.h"
#include "cli/all.h"
#include "cli/filter.h"
#include "cli/human.h"
#include "cli/moment.h"

struct prune {
    bool all, force;
    string_list filters;
};

static const struct option options[] = {
    {'a', "all", OPTION_FLAG, offsetof(struct prune, all), NULL,
     "Remove all unused images, not just dangling ones"},
    {0, "filter", OPTION_FILTER, offsetof(struct prune, filters), "filter",
     "Provide filter values (until=24h, label=KEY[=VALUE], label!=KEY[=VALUE])"},
    {'f', "force", OPTION_FLAG, offsetof(struct prune, force), NULL,
     "Do not prompt for confirmation"},
    {0},
};

struct display {
    FILE *out;
    bool started;
};

static void print_line(void *context, const char *line)
{
    struct display *display = context;

    fprintf(display->out, "%s%s\n", display->started ? "" : "Deleted Images:\n", line);
    display->started = true;
}

/* What the filters say, in lists that borrow from them. */
typedef struct wishes {
    wcow_image_prune_options options;
    string_list labels, without;
} wishes;

static void wishes_free(wishes *w)
{
    string_list_free(&w->labels);
    string_list_free(&w->without);
}

DEFINE_CLEANUP_VALUE(wishes, wishes, wishes_free)

static wcow_status add_filter(wishes *w, const char *filter, wcow_error *err)
{
    const char *value = strchr(filter, '=') ? strchr(filter, '=') + 1 : "";

    if (text_starts_with(filter, "until=")) {
        if (!w->options.until &&
            moment_parse(value, (int64_t)time(NULL) * 1000000000, &w->options.until))
            return WCOW_OK;
        return error_set(err, WCOW_INVALID, "invalid filter '%s'", filter);
    }
    return string_list_add(text_starts_with(filter, "label!=") ? &w->without : &w->labels, value)
               ? WCOW_OK
               : error_no_memory(err);
}

static wcow_status read_filters(const struct prune *prune, wishes *w, wcow_error *err)
{
    static const struct filter_rule keys[] = {
        {"until", false, NULL}, {"label", true, NULL}, {"label!", true, NULL}, {NULL, false, NULL}};
    wcow_status status = filters_check(&prune->filters, keys, err);

    for (size_t i = 0; i < prune->filters.count && !status; i++)
        status = add_filter(w, prune->filters.items[i], err);
    w->options.all = prune->all;
    w->options.labels = (const char *const *)w->labels.items;
    w->options.without = (const char *const *)w->without.items;
    return status;
}

static wcow_status run(struct session *session, void *values, wcow_error *err)
{
    const struct prune *prune = values;
    struct display display = {session->out, false};
    cleanup_text text size = TEXT_INIT;
    CLEANUP(wishes) wishes wanted = {.options = WCOW_IMAGE_PRUNE_OPTIONS_INIT};
    wcow_host *host = NULL;
    uint64_t reclaimed = 0;
    wcow_status status = read_filters(prune, &wanted, err);

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
    status = wcow_image_prune(host, &wanted.options, print_line, &display, &reclaimed, err);
    human_size(reclaimed, 4, &size);
    if (!status && size.failed)
        return error_no_memory(err);
    fprintf(session->out, "%sTotal reclaimed space: %s\n", display.started ? "\n" : "",
            text_get(&size));
    return status;
}

const struct command cmd_image_prune = {
    .name = "image prune",
    .section = SECTION_OTHER,
    .summary = "Remove unused images",
    .notes =
        "Layers and blobs that no image names, of pulls that broke, go, too; what was downloaded "
        "of others stays for the next pull (system prune removes it).",
    .options = options,
    .size = sizeof(struct prune),
    .run = run,
};
