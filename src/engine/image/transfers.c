/* SPDX-License-Identifier: MIT */
/* Opening what registries are used with. */
#include "engine/image/transfers.h"

#include "base/error.h"
#include "engine/host/store.h"

wcow_status transfers_open(wcow_host *host, wcow_transfer_fn *told, void *context, transfers *out,
                           wcow_error *err)
{
    const registry_settings defaults = REGISTRY_SETTINGS_INIT;
    wcow_status status = store_make_directory(host, host->root, err);

    out->settings = defaults;
    if (!status)
        status = host_images(host, &out->images, err);
    if (!status)
        status = registry_settings_read(out->images.files, host->root, &out->settings, err);
    if (!status)
        status = listener_open(&out->told, told, NULL, context, err);
    if (status)
        return status;
    out->registry = (registry_context){.files = out->images.files,
                                       .root = host->root,
                                       .settings = &out->settings,
                                       .pauses = {host->limits.retry, host->limits.retry_longest},
                                       .progress = &out->told.sink};
    return WCOW_OK;
}

void transfers_close(transfers *t)
{
    listener_close(&t->told);
    registry_settings_clear(&t->settings);
}

wcow_status transfers_say(transfers *t, const char *line, wcow_error *err)
{
    return line ? progress_tell(&t->told.sink, NULL, line, 0, 0, err) : error_no_memory(err);
}
