/* SPDX-License-Identifier: MIT */
/** --filter of events, as moby's daemon/events/filter.go has it. */
#ifndef WCOW_CLI_EVENT_FILTER_H
#define WCOW_CLI_EVENT_FILTER_H

#include <stdbool.h>

#include "base/json.h"
#include "cli/filter.h"

/* The keys. */
extern const struct filter_rule event_filter_rules[];

/** Refuses keys that are none. */
WCOW_CHECKED wcow_status event_filters_check(const string_list *filters, wcow_error *err);
/** Whether an event passes all of them. */
bool event_passes(const string_list *filters, const cJSON *event);

#endif
