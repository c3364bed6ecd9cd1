/* SPDX-License-Identifier: MIT */
/* system prune: everything of wcow's that nobody uses. Others' things are never touched. */
#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#include <wcow/network.h>

#include "base/error.h"
#include "base/options.h"
#include "base/text.h"
#include "docker/labels.h"
#include "engine/container/catalog.h"
#include "engine/container/container.h"
#include "engine/container/container_service.h"
#include "engine/container/exec_note.h"
#include "engine/container/id.h"
#include "engine/container/reconcile.h"
#include "engine/container/remove.h"
#include "engine/container/run_request.h"
#include "engine/container/volumes.h"
#include "engine/host/event_log.h"
#include "engine/host/host_stores.h"
#include "engine/host/paths.h"
#include "engine/image/prune.h"
#include "engine/network/left_spaces.h"
#include "engine/network/network_notes.h"
#include "engine/system/disk_usage.h"
#include "engine/system/prune.h"
#include "engine/volume/prune.h"
#include "hcs/system.h"
#include "network/endpoint.h"
#include "network/namespace.h"

/* What a prune has done. It goes on over failures, and tells the first. */
typedef struct pruning {
    wcow_host *host;
    const wcow_prune_options *options;
    wcow_prune_report report;
    uint64_t of_volumes; /* bytes */
    string_list kept;    /* ids of containers that are left */
    wcow_error first;    /* what could not be done */
} pruning;

static bool has_filters(const wcow_prune_options *options)
{
    return options->until || options->labels || options->without;
}

static void announce(const pruning *p, wcow_pruned what, const char *line)
{
    if (p->options->removed)
        p->options->removed(p->options->context, what, line);
}

/* ---- containers ---- */

static void count_released(pruning *p, const released *freed)
{
    p->report.systems += freed->systems;
    p->report.layers += freed->layers;
    p->report.endpoints += freed->endpoints;
}

/* Releases first, to count what there was; then removes. */
static wcow_status remove_resting(pruning *p, const entry *e, wcow_error *err)
{
    wcow_host *host = p->host;
    const char *id = e->record->id;
    cleanup_lock store_lock owner = STORE_LOCK_INIT;
    cleanup_state state *s = NULL;
    released freed = {0, 0, 0};
    wcow_status unreadable;
    wcow_status status = container_own(host, id, 0, &owner, err);

    if (status == WCOW_TIMEOUT) /* another command is at work on it, and no failure */
        return string_list_add(&p->kept, id) ? WCOW_OK : error_no_memory(err);
    if (!status)
        status = state_look(NULL, host, id, &s, &unreadable, err);
    if (status || container_started_meanwhile(host, id, s))
        return status;
    status = container_release(host, id, s, &freed, err);
    count_released(p, &freed);
    if (!status)
        status = removal_carry_out(host, id, NULL, false, &owner, err);
    if (status)
        return status;
    p->report.containers++;
    announce(p, WCOW_PRUNED_CONTAINER, id);
    return WCOW_OK;
}

static bool is_to_go(const pruning *p, const record *r, const state *s)
{
    const wcow_prune_options *options = p->options;

    if (s->phase != PHASE_CREATED && s->phase != PHASE_EXITED && s->phase != PHASE_DEAD)
        return false;
    return (!options->until || r->created <= options->until) &&
           labels_fit(&r->labels, options->labels, options->without);
}

static void prune_one(pruning *p, const entry *e)
{
    cleanup_container wcow_container *container =
        container_new(p->host, e->record->id, e->record->name);
    cleanup_state state *s = NULL;
    wcow_error problem = WCOW_ERROR_INIT;
    wcow_status status =
        container ? container_settle(container, &s, &problem) : error_no_memory(&problem);

    if (!status && e->unreadable == WCOW_UNSUPPORTED)
        status = error_set(&problem, e->unreadable, "%s", e->state->error);
    if (!status && is_to_go(p, e->record, s))
        status = remove_resting(p, e, &problem);
    else if (!status && !string_list_add(&p->kept, e->record->id))
        status = error_no_memory(&problem);
    if (status == WCOW_NOT_FOUND)
        return; /* gone meanwhile */
    if (status) {
        error_wrap(&problem, status, "cannot remove container '%s'",
                   *e->record->name ? e->record->name : e->record->id);
        ignore(string_list_add(&p->kept, e->record->id));
    }
    error_keep_first(&p->first, status, &problem);
}

