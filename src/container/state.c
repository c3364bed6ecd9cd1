/* SPDX-License-Identifier: MIT */
/* state.json */
#include <stdlib.h>

#include "base/error.h"
#include "base/text.h"
#include "container/host/paths.h"
#include "container/host/store.h"
#include "container/host/times.h"
#include "container/record.h"

static const char *const phase_names[] = {
    [PHASE_CREATING] = "creating", [PHASE_CREATED] = "created", [PHASE_STARTING] = "starting",
    [PHASE_RUNNING] = "running",   [PHASE_PAUSED] = "paused",   [PHASE_EXITED] = "exited",
    [PHASE_REMOVING] = "removing", [PHASE_DEAD] = "dead",
};

#define PHASE_COUNT (sizeof phase_names / sizeof phase_names[0])

const char *phase_name(phase p)
{
    /* Docker has no words for what lasts moments only. */
    if (p == PHASE_CREATING || p == PHASE_STARTING)
        return "created";
    return phase_names[p];
}

bool state_is_active(const state *s)
{
    return s->phase == PHASE_STARTING || s->phase == PHASE_RUNNING || s->phase == PHASE_PAUSED;
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
    free(s->error);
    free(s->endpoint);
    free(s);
}

bool state_set(char **where, const char *value)
{
    char *copy = text_copy(value);

    if (value && !copy)
        return false;
    free(*where);
    *where = copy;
    return true;
}

static cJSON *state_to_json(const state *s)
{
    cleanup_json cJSON *json = cJSON_CreateObject();
    char started[TIME_TEXT_SIZE];
    char finished[TIME_TEXT_SIZE];

    docker_time_print(s->started, started);
    docker_time_print(s->finished, finished);
    if (!json || !json_add_text(json, "status", phase_names[s->phase]) ||
        !json_add_integer(json, "pid", s->pid) ||
        !json_add_integer(json, "monitorPid", s->monitor_pid) ||
        !json_add_integer(json, "exitCode", s->exit_code) ||
        !json_add_text(json, "started", started) || !json_add_text(json, "finished", finished) ||
        !json_add_text(json, "error", s->error) || !json_add_text(json, "endpoint", s->endpoint) ||
        !json_add_bool(json, "networked", s->networked) ||
        !json_add_bool(json, "mounted", s->mounted) || !json_add_bool(json, "system", s->system) ||
        !json_add_bool(json, "booted", s->booted) || !json_add_bool(json, "lost", s->lost) ||
        !json_add_bool(json, "unknown", s->unknown))
        return NULL;
    return TAKE(json);
}

static bool read_phase(const char *name, phase *out)
{
    for (size_t i = 0; i < PHASE_COUNT; i++) {
        if (text_equal(name, phase_names[i])) {
            *out = (phase)i;
            return true;
        }
    }
    return false;
}

static state *state_from_json(const cJSON *json)
{
    cleanup_state state *s = calloc(1, sizeof *s);

    if (!s || !read_phase(json_text(json, "status", NULL), &s->phase) ||
        !docker_time_parse(json_text(json, "started", ""), &s->started) ||
        !docker_time_parse(json_text(json, "finished", ""), &s->finished) ||
        !state_set(&s->error, json_text(json, "error", NULL)) ||
        !state_set(&s->endpoint, json_text(json, "endpoint", NULL)))
        return NULL;
    s->pid = (uint32_t)json_integer(json, "pid", 0);
    s->monitor_pid = (uint32_t)json_integer(json, "monitorPid", 0);
    s->exit_code = (uint32_t)json_integer(json, "exitCode", 0);
    s->networked = json_bool(json, "networked", false);
    s->mounted = json_bool(json, "mounted", false);
    s->system = json_bool(json, "system", false);
    s->booted = json_bool(json, "booted", false);
    s->lost = json_bool(json, "lost", false);
    s->unknown = json_bool(json, "unknown", false);
    return TAKE(s);
}

wcow_status state_read(wcow_host *host, const char *id, state **out, wcow_error *err)
{
    cleanup_free char *path = path_in_container(host, id, FILE_STATE);
    cleanup_json cJSON *json = NULL;
    wcow_status status;
    state *s;

    if (!path)
        return error_no_memory(err);
    status = store_read(host, path, &json, err);
    if (status)
        return status;
    s = state_from_json(json);
    if (!s)
        return error_set(err, WCOW_CORRUPT, "'%s' is damaged: not what wcow wrote", path);
    *out = s;
    return WCOW_OK;
}

wcow_status state_write(wcow_host *host, const char *id, const state *s, wcow_error *err)
{
    cleanup_free char *path = path_in_container(host, id, FILE_STATE);
    cleanup_json cJSON *json = state_to_json(s);

    if (!path || !json)
        return error_no_memory(err);
    return store_write(host, path, json, err);
}

wcow_status state_change(wcow_host *host, const char *id, state_change_fn *change, void *context,
                         wcow_error *err)
{
    cleanup_free char *path = path_in_container(host, id, FILE_CHANGE_LOCK);
    cleanup_lock store_lock lock = STORE_LOCK_INIT;
    cleanup_state state *s = NULL;
    wcow_status status;

    if (!path)
        return error_no_memory(err);
    status = store_lock_take(host, path, host->limits.lock, &lock, err);
    if (status)
        return status;
    status = state_read(host, id, &s, err);
    if (status)
        return status;
    status = change(context, s, err);
    if (status)
        return status;
    return state_write(host, id, s, err);
}
