/* SPDX-License-Identifier: MIT */
/*
 * update: limits and the restart policy of a container that is there. They are written down first
 * (configuration.h), then whoever runs is changed, as far as the service can: a start that comes
 * between has read what was written, or its state says that it runs. What cannot be changed while
 * it runs is told as a warning, and counts from the next start on.
 */
#include <wcow/update.h>

#include <stddef.h>

#include "base/error.h"
#include "base/options.h"
#include "base/text.h"
#include "engine/container/catalog.h"
#include "engine/container/configuration.h"
#include "engine/container/container_event.h"
#include "engine/container/container_service.h"
#include "engine/container/limits.h"
#include "engine/container/reconcile.h"
#include "engine/container/schema.h"
#include "engine/host/host.h"
#include "hcs/live_limits.h"

#define MIB (UINT64_C(1) << 20)

#define UPDATE(name) offsetof(wcow_update, name)
#define RECORD(name) offsetof(record, name)

/* Each limit of an update, and where a record keeps it. */
static const struct {
    size_t from, to;
} limits[] = {
    {UPDATE(memory), RECORD(memory)},
    {UPDATE(nano_cpus), RECORD(nano_cpus)},
    {UPDATE(cpu_count), RECORD(cpu_count)},
    {UPDATE(cpu_percent), RECORD(cpu_percent)},
    {UPDATE(cpu_shares), RECORD(cpu_shares)},
    {UPDATE(io_bandwidth), RECORD(io_bandwidth)},
    {UPDATE(io_operations), RECORD(io_operations)},
};

static uint64_t number_at(const void *object, size_t at)
{
    return *(const uint64_t *)(const void *)((const char *)object + at);
}

static bool changes_limits(const wcow_update *update)
{
    for (size_t i = 0; i < sizeof(limits) / sizeof(limits[0]); i++)
        if (number_at(update, limits[i].from) != WCOW_UNCHANGED)
            return true;
    return false;
}

/* ---- writing it down ---- */

/* A record of before the first update has no memory: config.json has. */
static wcow_status know_memory(wcow_host *host, record *r, wcow_error *err)
{
    cleanup_json cJSON *config = NULL;
    wcow_status status = configuration_read(host, r, &config, err);

    if (!status)
        r->memory =
            (uint64_t)json_integer(json_path(config, "windows.resources.memory"), "limit", 0);
    return status;
}

static void take_numbers(const wcow_update *update, record *r)
{
    for (size_t i = 0; i < sizeof(limits) / sizeof(limits[0]); i++) {
        const uint64_t given = number_at(update, limits[i].from);

        if (given != WCOW_UNCHANGED)
            *(uint64_t *)(void *)((char *)r + limits[i].to) = given;
    }
}

/* What contradicts may be one of before, which the user does not see in his words. */
static wcow_status settle(const wcow_host *host, record *r, string_list *warnings, wcow_error *err)
{
    wcow_container_spec spec = configuration_limits(r);
    wcow_status status = limits_settle(&spec, r->isolation, host->processors, warnings, err);

    if (!status)
        status = schema_check_limits(r->schema, &spec, err);
    if (status) {
        error_hint(err, "limits that were given earlier count, too; 0 takes one away.");
        return status;
    }
    r->nano_cpus = spec.nano_cpus;
    r->cpu_count = spec.cpu_count;
    r->cpu_percent = spec.cpu_percent;
    r->cpu_shares = spec.cpu_shares;
    return WCOW_OK;
}

static wcow_status take_limits(wcow_host *host, const wcow_update *update, record *r,
                               string_list *warnings, wcow_error *err)
{
    wcow_status status = r->limits_changed ? WCOW_OK : know_memory(host, r, err);

    if (status)
        return status;
    take_numbers(update, r);
    r->limits_changed = true;
    return settle(host, r, warnings, err);
}

/* As dockerd checks it for an update, too. */
static wcow_status take_policy(const char *given, record *r, wcow_error *err)
{
    restart_policy policy = {0};
    wcow_status status = given ? restart_policy_parse(given, &policy, err) : WCOW_OK;

    if (status || !given)
        return status;
    if (policy.mode != RESTART_NO && r->auto_remove)
        return error_set(err, WCOW_INVALID,
                         "Restart policy cannot be updated because AutoRemove is enabled for the "
                         "container");
    r->restart_mode = policy.mode;
    r->restart_maximum = policy.maximum;
    return WCOW_OK;
}

/* Under the catalog's lock, as a rename. */
static wcow_status write_down(wcow_container *container, const wcow_update *update,
                              string_list *warnings, record **out, wcow_error *err)
{
    cleanup_lock store_lock lock = STORE_LOCK_INIT;
    cleanup_record record *r = NULL;
    wcow_host *host = container->host;
    wcow_status status = catalog_lock(host, &lock, err);

    if (!status)
        status = container_record(container, &r, err);
    if (!status)
        status = take_policy(update->restart, r, err);
    if (!status && changes_limits(update))
        status = take_limits(host, update, r, warnings, err);
    if (!status)
        status = record_write(host, r, err);
    if (status)
        return status;
    /* It is done: who reads config.json finds the same limits without this, too. */
    if (changes_limits(update))
        ignore(configuration_rewrite(host, r, NULL));
    container_event(host, r, "update", NULL, 0);
    *out = TAKE(r);
    return WCOW_OK;
}

/* ---- while it runs ---- */

typedef struct live {
    wcow_container *container;
    const wcow_update *update;
    const record *record;
    string_list *warnings;
    compute_system *system;
} live;

