/* SPDX-License-Identifier: MIT */
/** Labels, as --filter label=… and label!=… of prune ask for them. */
#ifndef WCOW_DOCKER_LABELS_H
#define WCOW_DOCKER_LABELS_H

#include <stdbool.h>

#include "base/strings.h"

/**
 * Whether all of `wanted` and not all of `unwanted` are among the labels ("key=value"): each is a
 * "key" or a "key=value", in a NULL-terminated list; NULL asks for nothing. By moby's matchLabels.
 */
bool labels_fit(const string_list *labels, const char *const *wanted, const char *const *unwanted);

#endif
