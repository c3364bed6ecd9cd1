/* SPDX-License-Identifier: MIT */
/*
 * Checks for what crashes left: containers whose monitor died, and systems, endpoints, disks,
 * folders and layers that stand for nothing. They only look; what is found is given back by
 * leftovers_release() (system/prune.h), or by whoever uses the container next.
 */
#include <wcow/service.h>

#include "base/error.h"
#include "engine/container/catalog.h"
#include "engine/container/configuration.h"
#include "engine/container/container_service.h"
#include "engine/container/id.h"
#include "engine/container/reconcile.h"
#include "engine/container/run_request.h"
#include "engine/doctor/doctor.h"
#include "engine/host/host_stores.h"
#include "engine/host/paths.h"
#include "engine/host/store.h"
#include "engine/network/left_spaces.h"
#include "engine/system/prune.h"
#include "hcs/system.h"
#include "network/endpoint.h"
#include "network/namespace.h"

#define FIX "wcow doctor --fix"

/* Some names in one line, and how many there are beside them. */
typedef struct tally {
    size_t count;
    text names;
} tally;

static void tally_free(tally *t)
{
    text_free(&t->names);
}

DEFINE_CLEANUP_VALUE(tally, tally, tally_free)

#define TALLY_NAMED 5u

static void tally_add(tally *t, const char *name)
{
    if (t->count < TALLY_NAMED)
        text_addf(&t->names, "%s%s", t->count ? ", " : "", name);
    else if (t->count == TALLY_NAMED)
        text_add(&t->names, " …");
    t->count++;
}

static const char *name_of(const entry *e)
{
    return *e->record->name ? e->record->name : e->record->id;
}

static bool read_all(examination *x, catalog *out)
{
    wcow_error err = WCOW_ERROR_INIT;

    if (!catalog_read(x->host, out, &err))
        return true;
    found_error(x, WCOW_VERDICT_UNKNOWN, &err);
    return false;
}

/* What nothing is wrong with is told in `none`; else what, and that it is ours to mend. */
static void tell(examination *x, const tally *t, const char *none, const char *one,
                 const char *many)
{
    if (!t->count) {
        found(x, "%s", none);
        return;
    }
    found(x, "%zu %s: %s", t->count, t->count == 1 ? one : many, text_get(&t->names));
    found_wrong(x, WCOW_VERDICT_WARNING, FIX);
    x->fixable = true;
}

/* ---- containers ---- */

/* Why one of its three files cannot be read, malloc'ed; NULL: all can, or it goes just now. */
static char *why_damaged(wcow_host *host, const entry *e)
{
    cleanup_json cJSON *config = NULL;
    wcow_error err = WCOW_ERROR_INIT;

    if (e->unreadable)
        return text_copy(e->state->error ? e->state->error : "");
    return configuration_read(host, e->record, &config, &err) == WCOW_CORRUPT
               ? text_copy(err.message)
               : NULL;
}

void check_damaged(examination *x)
{
    cleanup_catalog catalog all = CATALOG_INIT;
    CLEANUP(tally) tally damaged = {0, TEXT_INIT};
    bool newer = false;

    if (!read_all(x, &all))
        return;
    for (size_t i = 0; i < all.count; i++) {
        cleanup_free char *why = why_damaged(x->host, &all.items[i]);
        cleanup_free char *line = why ? text_format("%s (%s)", name_of(&all.items[i]), why) : NULL;

        if (!why)
            continue;
        tally_add(&damaged, line ? line : name_of(&all.items[i]));
        newer = newer || all.items[i].unreadable == WCOW_UNSUPPORTED;
    }
    if (!damaged.count) {
        found(x, "yes: of %zu container%s", all.count, text_plural(all.count));
        return;
    }
    found(x, "%zu cannot be read: %s", damaged.count, text_get(&damaged.names));
    found_wrong(x, WCOW_VERDICT_WARNING, "%s",
                newer ? "a newer wcow wrote them: use that one"
                      : "put copies of the files back, or take the containers away: wcow rm");
}

