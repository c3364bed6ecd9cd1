/* SPDX-License-Identifier: MIT */
/** What `wcow ps --filter` knows. */
#ifndef WCOW_CLI_PS_FILTER_H
#define WCOW_CLI_PS_FILTER_H

#include <wcow/container.h>

#include "base/json.h"
#include "base/regex.h"
#include "cli/filter.h"

/* The keys. */
extern const struct filter_rule ps_filter_rules[];

/* What the filters look at beside a row. Starts out zeroed. */
typedef struct ps_listing {
    wcow_host *host;
    const wcow_container_info *infos; /* newest first */
    size_t count;
    regex **names; /* of name=, each once */
    size_t name_count;
    cJSON *layers; /* of images that were asked for: reference → its list; null: no such image */
    wcow_status status; /* the first thing that went wrong while rows were looked at */
    wcow_error problem;
} ps_listing;

void ps_listing_free(ps_listing *listing);

DEFINE_CLEANUP_VALUE(ps_listing, ps_listing, ps_listing_free)

/**
 * Checks keys and values, before anything is touched.
 *
 * @return WCOW_INVALID, in Docker's words
 */
WCOW_CHECKED wcow_status ps_filters_read(const string_list *filters, ps_listing *out,
                                         wcow_error *err);

/** Looks up the containers that before= and since= name, when the rows are filled in. */
WCOW_CHECKED wcow_status ps_filters_find(const string_list *filters, const ps_listing *listing,
                                         wcow_error *err);

/** Whether a row passes all of them; `listing->status` tells if that could not be found out. */
bool ps_filters_pass(const string_list *filters, ps_listing *listing,
                     const wcow_container_info *info);

#endif
