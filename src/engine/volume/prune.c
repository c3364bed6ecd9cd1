/* SPDX-License-Identifier: MIT */
/*
 * volume prune. What it would free is measured first, without a lock; who mounts what is looked up
 * again under containers.lock, in which each is renamed: a container that is being made has its
 * volumes and its container.json within one hold of that lock, so that none of it is taken away.
 */
#include "engine/volume/prune.h"

#include <inttypes.h>
#include <stdlib.h>

#include "base/error.h"
#include "base/options.h"
#include "base/text.h"
#include "docker/labels.h"
#include "engine/container/volumes.h"
#include "engine/host/event_log.h"

typedef struct candidate {
    const char *name; /* of the list of names */
    uint64_t size;
} candidate;

typedef struct pruning {
    wcow_host *host;
    const wcow_prune_options *options;
    bool all;
    string_list names;
    candidate *items;
    size_t count;
    uint64_t reclaimed;
    wcow_error first;
} pruning;

static bool is_used(const catalog *containers, const char *name)
{
    for (size_t i = 0; i < containers->count; i++)
        if (volume_is_used_by(&containers->items[i], name))
            return true;
    return false;
}

/* One that a newer wcow made stays. */
static bool is_to_go(const pruning *p, const char *name)
{
    cleanup_volume volume *v = NULL;

    return !volume_open(p->host, name, &v, NULL) && (p->all || v->anonymous) &&
           labels_fit(&v->labels, p->options->labels, p->options->without);
}

static wcow_status measure(pruning *p, wcow_error *err)
{
    cleanup_catalog catalog containers = CATALOG_INIT;
    wcow_status status = volume_names(p->host, &p->names, err);

    if (!status)
        status = catalog_read(p->host, &containers, err);
    if (status)
        return status;
    p->items = calloc(p->names.count + 1, sizeof *p->items);
    if (!p->items)
        return error_no_memory(err);
    for (size_t i = 0; i < p->names.count; i++) {
        const char *name = p->names.items[i];

        if (!is_used(&containers, name) && is_to_go(p, name))
            p->items[p->count++] = (candidate){name, volume_size(p->host, name)};
    }
    return WCOW_OK;
}

static void retire(pruning *p, const candidate *c)
{
    wcow_error problem = WCOW_ERROR_INIT;
    wcow_status status;

    if (!volume_exists(p->host, c->name)) /* somebody else was faster */
        return;
    status = volume_retire(p->host, c->name, &problem);
    error_keep_first(&p->first, status, &problem);
    if (status)
        return;
    p->reclaimed += c->size;
    if (p->options->removed)
        p->options->removed(p->options->context, WCOW_PRUNED_VOLUME, c->name);
}

/* Even if there is nothing to prune: what a crash left goes, too. */
static wcow_status retire_all(pruning *p, wcow_error *err)
{
    cleanup_lock store_lock lock = STORE_LOCK_INIT;
    cleanup_catalog catalog containers = CATALOG_INIT;
    wcow_status status = catalog_lock(p->host, &lock, err);

    if (!status)
        status = catalog_read(p->host, &containers, err);
    if (status)
        return status;
    for (size_t i = 0; i < p->count; i++)
        if (!is_used(&containers, p->items[i].name))
            retire(p, &p->items[i]);
    return volume_sweep_new(p->host, err);
}

static void note(const pruning *p)
{
    cleanup_free char *bytes = text_format("%" PRIu64, p->reclaimed);
    const event_attribute reclaimed = {"reclaimed", bytes};

    event_note(p->host, "volume", "prune", "", &reclaimed, 1);
}

wcow_status volumes_prune(wcow_host *host, const wcow_prune_options *options, bool all,
                          uint64_t *reclaimed, wcow_error *err)
{
    pruning p = {.host = host,
                 .options = options,
                 .all = all,
                 .names = STRING_LIST_INIT,
                 .first = WCOW_ERROR_INIT};
    wcow_error problem = WCOW_ERROR_INIT;
    wcow_status status = measure(&p, &problem);

    if (!status)
        status = retire_all(&p, &problem);
    error_keep_first(&p.first, status, &problem);
    status = volume_sweep(host, &problem);
    error_keep_first(&p.first, status, &problem);
    note(&p);
    *reclaimed += p.reclaimed;
    string_list_free(&p.names);
    free(p.items);
    return error_pass(err, p.first.status, &p.first);
}

wcow_status wcow_volume_prune(wcow_host *host, const wcow_prune_options *options,
                              wcow_prune_report *report, wcow_error *err)
{
    wcow_prune_options wish = WCOW_PRUNE_OPTIONS_INIT;
    wcow_prune_report done = {0};
    wcow_status status = options_copy(&wish, sizeof wish, options, "wcow_prune_options", err);

    if (!status && wish.until)
        status = error_set(err, WCOW_INVALID, "invalid filter 'until': volumes have no age");
    if (status)
        return status;
    status = volumes_prune(host, &wish, wish.all, &done.reclaimed, err);
    if (report)
        *report = done;
    return status;
}
