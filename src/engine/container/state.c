/* SPDX-License-Identifier: MIT */
/* state.json */
#include <stddef.h>
#include <stdlib.h>

#include "base/error.h"
#include "base/fields.h"
#include "base/text.h"
#include "engine/container/port_spec.h"
#include "engine/container/state.h"
#include "engine/host/paths.h"
#include "engine/host/store.h"

#define VERSION 1

static const char *const phase_names[] = {
    [PHASE_CREATING] = "creating", [PHASE_CREATED] = "created", [PHASE_STARTING] = "starting",
    [PHASE_RUNNING] = "running",   [PHASE_PAUSED] = "paused",   [PHASE_EXITED] = "exited",
    [PHASE_REMOVING] = "removing", [PHASE_DEAD] = "dead",       NULL,
};

#define AT_END(name) offsetof(hns_endpoint, name)

static const field endpoint_fields[] = {
    {"id", FIELD_TEXT, .at = AT_END(id), .text = ""},
    {"name", FIELD_TEXT, .at = AT_END(name), .text = ""},
    {"networkId", FIELD_TEXT, .at = AT_END(network_id), .text = ""},
    {"network", FIELD_TEXT, .at = AT_END(network_name), .text = ""},
    {"address", FIELD_TEXT, .at = AT_END(ip_address), .text = ""},
    {"prefixLength", FIELD_UINT32, .at = AT_END(prefix_length)},
    {"gateway", FIELD_TEXT, .at = AT_END(gateway), .text = ""},
    {"macAddress", FIELD_TEXT, .at = AT_END(mac_address), .text = ""},
    {"ports", FIELD_ITEMS, .at = AT_END(ports), .number = sizeof(hns_port), .members = port_fields},
    FIELDS_END,
};

#define AT(name) offsetof(state, name)

static const field fields[] = {
    {"status", FIELD_CHOICE, .at = AT(phase), .choices = phase_names},
    {"pid", FIELD_UINT32, .at = AT(pid)},
    {"monitorPid", FIELD_UINT32, .at = AT(monitor_pid)},
    {"exitCode", FIELD_UINT32, .at = AT(exit_code)},
    {"started", FIELD_TIME, .at = AT(started)},
    {"finished", FIELD_TIME, .at = AT(finished)},
    {"error", FIELD_TEXT, .at = AT(error)},
    {"endpoints", FIELD_ITEMS, .at = AT(endpoints), .number = sizeof(hns_endpoint),
     .members = endpoint_fields},
    {"networked", FIELD_BOOL, .at = AT(networked)},
    {"namespace", FIELD_TEXT, .at = AT(space)},
    {"sharedNamespace", FIELD_TEXT, .at = AT(shared_space)},
    {"joined", FIELD_TIME, .at = AT(joined)},
    {"mounted", FIELD_BOOL, .at = AT(mounted)},
    {"system", FIELD_BOOL, .at = AT(system)},
    {"guarded", FIELD_BOOL, .at = AT(guarded)},
    {"guardGuessed", FIELD_BOOL, .at = AT(guard_guessed)},
    {"made", FIELD_BOOL, .at = AT(made)},
    {"booted", FIELD_BOOL, .at = AT(booted)},
    {"lost", FIELD_BOOL, .at = AT(lost)},
    {"unknown", FIELD_BOOL, .at = AT(unknown)},
    {"restarting", FIELD_BOOL, .at = AT(restarting)},
    {"restartCount", FIELD_UINT32, .at = AT(restart_count)},
    {"stopped", FIELD_BOOL, .at = AT(stopped)},
    {"named", FIELD_BOOL, .at = AT(named)},
    {"service", FIELD_BOOL, .at = AT(service)},
    {"health", FIELD_CHOICE, .at = AT(health), .text = "none", .choices = health_states},
    {"healthStreak", FIELD_UINT32, .at = AT(health_streak)},
    FIELDS_END,
};

const char *phase_name(phase p)
{
    /* Docker has no words for what lasts moments only. */
    if (p == PHASE_CREATING || p == PHASE_STARTING)
        return "created";
    return phase_names[p];
}