static void prune_containers(pruning *p)
{
    cleanup_catalog catalog all = CATALOG_INIT;
    wcow_error problem = WCOW_ERROR_INIT;
    wcow_status status = catalog_read(p->host, &all, &problem);

    error_keep_first(&p->first, status, &problem);
    for (size_t i = 0; i < all.count; i++)
        prune_one(p, &all.items[i]);
}

/* ---- folders without a container ---- */

/* Whoever died before container.json was there had no use of them; who died after it was gone had
 * been told what to do with them. */
static wcow_status retire_volumes(pruning *p, const char *id, wcow_error *err)
{
    cleanup_lock store_lock lock = STORE_LOCK_INIT;
    cleanup_state state *s = NULL;
    wcow_status status;

    if (state_read(p->host, id, &s, NULL) || s->phase != PHASE_CREATING)
        return WCOW_OK;
    status = catalog_lock(p->host, &lock, err);
    return status ? status : volumes_retire_unfinished(p->host, id, err);
}

static wcow_status sweep_folder(pruning *p, const char *id, wcow_error *err)
{
    const state everything = {
        .system = true, .mounted = true, .networked = true, .guarded = true, .guard_guessed = true};
    cleanup_lock store_lock owner = STORE_LOCK_INIT;
    released freed = {0, 0, 0};
    state s = everything;
    wcow_status status = container_own(p->host, id, 0, &owner, err);

    if (status == WCOW_TIMEOUT || status == WCOW_NOT_FOUND)
        return WCOW_OK; /* its creator or remover is at work, or done */
    if (!status)
        status = container_release(p->host, id, &s, &freed, err);
    if (!status)
        status = retire_volumes(p, id, err);
    store_lock_release(&owner);
    if (!status)
        status = removal_sweep(p->host, id, err);
    if (status)
        return status;
    p->report.systems += freed.systems;
    p->report.endpoints += freed.endpoints;
    p->report.containers++;
    announce(p, WCOW_PRUNED_CONTAINER, id);
    return WCOW_OK;
}

static void prune_debris(pruning *p)
{
    cleanup_strings string_list ids = STRING_LIST_INIT;
    cleanup_lock store_lock lock = STORE_LOCK_INIT;
    wcow_error problem = WCOW_ERROR_INIT;
    wcow_status status = catalog_lock(p->host, &lock, &problem);

    /* Folders are made under this lock: what has no container.json now never will. */
    if (!status)
        status = catalog_debris(p->host, &ids, &problem);
    store_lock_release(&lock);
    error_keep_first(&p->first, status, &problem);
    for (size_t i = 0; i < ids.count; i++) {
        wcow_error trouble = WCOW_ERROR_INIT;

        status = sweep_folder(p, ids.items[i], &trouble);
        error_keep_first(&p->first, status, &trouble);
    }
}

/* ---- what stands on nothing in the store ---- */

/*
 * Whether a system or endpoint is ours to take, by the container that it says it is of: one that
 * has a folder in this store and is not kept. Another store of wcow's on this host has folders of
 * its own, and monitors that end what is theirs.
 */
static bool is_ours(const pruning *p, const char *id)
{
    cleanup_free char *folder = NULL;

    if (!id || !id_valid(id) || string_list_contains(&p->kept, id))
        return false;
    folder = path_of_container(p->host, id);
    return folder && store_exists(p->host, folder);
}

