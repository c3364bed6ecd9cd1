/* SPDX-License-Identifier: MIT */
/* Opening what registries are used with. */
#include "engine/image/transfers.h"

#include "base/error.h"
#include "engine/host/store.h"

static bool pass_on(void *context, const char *id, const char *status, uint64_t done,
                    uint64_t total)
{
    const transfers *t = context;
    const wcow_transfer event = {id, status, done, total};

    return t->told(t->context, &event);
}

wcow_status transfers_open(wcow_host *host, wcow_transfer_fn *told, void *context, transfers *out,
                           wcow_error *err)
{
    const registry_settings defaults = REGISTRY_SETTINGS_INIT;
    wcow_status status = store_make_directory(host, host->root, err);

    if (!status)
        status = host_images(host, &out->images, err);
    if (status)
        return status;
    out->settings = defaults;
    status = registry_settings_read(out->images.files, host->root, &out->settings, err);
    if (status)
        return status;
    if (pthread_mutex_init(&out->progress.lock, NULL)) {
        registry_settings_clear(&out->settings);
        return error_no_memory(err);
    }
    out->open = true;
    out->told = told;
    out->context = context;
    out->progress.call = told ? pass_on : NULL;
    out->progress.context = out;
    out->registry = (registry_context){.files = out->images.files,
                                       .root = host->root,
                                       .settings = &out->settings,
                                       .pauses = {host->limits.retry, host->limits.retry_longest},
                                       .watch = transfer_goes_on,
                                       .watch_context = &out->progress};
    return WCOW_OK;
}

void transfers_close(transfers *t)
{
    if (!t->open)
        return;
    pthread_mutex_destroy(&t->progress.lock);
    registry_settings_clear(&t->settings);
}
