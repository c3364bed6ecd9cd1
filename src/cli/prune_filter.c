/* SPDX-License-Identifier: MIT */
/* Filters of prune, and its output. */
#include "cli/prune_filter.h"

#include <string.h>
#include <time.h>

#include "base/error.h"
#include "base/text.h"
#include "cli/filter.h"
#include "cli/human.h"
#include "cli/moment.h"

#define SECOND INT64_C(1000000000)

void prune_wishes_free(prune_wishes *wishes)
{
    string_list_free(&wishes->labels);
    string_list_free(&wishes->without);
}

static wcow_status add_filter(prune_wishes *w, const char *filter, wcow_error *err)
{
    const char *value = strchr(filter, '=') + 1;

    if (text_starts_with(filter, "until=")) {
        if (w->options.until)
            return error_set(err, WCOW_INVALID, "more than one until filter specified");
        if (moment_parse(value, (int64_t)time(NULL) * SECOND, &w->options.until))
            return WCOW_OK;
        return error_set(err, WCOW_INVALID, "invalid filter '%s'", filter);
    }
    return string_list_add(text_starts_with(filter, "label!=") ? &w->without : &w->labels, value)
               ? WCOW_OK
               : error_no_memory(err);
}

const struct filter_rule prune_filter_rules[] = {
    {"until", false, NULL, NULL},
    {"label", true, NULL, NULL},
    {"label!", true, NULL, NULL},
    {NULL, false, NULL, NULL},
};

wcow_status prune_wishes_read(const string_list *filters, prune_wishes *out, wcow_error *err)
{
    const wcow_prune_options defaults = WCOW_PRUNE_OPTIONS_INIT;
    wcow_status status = filters_check(filters, prune_filter_rules, err);

    out->options = defaults;
    for (size_t i = 0; i < filters->count && !status; i++)
        status = add_filter(out, filters->items[i], err);
    out->options.labels = (const char *const *)out->labels.items;
    out->options.without = (const char *const *)out->without.items;
    return status;
}

void prune_show(void *context, wcow_pruned what, const char *line)
{
    static const char *const nouns[] = {
        [WCOW_PRUNED_CONTAINER] = "Containers",
        [WCOW_PRUNED_IMAGE] = "Images",
        [WCOW_PRUNED_NETWORK] = "Networks",
        [WCOW_PRUNED_VOLUME] = "Volumes",
    };
    struct prune_display *display = context;

    if (!display->started || display->what != what)
        fprintf(display->out, "%sDeleted %s:\n", display->started ? "\n" : "", nouns[what]);
    fprintf(display->out, "%s\n", line);
    display->started = true;
    display->what = what;
}

wcow_status prune_show_total(struct prune_display *display, uint64_t reclaimed, wcow_error *err)
{
    cleanup_text text size = TEXT_INIT;

    human_size_or_bytes(display->human, reclaimed, 4, &size);
    if (size.failed)
        return error_no_memory(err);
    fprintf(display->out, "%sTotal reclaimed space: %s\n", display->started ? "\n" : "",
            text_get(&size));
    return WCOW_OK;
}