static void prune_systems(pruning *p, hcs_port *hcs)
{
    cleanup_json cJSON *systems = NULL;
    wcow_error problem = WCOW_ERROR_INIT;
    wcow_status status =
        compute_systems(hcs, p->host->version.build, RUN_OWNER, &systems, &problem);
    const cJSON *item;

    error_keep_first(&p->first, status, &problem);
    cJSON_ArrayForEach (item, systems) {
        const char *id = json_text(item, "Id", json_text(item, "Name", NULL));
        wcow_error trouble = WCOW_ERROR_INIT;

        if (!is_ours(p, id))
            continue;
        status = compute_system_destroy(hcs, id, NULL, &trouble);
        if (!status)
            p->report.systems++;
        error_keep_first(&p->first, status, &trouble);
    }
}

static void prune_endpoints(pruning *p, hcs_port *hcs)
{
    hns_endpoint *endpoints = NULL;
    size_t count = 0;
    wcow_error problem = WCOW_ERROR_INIT;
    wcow_status status = hns_endpoints(hcs, &endpoints, &count, &problem);

    error_keep_first(&p->first, status, &problem);
    for (size_t i = 0; i < count; i++) {
        wcow_error trouble = WCOW_ERROR_INIT;

        if (!is_ours(p, hns_endpoint_container(&endpoints[i])))
            continue;
        status = hns_endpoint_delete(hcs, endpoints[i].id, &trouble);
        if (!status)
            p->report.endpoints++;
        error_keep_first(&p->first, status, &trouble);
    }
    hns_endpoints_free(endpoints, count);
}

static void count_image(void *context, const char *line)
{
    pruning *p = context;

    p->report.images += text_starts_with(line, "deleted: ");
    announce(p, WCOW_PRUNED_IMAGE, line);
}

static void tell_network(void *context, const char *name)
{
    announce(context, WCOW_PRUNED_NETWORK, name);
}

/* Once the endpoints that crashes left are gone. */
static void prune_networks(pruning *p)
{
    wcow_network_prune_options options = WCOW_NETWORK_PRUNE_OPTIONS_INIT;
    wcow_error problem = WCOW_ERROR_INIT;
    wcow_status status;

    if (network_notes_absent(p->host))
        return;
    options.until = p->options->until;
    options.labels = p->options->labels;
    options.without = p->options->without;
    options.removed = tell_network;
    options.context = p;
    status = wcow_network_prune(p->host, &options, &problem);
    error_keep_first(&p->first, status, &problem);
}

/* Images without a name and what no image names; then what broken imports and removals left. */
static void prune_store(pruning *p)
{
    wcow_image_prune_options options = WCOW_IMAGE_PRUNE_OPTIONS_INIT;
    wcow_error problem = WCOW_ERROR_INIT;
    image_store images;
    layer_store layers;
    size_t swept = 0;
    wcow_status status;

    options.all = p->options->all;
    options.until = p->options->until;
    options.labels = p->options->labels;
    options.without = p->options->without;
    status = images_prune(p->host, &options, (removal_listener){count_image, p}, &p->report.layers,
                          &problem);
    error_keep_first(&p->first, status, &problem);
    if (has_filters(p->options))
        return;
    status = host_images(p->host, &images, &problem);
    if (!status)
        status = image_store_sweep(&images, &problem);
    error_keep_first(&p->first, status, &problem);
    if (host_layers(p->host, &layers, NULL))
        return;
    status = layer_sweep(&layers, &swept, &problem);
    p->report.layers += swept;
    error_keep_first(&p->first, status, &problem);
}

static void prune_services(pruning *p)
{
    wcow_error problem = WCOW_ERROR_INIT;
    size_t swept = 0;
    const wcow_status status = container_services_sweep(p->host, &swept, &problem);

    error_keep_first(&p->first, status, &problem);
}

/* ---- volumes ---- */

static wcow_status sweep_new_volumes(wcow_host *host, wcow_error *err)
{
    cleanup_lock store_lock lock = STORE_LOCK_INIT;
    wcow_status status = catalog_lock(host, &lock, err);

    return status ? status : volume_sweep_new(host, err);
}

