/* SPDX-License-Identifier: MIT */
/*
 * The names of containers in the hosts files of those that run already. Each is written anew from
 * the states as they are, under names.lock: of two that change something at once the second sees
 * what the first has noted, so the last writer writes all of it.
 *
 * The files are other containers', whose programs may do with them what they like, and where their
 * drives are the service tells. So all of it is done by a thread of its own, which is waited for a
 * while and then left behind: no container's start or end depends on what another one does.
 */
#include "engine/container/peer_names.h"

#include <stdatomic.h>
#include <stdlib.h>

#include "base/condition.h"
#include "base/error.h"
#include "base/path.h"
#include "base/text.h"
#include "base/thread.h"
#include "engine/container/catalog.h"
#include "engine/container/run_wiring.h"
#include "engine/host/host_stores.h"
#include "engine/host/paths.h"
#include "layer/store/scratch.h"
#include "runtime/hosts.h"

/* For all of it, if not for the service's answers (host_limits) that is less; and for the lock,
 * which somebody may have who was left behind. */
#define PATIENCE      5000u /* ms */
#define LOCK_PATIENCE 3000u /* ms */
/* For one who writes a hosts file to be done with that drive. */
#define DRIVE_PATIENCE 1000u /* ms */

/* One round, of its thread and of who waits for it. */
typedef struct spread {
    wcow_host *host;
    char *id;
    string_list networks; /* their names */
    pthread_mutex_t lock;
    condition changed;
    atomic_uint holders; /* the last one destroys the lock */
    bool done;
    bool left; /* who waited has gone, and counted the thread with the host's strays */
} spread;

static bool is_on(const record *r, const string_list *networks)
{
    for (size_t i = 0; i < networks->count; i++) {
        if (attachment_find(&r->networks, networks->items[i]))
            return true;
    }
    return false;
}

static bool is_reached(const entry *e)
{
    return !e->unreadable && state_is_running(e->state) && !e->state->restarting &&
           e->record->isolation == WCOW_ISOLATION_PROCESS;
}

static wcow_status write_file(wcow_host *host, const catalog *all, const entry *e)
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

static wcow_status take_drive(wcow_host *host, const char *id, uint32_t milliseconds,
                              store_lock *lock)
{
    cleanup_free char *path = path_in_container(host, id, FILE_HOSTS_LOCK);

    return path ? store_lock_take(host, path, milliseconds, lock, NULL) : error_no_memory(NULL);
}

/* Not of one that ends: its drive is being unmounted, which it cannot be while we have it open. */
static void rewrite(wcow_host *host, const catalog *all, const entry *e)
{
    cleanup_lock store_lock drive = STORE_LOCK_INIT;

    if (!take_drive(host, e->record->id, 0, &drive))
        ignore(write_file(host, all, e));
}

static wcow_status take_lock(wcow_host *host, store_lock *lock)
{
    cleanup_free char *folder = path_of_containers(host);
    cleanup_free char *path = folder ? path_join(folder, "names.lock") : NULL;

    return path ? store_lock_take(host, path, LOCK_PATIENCE, lock, NULL) : error_no_memory(NULL);
}

static void rewrite_all(const spread *s)
{
    cleanup_catalog catalog all = CATALOG_INIT;
    cleanup_lock store_lock lock = STORE_LOCK_INIT;

    if (take_lock(s->host, &lock) || run_wiring_peers(s->host, &all, NULL))
        return;
    for (size_t i = 0; i < all.count; i++) {
        const entry *e = &all.items[i];

        if (is_reached(e) && (text_equal(e->record->id, s->id) || is_on(e->record, &s->networks)))
            rewrite(s->host, &all, e);
    }
}

/* ---- its thread ---- */

static void let_go(spread *s)
{
    if (atomic_fetch_sub(&s->holders, 1) > 1)
        return;
    condition_free(&s->changed);
    pthread_mutex_destroy(&s->lock);
    string_list_free(&s->networks);
    free(s->id);
    free(s);
}

static void *spread_main(void *context)
{
    spread *s = context;
    wcow_host *host = s->host;
    bool left;

    rewrite_all(s);
    pthread_mutex_lock(&s->lock);
    s->done = true;
    left = s->left;
    condition_broadcast(&s->changed);
    pthread_mutex_unlock(&s->lock);
    let_go(s);
    if (left)
        host_stray(host, -1);
    return NULL;
}

/* On the default network there are no names, as with Docker. */
static bool add_names(const attachment_list *networks, string_list *out)
{
    for (size_t i = 0; i < networks->count; i++) {
        if (*networks->items[i].network && !string_list_add(out, networks->items[i].network))
            return false;
    }
    return true;
}

/* NULL: out of memory, or there is nothing to do. */
static spread *spread_new(wcow_host *host, const char *id, const attachment_list *networks)
{
    spread *s = calloc(1, sizeof *s);

    if (!s)
        return NULL;
    s->host = host;
    s->id = text_copy(id);
    atomic_init(&s->holders, 2);
    if (s->id && add_names(networks, &s->networks) && s->networks.count &&
        !pthread_mutex_init(&s->lock, NULL)) {
        if (condition_init(&s->changed))
            return s;
        pthread_mutex_destroy(&s->lock);
    }
    string_list_free(&s->networks);
    free(s->id);
    free(s);
    return NULL;
}

void peer_names_spread(wcow_host *host, const char *id, const attachment_list *networks)
{
    const uint32_t answer = host->limits.answer;
    const uint64_t give_up = ticks_after(answer < PATIENCE ? answer : PATIENCE);
    spread *s = spread_new(host, id, networks);

    if (!s)
        return;
    if (!thread_start_detached(spread_main, s)) {
        let_go(s);
        let_go(s);
        return;
    }
    pthread_mutex_lock(&s->lock);
    while (!s->done && condition_wait_until(&s->changed, &s->lock, give_up))
        ;
    if (!s->done) {
        s->left = true;
        host_stray(host, 1);
    }
    pthread_mutex_unlock(&s->lock);
    let_go(s);
}

void peer_names_keep_out(wcow_host *host, const char *id, store_lock *out)
{
    cleanup_record record *r = NULL;

    if (!record_read(host, id, &r, NULL) && r->isolation == WCOW_ISOLATION_PROCESS &&
        attachments_have_names(&r->networks))
        ignore(take_drive(host, id, DRIVE_PATIENCE, out));
}