const char *state_name(const state *s)
{
    return s->restarting && s->phase == PHASE_RUNNING ? "restarting" : phase_name(s->phase);
}

restart_facts state_restart_facts(const state *s)
{
    return (restart_facts){
        .exit_code = s->exit_code, .count = s->restart_count, .stopped = s->stopped};
}

bool state_is_running(const state *s)
{
    return s->phase == PHASE_RUNNING || s->phase == PHASE_PAUSED;
}

bool state_is_active(const state *s)
{
    return s->phase == PHASE_STARTING || state_is_running(s);
}

bool state_is_busy(const state *s)
{
    return state_is_active(s) || s->phase == PHASE_CREATING || s->phase == PHASE_REMOVING;
}

wcow_status state_exit_code(const state *s, uint32_t *out, wcow_error *err)
{
    if (s->unknown)
        return error_set(err, WCOW_EXIT_UNKNOWN, "%s", s->error ? s->error : "nobody knows why");
    *out = s->exit_code;
    return WCOW_OK;
}

void state_free(state *s)
{
    if (!s)
        return;
    cJSON_Delete(s->read);
    free(s->error);
    free(s->space);
    free(s->shared_space);
    hns_endpoint_list_free(&s->endpoints);
    free(s);
}

state *state_unreadable(const char *reason)
{
    cleanup_state state *s = calloc(1, sizeof *s);

    if (!s || !text_replace(&s->error, reason))
        return NULL;
    s->phase = PHASE_DEAD;
    s->unknown = true;
    s->exit_code = EXIT_CODE_LOST;
    s->system = s->mounted = s->networked = s->guarded = s->made = s->service = true;
    s->guard_guessed = true;
    return TAKE(s);
}

/* Before containers had several, the one endpoint's id was all that was noted. */
static const field old_fields[] = {
    {"endpoint", FIELD_TEXT, .at = AT_END(id), .text = ""},
    FIELDS_END,
};

static bool take_old_endpoint(state *s, const json_piece *copy, cJSON *own)
{
    cleanup_endpoint hns_endpoint endpoint = HNS_ENDPOINT_INIT;

    if (!(own ? fields_read(old_fields, own, &endpoint) : fields_scan(old_fields, copy, &endpoint)))
        return false;
    if (*endpoint.id && !hns_endpoint_list_find(&s->endpoints, endpoint.id) &&
        !hns_endpoint_list_add(&s->endpoints, &endpoint))
        return false;
    cJSON_DeleteItemFromObjectCaseSensitive(own, "endpoint");
    return true;
}

static const summary_file kept = {FILE_STATE, VERSION, fields};

static wcow_status read_from(summary *known, wcow_host *host, const char *id, state **out,
                             wcow_error *err)
{
    cleanup_json cJSON *own = NULL;
    cleanup_state state *s = calloc(1, sizeof *s);
    json_piece copy = {"", 0};
    wcow_status status =
        s ? summary_read(known, host, id, &kept, &copy, &own, err) : error_no_memory(err);

    if (status)
        return status;
    if (!(own ? fields_read(fields, own, s) : fields_scan(fields, &copy, s))) {
        cleanup_free char *path = path_in_container(host, id, FILE_STATE);

        return error_set(err, WCOW_CORRUPT, "'%s' is damaged: not what wcow wrote",
                         path ? path : FILE_STATE);
    }
    if (!take_old_endpoint(s, &copy, own))
        return error_no_memory(err);
    s->copied = !own;
    s->read = TAKE(own);
    *out = TAKE(s);
    return WCOW_OK;
}

wcow_status state_read(wcow_host *host, const char *id, state **out, wcow_error *err)
{
    return read_from(NULL, host, id, out, err);
}

/* A removal takes container.json away first: while that is there, the state has to be, too. */
static bool is_container(wcow_host *host, const char *id)
{
    cleanup_free char *path = path_in_container(host, id, FILE_RECORD);

    return path && store_exists(host, path);
}

