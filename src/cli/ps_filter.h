/* SPDX-License-Identifier: MIT */
/** What `wcow ps --filter` knows. */
#ifndef WCOW_CLI_PS_FILTER_H
#define WCOW_CLI_PS_FILTER_H

#include <wcow/container.h>

#include "cli/filter.h"

/* What before= and since= look their container up in; newest first. */
struct ps_listing {
    const wcow_container_info *infos;
    size_t count;
};

/** For filters_pass() over wcow_container_info with a ps_listing as context. */
extern const struct filter_rule ps_filter_rules[];

#endif
