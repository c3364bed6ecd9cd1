/* SPDX-License-Identifier: MIT */
/*
 * The names of containers in the hosts files of those that run already. Each is written anew from
 * the states as they are, under names.lock: of two that change something at once the second sees
 * what the first has noted, so the last writer writes all of it.
 */
#include "engine/container/peer_names.h"

#include "base/error.h"
#include "base/path.h"
#include "base/text.h"
#include "engine/container/catalog.h"
#include "engine/container/run_wiring.h"
#include "engine/host/host_stores.h"
#include "engine/host/paths.h"
#include "engine/host/store.h"
#include "layer/store/scratch.h"
#include "runtime/hosts.h"

/* Where the service hangs for somebody who has the lock, nobody else is to wait with him for long.
 */
#define PATIENCE_MILLISECONDS 5000u

static bool is_on(const record *r, const attachment_list *networks)
{
    for (size_t i = 0; i < networks->count; i++) {
        const char *network = networks->items[i].network;

        if (*network && attachment_find(&r->networks, network))
            return true;
    }
    return false;
}

/* On the default network there are no names, as with Docker. */
static bool has_names(const attachment_list *networks)
{
    for (size_t i = 0; i < networks->count; i++) {
        if (*networks->items[i].network)
            return true;
    }
    return false;
}

static bool is_reached(const entry *e)
{
    return !e->unreadable && state_is_running(e->state) && !e->state->restarting &&
           e->record->isolation == WCOW_ISOLATION_PROCESS;
}

static wcow_status rewrite(wcow_host *host, const catalog *all, const entry *e)
{
    cleanup_wiring run_wiring wiring = {0};
    cleanup_free char *scratch = path_of_scratch(host, e->record->id);
    cleanup_free char *volume = NULL;
    const hns_endpoint_list *endpoints = &e->state->endpoints;
    layer_store layers;
    wcow_status status = scratch ? host_layers(host, &layers, NULL) : error_no_memory(NULL);

    if (!status)
        status = run_wiring_names(all, e->record, &wiring, NULL);
    if (!status)
        status = scratch_volume(&layers, scratch, &volume, NULL);
    return status ? status
                  : hosts_write(layers.files, volume, wiring.names, wiring.name_count,
                                endpoints->count ? endpoints->items[0].gateway : NULL, NULL);
}

static wcow_status take_lock(wcow_host *host, store_lock *lock)
{
    cleanup_free char *folder = path_of_containers(host);
    cleanup_free char *path = folder ? path_join(folder, "names.lock") : NULL;

    return path ? store_lock_take(host, path, PATIENCE_MILLISECONDS, lock, NULL)
                : error_no_memory(NULL);
}

void peer_names_spread(wcow_host *host, const char *id, const attachment_list *networks)
{
    cleanup_catalog catalog all = CATALOG_INIT;
    cleanup_lock store_lock lock = STORE_LOCK_INIT;

    if (!has_names(networks) || take_lock(host, &lock) || catalog_read(host, &all, NULL))
        return;
    for (size_t i = 0; i < all.count; i++) {
        const entry *e = &all.items[i];

        if (is_reached(e) && (text_equal(e->record->id, id) || is_on(e->record, networks)))
            ignore(rewrite(host, &all, e));
    }
}