static wcow_status warn(const live *l, const char *what, const char *why, wcow_error *err)
{
    return string_list_own(
               l->warnings,
               text_format("container '%s' goes on with the %s that it has: the new one "
                           "counts from its next start on (%s)",
                           l->container->name, what, why))
               ? WCOW_OK
               : error_no_memory(err);
}

static wcow_status change(const live *l, const char *what, live_limit which, uint64_t value,
                          wcow_error *err)
{
    wcow_error refused = WCOW_ERROR_INIT;
    const uint32_t build = l->container->host->version.build;

    if (!live_limit_change(l->system, build, which, value, &refused))
        return WCOW_OK;
    return warn(l, what, refused.message, err);
}

static bool is_given(uint64_t limit)
{
    return limit != WCOW_UNCHANGED;
}

static wcow_status change_memory(const live *l, wcow_error *err)
{
    static const char what[] = "memory limit";

    if (!is_given(l->update->memory))
        return WCOW_OK;
    if (l->record->memory < MIB)
        return warn(l, what, "the service knows no request that takes it away", err);
    return change(l, what, LIVE_MEMORY, l->record->memory / MIB, err);
}

/* The service takes one of the three; both of --cpus and --cpu-count can be had at a start alone.
 */
static wcow_status change_processors(const live *l, wcow_error *err)
{
    static const char what[] = "limit of processors";
    const wcow_update *u = l->update;
    const wcow_container_spec spec = configuration_limits(l->record);
    oci_config oci = {0};

    if (!is_given(u->nano_cpus) && !is_given(u->cpu_count) && !is_given(u->cpu_percent) &&
        !is_given(u->cpu_shares))
        return WCOW_OK;
    limits_to_oci(&spec, l->record->isolation, l->container->host->processors, &oci);
    if (!oci.cpu_count + !oci.cpu_maximum + !oci.cpu_shares != 2)
        return warn(l, what, "the service changes one kind of limit at a time, and takes none away",
                    err);
    if (oci.cpu_count)
        return change(l, what, LIVE_CPU_COUNT, oci.cpu_count, err);
    if (oci.cpu_maximum)
        return change(l, what, LIVE_CPU_MAXIMUM, oci.cpu_maximum, err);
    return change(l, what, LIVE_CPU_WEIGHT, oci.cpu_shares, err);
}

static wcow_status change_disk(const live *l, wcow_error *err)
{
    if (!is_given(l->update->io_bandwidth) && !is_given(l->update->io_operations))
        return WCOW_OK;
    return warn(l, "limits of its disk", "the service knows no request for that", err);
}

/* The utility VM is the service's own, behind a container of schema 1: no request reaches it. */
static wcow_status warn_of_vm(const live *l, wcow_error *err)
{
    return warn(l, "limits", "those of a Hyper-V container are its virtual machine's", err);
}

static wcow_status change_running(live *l, wcow_error *err)
{
    cleanup_system compute_system *system = NULL;
    wcow_error problem = WCOW_ERROR_INIT;
    wcow_status status;
    hcs_port *hcs;

    if (l->record->isolation == WCOW_ISOLATION_HYPERV)
        return warn_of_vm(l, err);
    status = host_hcs(l->container->host, &hcs, &problem);
    if (!status)
        status = compute_system_open(hcs, l->container->id, NULL, &system, &problem);
    if (container_await_end(l->container, status))
        return WCOW_OK;
    if (status)
        return warn(l, "limits", problem.message, err);
    l->system = system;
    status = change_memory(l, err);
    if (!status)
        status = change_processors(l, err);
    return status ? status : change_disk(l, err);
}

static wcow_status change_live(live *l, wcow_error *err)
{
    cleanup_state state *s = NULL;
    wcow_status status = container_settle(l->container, &s, err);

    /* Between two runs of a policy the next one is a start. */
    if (status || !state_is_active(s) || s->restarting)
        return status;
    if (s->phase == PHASE_STARTING)
        return warn(l, "limits", "it is just starting", err);
    return change_running(l, err);
}

/* The policy counts as long as its monitor lives; its service is for the next boot. */
static wcow_status change_service(const live *l, wcow_error *err)
{
    wcow_error problem = WCOW_ERROR_INIT;

    if (!container_service_follow(l->container->host, l->container->id, &problem))
        return WCOW_OK;
    return string_list_own(
               l->warnings,
               text_format("container '%s' does not come back with the host as it is to: its "
                           "Windows service could not be changed: %s",
                           l->container->name, problem.message))
               ? WCOW_OK
               : error_no_memory(err);
}

wcow_status wcow_container_update(wcow_container *container, const wcow_update *given,
                                  wcow_error *err)
{
    wcow_update update = WCOW_UPDATE_INIT;
    cleanup_record record *r = NULL;
    cleanup_strings string_list warnings = STRING_LIST_INIT;
    live l = {.container = container, .update = &update, .warnings = &warnings};
    wcow_status status = options_copy(&update, sizeof update, given, "wcow_update", err);

    if (!status)
        status = write_down(container, &update, &warnings, &r, err);
    if (!status && changes_limits(&update)) {
        l.record = r;
        status = change_live(&l, err);
    }
    if (!status && update.restart)
        status = change_service(&l, err);
    if (status)
        return error_wrap(err, status, "cannot update container '%s'", container->name);
    string_list_free(&container->warnings);
    container->warnings = warnings;
    warnings = (string_list)STRING_LIST_INIT;
    return WCOW_OK;
}
