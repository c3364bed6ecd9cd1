/* SPDX-License-Identifier: MIT */
/** What the prune commands share: their filters, and how they print what went. */
#ifndef WCOW_CLI_PRUNE_FILTER_H
#define WCOW_CLI_PRUNE_FILTER_H

#include <wcow/host.h>

#include "base/strings.h"
#include "cli/command.h"
#include "cli/filter.h"

/* The keys. */
extern const struct filter_rule prune_filter_rules[];

#define PRUNE_FILTER_HELP "Provide filter values (until=24h, label=KEY[=VALUE], label!=KEY[=VALUE])"

/* What the filters say, in lists that the options borrow from. Starts out zeroed. */
typedef struct prune_wishes {
    wcow_prune_options options;
    string_list labels, without;
} prune_wishes;

void prune_wishes_free(prune_wishes *wishes);

DEFINE_CLEANUP_VALUE(prune_wishes, prune_wishes, prune_wishes_free)

/** Checks keys and values, before anything is touched. */
WCOW_CHECKED wcow_status prune_wishes_read(const string_list *filters, prune_wishes *out,
                                           wcow_error *err);

/* How far the printing of what went is. */
struct prune_display {
    FILE *out;
    bool human; /* sizes; else bytes */
    bool started;
    wcow_pruned what; /* the section that is open */
};

/** wcow_prune_options.removed: prints lines in Docker's sections; the context is a display. */
void prune_show(void *context, wcow_pruned what, const char *line);

/** Ends the last section; then "Total reclaimed space: …". */
WCOW_CHECKED wcow_status prune_show_total(struct prune_display *display, uint64_t reclaimed,
                                          wcow_error *err);

#endif
