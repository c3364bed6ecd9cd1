/* SPDX-License-Identifier: MIT */
/* image prune, with what it brought. */
#include "base/error.h"
#include "base/options.h"
#include "engine/container/catalog.h"
#include "engine/image/image_event.h"
#include "engine/image/prune.h"
#include "engine/system/disk_usage.h"

wcow_status wcow_image_prune(wcow_host *host, const wcow_image_prune_options *options,
                             void (*removed)(void *context, const char *line), void *context,
                             uint64_t *reclaimed, wcow_error *err)
{
    cleanup_catalog catalog users = CATALOG_INIT;
    wcow_image_prune_options wish = WCOW_IMAGE_PRUNE_OPTIONS_INIT;
    uint64_t before = 0;
    uint64_t after = 0;
    size_t layers = 0;
    wcow_status status = options_copy(&wish, sizeof wish, options, "wcow_image_prune_options", err);

    *reclaimed = 0;
    if (!status)
        status = catalog_read(host, &users, err);
    if (!status)
        status = images_usage(host, &users, &before, err);
    if (status)
        return status;
    status = images_prune(host, &wish, (removal_listener){removed, context}, &layers, err);
    if (!images_usage(host, &users, &after, NULL) && after < before)
        *reclaimed = before - after;
    if (!status)
        image_event_prune(host, *reclaimed);
    return status;
}