static bool is_lost(wcow_host *host, const entry *e)
{
    return !e->unreadable && state_is_busy(e->state) && !container_watched(host, e->record->id);
}

void check_lost(examination *x)
{
    cleanup_catalog catalog all = CATALOG_INIT;
    CLEANUP(tally) tally lost = {0, TEXT_INIT};

    if (!read_all(x, &all))
        return;
    for (size_t i = 0; i < all.count; i++)
        if (is_lost(x->host, &all.items[i]))
            tally_add(&lost, name_of(&all.items[i]));
    tell(x, &lost, "no", "container whose monitor died", "containers whose monitors died");
}

void check_scratches(examination *x)
{
    cleanup_catalog catalog all = CATALOG_INIT;
    CLEANUP(tally) tally mounted = {0, TEXT_INIT};

    if (!read_all(x, &all))
        return;
    for (size_t i = 0; i < all.count; i++) {
        const entry *e = &all.items[i];

        if (!e->unreadable && e->state->mounted &&
            (!state_is_busy(e->state) || is_lost(x->host, e)) &&
            !container_watched(x->host, e->record->id))
            tally_add(&mounted, name_of(e));
    }
    tell(x, &mounted, "no", "resting container whose disk may be mounted",
         "resting containers whose disks may be mounted");
}

/* ---- what stands for a container ---- */

enum owner { OWNER_LIVES, OWNER_RESTS, OWNER_ELSEWHERE };

/* Whether a container of this store stands behind an id, and is at work. */
static enum owner owner_of(wcow_host *host, const char *id)
{
    cleanup_free char *folder = id_valid(id) ? path_of_container(host, id) : NULL;
    CLEANUP(entry) entry e = {NULL, NULL, WCOW_OK};

    if (!folder || !store_exists(host, folder))
        return OWNER_ELSEWHERE;
    if (container_watched(host, id))
        return OWNER_LIVES;
    ignore(catalog_entry(host, id, &e, NULL));
    return e.unreadable == WCOW_UNSUPPORTED ? OWNER_ELSEWHERE : OWNER_RESTS;
}

/* Of three kinds: those at work, ours that are left, and those of other stores of wcow's. */
typedef struct crowd {
    size_t live;
    size_t others; /* of other engines */
    tally left, elsewhere;
} crowd;

static void crowd_free(crowd *c)
{
    tally_free(&c->left);
    tally_free(&c->elsewhere);
}

DEFINE_CLEANUP_VALUE(crowd, crowd, crowd_free)

static void crowd_add(crowd *c, wcow_host *host, const char *id)
{
    const enum owner owner = owner_of(host, id);

    c->live += owner == OWNER_LIVES;
    if (owner == OWNER_RESTS)
        tally_add(&c->left, id);
    if (owner == OWNER_ELSEWHERE)
        tally_add(&c->elsewhere, id);
}

static void tell_crowd(examination *x, const crowd *c, const char *others, const char *what)
{
    found(x, "%zu of running containers", c->live);
    if (c->others)
        found(x, ", %zu of %s", c->others, others);
    if (c->elsewhere.count) {
        found(x, ", %zu of another store of wcow's, of a newer wcow, or of what is gone: %s",
              c->elsewhere.count, text_get(&c->elsewhere.names));
        found_wrong(x, WCOW_VERDICT_FINE, "wcow --root FOLDER doctor looks at another store; %s",
                    what);
    }
    if (!c->left.count)
        return;
    found(x, ", %zu that nobody watches: %s", c->left.count, text_get(&c->left.names));
    found_wrong(x, WCOW_VERDICT_WARNING, FIX);
    x->fixable = true;
}