/* Those of nobody, if asked for; what crashes left of others in any case. */
static void prune_volumes(pruning *p)
{
    wcow_error problem = WCOW_ERROR_INIT;
    wcow_status status;

    if (p->options->volumes) {
        status = volumes_prune(p->host, p->options, false, &p->of_volumes, &problem);
    } else {
        status = sweep_new_volumes(p->host, &problem);
        if (!status)
            status = volume_sweep(p->host, &problem);
    }
    error_keep_first(&p->first, status, &problem);
}

static void prune_spaces(pruning *p)
{
    wcow_error problem = WCOW_ERROR_INIT;
    const wcow_status status = left_spaces_retry(p->host, &problem);

    error_keep_first(&p->first, status, &problem);
}

/* What has neither age nor labels is not what a filter asks for. */
static void prune_leftovers(pruning *p)
{
    hcs_port *hcs;

    if (has_filters(p->options))
        return;
    if (!host_hcs(p->host, &hcs, NULL)) {
        prune_systems(p, hcs);
        prune_spaces(p);
        prune_endpoints(p, hcs);
    }
    prune_debris(p);
    prune_services(p);
    exec_notes_sweep(p->host, NULL);
}

static void tell(const pruning *p)
{
    char bytes[24];

    snprintf(bytes, sizeof bytes, "%" PRIu64, p->report.reclaimed);
    event_note(p->host, "container", "prune", "", &(event_attribute){"reclaimed", bytes}, 1);
}

static wcow_status prune(wcow_host *host, const wcow_prune_options *options, bool everything,
                         wcow_prune_report *report, wcow_error *err)
{
    wcow_prune_options wish = WCOW_PRUNE_OPTIONS_INIT;
    pruning p = {
        .host = host, .options = &wish, .kept = STRING_LIST_INIT, .first = WCOW_ERROR_INIT};
    uint64_t before;
    uint64_t after;
    wcow_status status = options_copy(&wish, sizeof wish, options, "wcow_prune_options", err);

    if (!status && everything && wish.volumes && wish.until)
        status = error_set(err, WCOW_INVALID, "invalid filter 'until': volumes have no age");
    if (!status)
        status = store_make_directory(host, host->root, err);
    if (status)
        return status;
    before = disk_total(host);
    prune_containers(&p);
    if (everything) {
        prune_leftovers(&p);
        prune_networks(&p);
        prune_volumes(&p);
        prune_store(&p);
    }
    after = disk_total(host);
    p.report.reclaimed = (before > after ? before - after : 0) + p.of_volumes;
    tell(&p);
    string_list_free(&p.kept);
    if (report)
        *report = p.report;
    return error_pass(err, p.first.status, &p.first);
}

wcow_status wcow_host_prune(wcow_host *host, const wcow_prune_options *options,
                            wcow_prune_report *report, wcow_error *err)
{
    return prune(host, options, true, report, err);
}

wcow_status wcow_container_prune(wcow_host *host, const wcow_prune_options *options,
                                 wcow_prune_report *report, wcow_error *err)
{
    return prune(host, options, false, report, err);
}

/* ---- leftovers alone ---- */

/* Whatever stands for it: the service is asked for systems, endpoints and namespaces of that name.
 */
static wcow_status release_resting(wcow_host *host, const entry *e, bool everything,
                                   wcow_error *err)
{
    const char *id = e->record->id;
    cleanup_lock store_lock owner = STORE_LOCK_INIT;
    cleanup_state state *s = NULL;
    wcow_status unreadable;
    wcow_status status = container_own(host, id, 0, &owner, err);

    if (status)
        return status == WCOW_TIMEOUT || status == WCOW_NOT_FOUND ? WCOW_OK : status;
    status = state_look(NULL, host, id, &s, &unreadable, err);
    if (status || unreadable || state_is_busy(s))
        return status == WCOW_NOT_FOUND ? WCOW_OK : status;
    s->system = s->system || everything;
    s->networked = s->networked || everything;
    s->guard_guessed = s->guard_guessed || (everything && !s->guarded);
    s->guarded = s->guarded || everything;
    if (!s->system && !s->networked && !s->mounted && !s->guarded && !(s->space && *s->space))
        return WCOW_OK;
    status = container_release(host, id, s, NULL, err);
    return status ? status : state_write(host, id, s, err);
}