wcow_status state_look(summary *known, wcow_host *host, const char *id, state **out,
                       wcow_status *unreadable, wcow_error *err)
{
    wcow_error problem = WCOW_ERROR_INIT;
    wcow_status status = read_from(known, host, id, out, &problem);

    if (known && status == WCOW_CORRUPT) { /* of what a copy is not fit for, the file decides */
        summary_drop(known, id, FILE_STATE);
        status = read_from(known, host, id, out, &problem);
        if (status)
            summary_drop(known, id, FILE_STATE);
    }
    *unreadable = WCOW_OK;
    if (!status)
        return WCOW_OK;
    if (status == WCOW_NOT_FOUND && is_container(host, id))
        status = error_kind(&problem, WCOW_CORRUPT);
    if (status != WCOW_CORRUPT && status != WCOW_UNSUPPORTED)
        return error_pass(err, status, &problem);
    *unreadable = status;
    *out = state_unreadable(problem.message);
    return *out ? WCOW_OK : error_no_memory(err);
}

/* Some KiB more than any: at an end no endpoint is in it any more, but perhaps an error. */
#define ROOM 8192u

void state_keep_room(wcow_host *host, const char *id)
{
    cleanup_free char *path = path_in_container(host, id, FILE_SPARE);

    if (path)
        store_keep_spare(host, path, ROOM);
}

/* @param spare  NULL: there is none */
static wcow_status write_with(wcow_host *host, const char *id, const char *spare, const state *s,
                              wcow_error *err)
{
    cleanup_free char *path = path_in_container(host, id, FILE_STATE);
    cleanup_json cJSON *json = NULL;
    wcow_status status = path ? WCOW_OK : error_no_memory(err);

    if (!status && s->copied) /* the members that are not known here are in the file alone */
        status = store_read_version(host, path, VERSION, &json, err);
    if (status)
        return status;
    if (!json)
        json = s->read ? cJSON_Duplicate(s->read, true) : cJSON_CreateObject();
    if (!json || !json_put_integer(json, "version", VERSION) || !fields_write(fields, s, json))
        return error_no_memory(err);
    return store_write_with(host, path, spare, json, err);
}

wcow_status state_write(wcow_host *host, const char *id, const state *s, wcow_error *err)
{
    return write_with(host, id, NULL, s, err);
}

static wcow_status write_last(wcow_host *host, const char *id, const state *s, wcow_error *err)
{
    cleanup_free char *spare = path_in_container(host, id, FILE_SPARE);

    return spare ? write_with(host, id, spare, s, err) : error_no_memory(err);
}

typedef wcow_status state_write_fn(wcow_host *host, const char *id, const state *s,
                                   wcow_error *err);

/* @param write  NULL: it is only looked at */
static wcow_status with_lock(wcow_host *host, const char *id, state_write_fn *write,
                             state_change_fn *change, void *context, wcow_error *err)
{
    cleanup_free char *path = path_in_container(host, id, FILE_CHANGE_LOCK);
    cleanup_lock store_lock lock = STORE_LOCK_INIT;
    cleanup_state state *s = NULL;
    wcow_status status;

    if (!path)
        return error_no_memory(err);
    status = store_lock_take(host, path, host->limits.lock, &lock, err);
    if (!status)
        status = state_read(host, id, &s, err);
    if (!status)
        status = change(context, s, err);
    return status || !write ? status : write(host, id, s, err);
}

wcow_status state_change(wcow_host *host, const char *id, state_change_fn *change, void *context,
                         wcow_error *err)
{
    return with_lock(host, id, state_write, change, context, err);
}

wcow_status state_change_last(wcow_host *host, const char *id, state_change_fn *change,
                              void *context, wcow_error *err)
{
    return with_lock(host, id, write_last, change, context, err);
}

wcow_status state_look_at(wcow_host *host, const char *id, state_change_fn *look, void *context,
                          wcow_error *err)
{
    return with_lock(host, id, NULL, look, context, err);
}
