/* SPDX-License-Identifier: MIT */
/** What `system df -v` prints: each image and container with what it takes. */
#ifndef WCOW_CLI_USAGE_ITEMS_H
#define WCOW_CLI_USAGE_ITEMS_H

#include "base/json.h"
#include "cli/command.h"
#include "cli/listing.h"

/** What an image has in `images` and in `system df -v`, as in Docker's. */
extern const struct column image_columns[];

/**
 * @param usages  what wcow_host_disk_usage() gave, parsed
 * @param format  --format: "json" or a template, of one object with the lists Images, Containers,
 *                Volumes and BuildCache; NULL: tables
 * @param human   sizes as people read them; else bytes
 */
WCOW_CHECKED wcow_status usage_print_items(struct session *session, wcow_host *host,
                                           const cJSON *usages, const char *format, bool human,
                                           wcow_error *err);

#endif