static wcow_status give_back(wcow_host *host, const entry *e, const string_list *stand,
                             wcow_error *err)
{
    cleanup_container wcow_container *container = NULL;
    cleanup_state state *s = NULL;
    wcow_status status;

    if (e->unreadable)
        return WCOW_OK; /* another finding */
    container = container_new(host, e->record->id, e->record->name);
    if (!container)
        return error_no_memory(err);
    status = container_settle(container, &s, err);
    if (status)
        return status == WCOW_NOT_FOUND ? WCOW_OK : status;
    return state_is_busy(s)
               ? WCOW_OK
               : release_resting(host, e, string_list_contains(stand, e->record->id), err);
}

/* Namespaces have no owner; their ids tell it, if one knows the containers. */
static wcow_status in_namespaces(hcs_port *hcs, const catalog *all, string_list *out,
                                 wcow_error *err)
{
    cleanup_strings string_list spaces = STRING_LIST_INIT;
    wcow_error problem = WCOW_ERROR_INIT;
    wcow_status status = hns_namespaces(hcs, &spaces, &problem);

    if (status)
        return status == WCOW_UNSUPPORTED ? WCOW_OK : error_pass(err, status, &problem);
    for (size_t i = 0; i < spaces.count; i++) {
        const char *id = catalog_of_namespace(all, spaces.items[i]);

        if (id && !string_list_add(out, id))
            return error_no_memory(err);
    }
    return WCOW_OK;
}

/* Ids of containers that a system of ours, an endpoint or a namespace stands for. */
static wcow_status standing(wcow_host *host, const catalog *all, string_list *out, wcow_error *err)
{
    cleanup_json cJSON *systems = NULL;
    hns_endpoint *endpoints = NULL;
    size_t count = 0;
    hcs_port *hcs = NULL;
    const cJSON *item;
    bool fine = true;
    wcow_status status = host_hcs(host, &hcs, err);

    if (!status)
        status = compute_systems(hcs, host->version.build, RUN_OWNER, &systems, err);
    cJSON_ArrayForEach (item, systems)
        fine = fine && string_list_add(out, json_text(item, "Id", json_text(item, "Name", "")));
    if (!status)
        status = hns_endpoints(hcs, &endpoints, &count, err);
    for (size_t i = 0; i < count && fine; i++) {
        const char *id = hns_endpoint_container(&endpoints[i]);

        fine = !id || string_list_add(out, id);
    }
    hns_endpoints_free(endpoints, count);
    if (!fine)
        return error_no_memory(err);
    return status ? status : in_namespaces(hcs, all, out, err);
}

wcow_status leftovers_release(wcow_host *host, wcow_error *err)
{
    pruning p = {.host = host, .kept = STRING_LIST_INIT, .first = WCOW_ERROR_INIT};
    wcow_prune_options nothing = WCOW_PRUNE_OPTIONS_INIT;
    cleanup_catalog catalog all = CATALOG_INIT;
    cleanup_strings string_list stand = STRING_LIST_INIT;
    wcow_status status = catalog_read(host, &all, err);

    p.options = &nothing;
    if (!status)
        status = standing(host, &all, &stand, err);
    if (status)
        return status;
    for (size_t i = 0; i < all.count; i++) {
        wcow_error problem = WCOW_ERROR_INIT;

        status = give_back(host, &all.items[i], &stand, &problem);
        error_keep_first(&p.first, status, &problem);
    }
    prune_spaces(&p);
    prune_debris(&p);
    exec_notes_sweep(host, NULL);
    return error_pass(err, p.first.status, &p.first);
}