void check_systems(examination *x)
{
    CLEANUP(crowd) crowd c = {0, 0, {0, TEXT_INIT}, {0, TEXT_INIT}};
    cleanup_json cJSON *systems = NULL;
    wcow_error err = WCOW_ERROR_INIT;
    hcs_port *hcs = NULL;
    const cJSON *item;
    wcow_status status = host_hcs(x->host, &hcs, &err);

    if (!status)
        status = compute_systems(hcs, x->host->version.build, NULL, &systems, &err);
    if (status) {
        found_error(x, WCOW_VERDICT_UNKNOWN, &err);
        return;
    }
    cJSON_ArrayForEach (item, systems) {
        if (text_equal(json_text(item, "Owner", ""), RUN_OWNER))
            crowd_add(&c, x->host, json_text(item, "Id", json_text(item, "Name", "")));
        else
            c.others++;
    }
    tell_crowd(x, &c, "other engines", "hcsdiag list and hcsdiag kill end a system by its id");
}

void check_endpoints(examination *x)
{
    CLEANUP(crowd) crowd c = {0, 0, {0, TEXT_INIT}, {0, TEXT_INIT}};
    wcow_error err = WCOW_ERROR_INIT;
    hns_endpoint *endpoints = NULL;
    size_t count = 0;
    hcs_port *hcs = NULL;
    wcow_status status = host_hcs(x->host, &hcs, &err);

    if (!status)
        status = hns_endpoints(hcs, &endpoints, &count, &err);
    if (status) {
        found_error(x, WCOW_VERDICT_UNKNOWN, &err);
        return;
    }
    for (size_t i = 0; i < count; i++) {
        const char *id = hns_endpoint_container(&endpoints[i]);

        if (id)
            crowd_add(&c, x->host, id);
        else
            c.others++;
    }
    hns_endpoints_free(endpoints, count);
    tell_crowd(x, &c, "other engines", "Get-HnsEndpoint and Remove-HnsEndpoint take one away");
}

/*
 * What HNS would not delete is nobody's any more, whatever its digits say: its container goes on
 * without it, or is gone. True: they are known, and told if there are any.
 */
static bool read_left_spaces(examination *x, string_list *out)
{
    wcow_error err = WCOW_ERROR_INIT;
    const wcow_status status = left_spaces_read(x->host, out, &err);

    if (!status)
        return true;
    found_error(x, status == WCOW_CORRUPT ? WCOW_VERDICT_WARNING : WCOW_VERDICT_UNKNOWN, &err);
    if (status == WCOW_CORRUPT) {
        found_wrong(x, WCOW_VERDICT_WARNING, FIX);
        x->fixable = true;
    }
    return false;
}

/* HNS may write an id in other letters. */
static bool is_among(const string_list *ids, const char *id)
{
    for (size_t i = 0; i < ids->count; i++)
        if (text_equal_ignore_case(ids->items[i], id))
            return true;
    return false;
}

static void tell_left_spaces(examination *x, size_t count)
{
    if (!count)
        return;
    found(x, ", %zu kept until the last container in it ends", count);
    x->fixable = true;
}

static void tell_namespaces(examination *x, const string_list *spaces, const string_list *left,
                            const catalog *all)
{
    CLEANUP(crowd) crowd c = {0, 0, {0, TEXT_INIT}, {0, TEXT_INIT}};
    size_t kept = 0;

    for (size_t i = 0; i < spaces->count; i++) {
        const char *id = catalog_of_namespace(all, spaces->items[i]);

        if (is_among(left, spaces->items[i]))
            kept++;
        else if (id)
            crowd_add(&c, x->host, id);
        else
            c.others++;
    }
    tell_crowd(x, &c, "other engines or stores of wcow's",
               "Get-HnsNamespace and Remove-HnsNamespace take one away");
    tell_left_spaces(x, kept);
}

/* Nobody is noted with them: those of a container of this store begin as its id. */
void check_namespaces(examination *x)
{
    cleanup_catalog catalog all = CATALOG_INIT;
    cleanup_strings string_list spaces = STRING_LIST_INIT;
    cleanup_strings string_list left = STRING_LIST_INIT;
    wcow_error err = WCOW_ERROR_INIT;
    hcs_port *hcs = NULL;
    wcow_status status = host_hcs(x->host, &hcs, &err);

    if (!status)
        status = hns_namespaces(hcs, &spaces, &err);
    if (status == WCOW_UNSUPPORTED)
        found(x, "no: this Windows has none");
    else if (status)
        found_error(x, WCOW_VERDICT_UNKNOWN, &err);
    if (!status && read_left_spaces(x, &left) && read_all(x, &all))
        tell_namespaces(x, &spaces, &left, &all);
}

/* Those of containers that are to come back with the host are as they should be. */
void check_services(examination *x)
{
    CLEANUP(tally) tally strays = {0, TEXT_INIT};
    wcow_error err = WCOW_ERROR_INIT;
    wcow_service_info *services = NULL;
    size_t count = 0;
    size_t elsewhere = 0;
    const wcow_status status = wcow_service_list(x->host, &services, &count, &err);

    if (status) {
        found_error(x, WCOW_VERDICT_UNKNOWN, &err);
        return;
    }
    for (size_t i = 0; i < count; i++) {
        if (services[i].stray)
            tally_add(&strays, services[i].name);
        else
            elsewhere += !*services[i].container_name;
    }
    if (!strays.count)
        found(x, "no: %zu of containers, %zu of other stores", count - elsewhere, elsewhere);
    else
        tell(x, &strays, "", "service whose container is gone",
             "services whose containers are gone");
    wcow_free(services);
}

/* ---- folders ---- */

/* Folders are made under the catalog's lock: what has no container.json while we hold it is debris,
 * unless somebody is at it. */
void check_folders(examination *x)
{
    cleanup_strings string_list ids = STRING_LIST_INIT;
    cleanup_lock store_lock lock = STORE_LOCK_INIT;
    CLEANUP(tally) tally t = {0, TEXT_INIT};
    wcow_error err = WCOW_ERROR_INIT;
    wcow_status status = WCOW_OK;
    cleanup_free char *folder = path_of_containers(x->host);

    if (folder && store_exists(x->host, folder)) {
        status = catalog_lock(x->host, &lock, &err);
        if (!status)
            status = catalog_debris(x->host, &ids, &err);
    }
    store_lock_release(&lock);
    if (status) {
        found_error(x, WCOW_VERDICT_UNKNOWN, &err);
        return;
    }
    for (size_t i = 0; i < ids.count; i++)
        if (!container_watched(x->host, ids.items[i]))
            tally_add(&t, ids.items[i]);
    tell(x, &t, "no", "folder of a container that was never finished, or half removed",
         "folders of containers that were never finished, or half removed");
}

void check_layers(examination *x)
{
    cleanup_strings string_list ids = STRING_LIST_INIT;
    CLEANUP(tally) tally t = {0, TEXT_INIT};
    wcow_error err = WCOW_ERROR_INIT;
    layer_store layers;
    wcow_status status = host_layer_files(x->host, &layers, &err);

    if (!status)
        status = layer_list_leftovers(&layers, &ids, &err);
    if (status) {
        found_error(x, WCOW_VERDICT_UNKNOWN, &err);
        return;
    }
    for (size_t i = 0; i < ids.count; i++)
        tally_add(&t, ids.items[i]);
    tell(x, &t, "no", "folder of a layer that nobody finished (unless a pull is at it just now)",
         "folders of layers that nobody finished (unless a pull is at it just now)");
}

/* ---- mending ---- */

wcow_status fix_leftovers(wcow_host *host, const doctor_questions *ask, wcow_error *err)
{
    (void)ask;
    return leftovers_release(host, err);
}

wcow_status fix_services(wcow_host *host, const doctor_questions *ask, wcow_error *err)
{
    size_t swept = 0;

    (void)ask;
    return container_services_sweep(host, &swept, err);
}

/* Those that somebody is at are locked, and stay. */
wcow_status fix_layers(wcow_host *host, const doctor_questions *ask, wcow_error *err)
{
    layer_store layers;
    size_t swept = 0;
    wcow_status status = host_layers(host, &layers, err);

    (void)ask;
    return status ? status : layer_sweep(&layers, &swept, err);
}
