/* SPDX-License-Identifier: MIT */
/* Compute systems: making, opening and closing them, what is done to one, and asking for them. */
#include "hcs/system.h"

#include <stdatomic.h>
#include <stdlib.h>
#include <string.h>

#include "base/error.h"
#include "base/text.h"
#include "hcs/result.h"
#include "hcs/system_internal.h"
#include "port/clock.h"

#define ENUMERATE_AGAIN 500u
#define ENUMERATE_PAUSE 10u /* ms */

static const struct {
    uint32_t type;
    enum notice notice;
} notice_types[] = {
    {HCS_SYSTEM_EXITED, NOTICE_EXITED},
    {HCS_SYSTEM_CREATE_COMPLETED, NOTICE_CREATED},
    {HCS_SYSTEM_START_COMPLETED, NOTICE_STARTED},
    {HCS_SYSTEM_PAUSE_COMPLETED, NOTICE_PAUSED},
    {HCS_SYSTEM_RESUME_COMPLETED, NOTICE_RESUMED},
};

static void system_notified(uint32_t type, void *context, int32_t hr, const char *data)
{
    compute_system *system = context;

    (void)data;
    board_lock(&system->board);
    if (type == HCS_SERVICE_DISCONNECT)
        system->disconnected = true;
    for (size_t i = 0; i < sizeof(notice_types) / sizeof(notice_types[0]); i++) {
        if (notice_types[i].type == type) {
            system->notices[notice_types[i].notice].there = true;
            system->notices[notice_types[i].notice].hr = hr;
        }
    }
    board_changed(&system->board);
    board_unlock(&system->board);
}

/*
 * A system whose callback (or that of a process of it) could not be unregistered may be called back
 * at any later time, so its memory is never given back.
 */
static _Atomic(compute_system *) abandoned;

static void system_abandon(compute_system *system)
{
    system->next_abandoned = atomic_load(&abandoned);
    while (!atomic_compare_exchange_weak(&abandoned, &system->next_abandoned, system))
        ;
}

static void system_free(compute_system *system)
{
    board_free(&system->board);
    free(system->id);
    free(system);
}

static compute_system *system_new(hcs_port *port, const char *id, const compute_timeouts *timeouts)
{
    static const compute_timeouts defaults = COMPUTE_TIMEOUTS_INIT;
    compute_system *system = calloc(1, sizeof(*system));

    if (!system)
        return NULL;
    if (!board_init(&system->board)) {
        free(system);
        return NULL;
    }
    system->port = port;
    system->timeouts = timeouts ? *timeouts : defaults;
    system->id = text_copy(id);
    if (!system->id) {
        system_free(system);
        return NULL;
    }
    return system;
}

void compute_system_close(compute_system *system)
{
    bool still_called;

    if (!system)
        return;
    still_called = system->registration &&
                   HR_FAILED(system->port->unregister_system(system->port, system->registration));
    if (system->handle)
        (void)system->port->close_system(system->port, system->handle);
    if (still_called || system->abandoned)
        system_abandon(system);
    else
        system_free(system);
}

static wcow_status system_register(compute_system *system, wcow_error *err)
{
    int32_t hr = system->port->register_system(system->port, system->handle, system_notified,
                                               system, &system->registration);

    return error_check(err, hr, "HcsRegisterComputeSystemCallback");
}

/* A call that a notification completes. */
typedef struct pending {
    const char *call;
    enum notice notice;
    uint32_t timeout; /* ms */
} pending;

/* The board is locked. */
static wcow_status await_notice(compute_system *system, const pending *p, wcow_error *err)
{
    uint64_t deadline = ticks_after(p->timeout);

    while (!system->notices[p->notice].there) {
        if (system->notices[NOTICE_EXITED].there) {
            int32_t hr = system->notices[NOTICE_EXITED].hr;

            return error_hresult(err, HR_FAILED(hr) ? hr : HCS_UNEXPECTED_EXIT, p->call);
        }
        if (system->disconnected)
            return error_hresult(err, HCS_SERVICE_GONE, p->call);
        if (!board_wait(&system->board, deadline))
            return error_set(err, WCOW_TIMEOUT,
                             "%s: the service did not say within %u ms that it is done", p->call,
                             p->timeout);
    }
    return error_check(err, system->notices[p->notice].hr, p->call);
}

/* Makes sure that a later completion is not taken for one that was left over from before. */
static void forget_notice(compute_system *system, enum notice which)
{
    board_lock(&system->board);
    system->notices[which].there = false;
    board_unlock(&system->board);
}

/* What a call that may be pending came to: its result, or the notice that it waits for. */
static wcow_status finish(compute_system *system, const pending *p, int32_t hr, const char *result,
                          wcow_error *err)
{
    wcow_status status;

    if (!hcs_is_pending(hr))
        return hcs_check(hr, result, p->call, err);
    board_lock(&system->board);
    status = await_notice(system, p, err);
    board_unlock(&system->board);
    return status;
}

wcow_status compute_system_create(hcs_port *port, const char *id, const char *document,
                                  const compute_timeouts *timeouts, compute_system **out,
                                  wcow_error *err)
{
    cleanup_system compute_system *system = system_new(port, id, timeouts);
    cleanup_free char *result = NULL;
    pending create = {"HcsCreateComputeSystem", NOTICE_CREATED, 0};
    wcow_status status;
    int32_t hr;

    if (!system)
        return error_no_memory(err);
    create.timeout = system->timeouts.create;
    hr = port->create_system(port, id, document, &system->handle, &result);
    if (HR_FAILED(hr) && !hcs_is_pending(hr))
        return hcs_check(hr, result, create.call, err);

    /* The service keeps the completion until somebody is registered to hear it. */
    status = system_register(system, err);
    if (!status)
        status = finish(system, &create, hr, result, err);
    if (status) {
        cleanup_free char *ignored = NULL;

        (void)port->terminate_system(port, system->handle, "", &ignored);
        return status;
    }
    *out = TAKE(system);
    return WCOW_OK;
}

wcow_status compute_system_open(hcs_port *port, const char *id, const compute_timeouts *timeouts,
                                compute_system **out, wcow_error *err)
{
    cleanup_system compute_system *system = system_new(port, id, timeouts);
    cleanup_free char *result = NULL;
    wcow_status status;
    int32_t hr;

    if (!system)
        return error_no_memory(err);
    hr = port->open_system(port, id, &system->handle, &result);
    status = hcs_check(hr, result, "HcsOpenComputeSystem", err);
    if (!status)
        status = system_register(system, err);
    if (status)
        return status;
    *out = TAKE(system);
    return WCOW_OK;
}

const char *compute_system_id(const compute_system *system)
{
    return system->id;
}

wcow_status compute_system_start(compute_system *system, wcow_error *err)
{
    const pending start = {"HcsStartComputeSystem", NOTICE_STARTED, system->timeouts.start};
    cleanup_free char *result = NULL;
    int32_t hr;

    forget_notice(system, NOTICE_STARTED);
    hr = system->port->start_system(system->port, system->handle, "", &result);
    return finish(system, &start, hr, result, err);
}

wcow_status compute_system_pause(compute_system *system, wcow_error *err)
{
    const pending pause = {"HcsPauseComputeSystem", NOTICE_PAUSED, system->timeouts.pause};
    cleanup_free char *result = NULL;
    int32_t hr;

    forget_notice(system, NOTICE_PAUSED);
    hr = system->port->pause_system(system->port, system->handle, "", &result);
    return finish(system, &pause, hr, result, err);
}

wcow_status compute_system_resume(compute_system *system, wcow_error *err)
{
    const pending resume = {"HcsResumeComputeSystem", NOTICE_RESUMED, system->timeouts.pause};
    cleanup_free char *result = NULL;
    int32_t hr;

    forget_notice(system, NOTICE_RESUMED);
    hr = system->port->resume_system(system->port, system->handle, "", &result);
    return finish(system, &resume, hr, result, err);
}

/* One that is gone already will not be notified again to a handle that was opened too late. */
static wcow_status end_requested(compute_system *system, int32_t hr, const char *result,
                                 const char *call, wcow_error *err)
{
    if (hcs_is_pending(hr))
        return WCOW_OK;
    if (!hcs_is_already_stopped(hr) && !hcs_is_not_found(hr))
        return hcs_check(hr, result, call, err);

    board_lock(&system->board);
    system->notices[NOTICE_EXITED].there = true;
    board_changed(&system->board);
    board_unlock(&system->board);
    return WCOW_OK;
}

wcow_status compute_system_shutdown(compute_system *system, wcow_error *err)
{
    cleanup_free char *result = NULL;
    int32_t hr = system->port->shutdown_system(system->port, system->handle, "", &result);

    return end_requested(system, hr, result, "HcsShutdownComputeSystem", err);
}

wcow_status compute_system_terminate(compute_system *system, wcow_error *err)
{
    cleanup_free char *result = NULL;
    int32_t hr = system->port->terminate_system(system->port, system->handle, "", &result);

    return end_requested(system, hr, result, "HcsTerminateComputeSystem", err);
}

wcow_status compute_system_wait(compute_system *system, uint32_t milliseconds, wcow_error *err)
{
    uint64_t deadline = ticks_after(milliseconds);
    wcow_status status = WCOW_OK;

    board_lock(&system->board);
    while (!status && !system->notices[NOTICE_EXITED].there) {
        if (system->disconnected)
            status = error_hresult(err, HCS_SERVICE_GONE, "waiting for the container's end");
        else if (!board_wait(&system->board, deadline))
            status = error_set(err, WCOW_TIMEOUT, "the container did not end within %u ms",
                               milliseconds);
    }
    board_unlock(&system->board);
    return status;
}

wcow_status compute_system_stop(compute_system *system, uint32_t milliseconds, wcow_error *err)
{
    wcow_error problem = WCOW_ERROR_INIT;
    wcow_status status;

    if (milliseconds > 0 && compute_system_shutdown(system, NULL) == WCOW_OK) {
        status = compute_system_wait(system, milliseconds, &problem);
        if (status != WCOW_TIMEOUT) /* else it is not the last word: no error of ours yet */
            return error_pass(err, status, &problem);
    }
    status = compute_system_terminate(system, err);
    return status ? status : compute_system_wait(system, system->timeouts.exit, err);
}

bool compute_system_exited(compute_system *system, int32_t *hr)
{
    bool exited;

    board_lock(&system->board);
    exited = system->notices[NOTICE_EXITED].there;
    if (exited && hr)
        *hr = system->notices[NOTICE_EXITED].hr;
    board_unlock(&system->board);
    return exited;
}

/* ---- asking ---- */

/* {"NAME":["a","b"]}, or {} without items. */
static char *query_text(const char *name, const char *const *items)
{
    cleanup_json cJSON *query = cJSON_CreateObject();

    if (!query || (items && items[0] && !json_add_strings(query, name, items)))
        return NULL;
    return json_print(query);
}

wcow_status compute_system_properties(compute_system *system, const char *const *types, cJSON **out,
                                      wcow_error *err)
{
    static const char call[] = "HcsGetComputeSystemProperties";
    cleanup_free char *query = query_text("PropertyTypes", types);
    cleanup_free char *properties = NULL;
    cleanup_free char *result = NULL;
    wcow_status status;
    int32_t hr;

    if (!query)
        return error_no_memory(err);
    hr = system->port->get_system_properties(system->port, system->handle, query, &properties,
                                             &result);
    status = hcs_check(hr, result, call, err);
    if (status)
        return status;
    if (!properties || *properties == '\0')
        return error_set(err, WCOW_FAILED, "%s: the service answered nothing", call);
    return json_parse(properties, strlen(properties), "the properties of a compute system", out,
                      err);
}

wcow_status compute_system_modify(compute_system *system, const char *request, wcow_error *err)
{
    cleanup_free char *result = NULL;
    int32_t hr = system->port->modify_system(system->port, system->handle, request, &result);

    return hcs_check(hr, result, "HcsModifyComputeSystem", err);
}

/* What Windows before 1709 (16299) answers while a container of anybody ends. 0: not Windows. */
static bool is_for_the_moment(int32_t hr, uint32_t build)
{
    return build && build < 16299 && (hr == HR_ACCESS_DENIED || hcs_is_invalid_state(hr));
}

static int32_t enumerate(hcs_port *port, uint32_t build, const char *query, char **systems,
                         char **result)
{
    int32_t hr = port->enumerate_systems(port, query, systems, result);

    for (unsigned again = 0; is_for_the_moment(hr, build) && again < ENUMERATE_AGAIN; again++) {
        free(TAKE(*result));
        free(TAKE(*systems));
        clock_sleep(ENUMERATE_PAUSE);
        hr = port->enumerate_systems(port, query, systems, result);
    }
    return hr;
}

wcow_status compute_systems(hcs_port *port, uint32_t build, const char *owner, cJSON **out,
                            wcow_error *err)
{
    const char *const owners[] = {owner, NULL};
    cleanup_free char *query = query_text("Owners", owners);
    cleanup_free char *systems = NULL;
    cleanup_free char *result = NULL;
    cleanup_json cJSON *list = NULL;
    wcow_status status;
    int32_t hr;

    if (!query)
        return error_no_memory(err);
    hr = enumerate(port, build, query, &systems, &result);
    status = hcs_check(hr, result, "HcsEnumerateComputeSystems", err);
    if (status)
        return status;

    /* No systems may be "[]", "null", "", or nothing at all. */
    if (systems && *systems) {
        status = json_parse(systems, strlen(systems), "the list of compute systems", &list, err);
        if (status)
            return status;
    }
    if (!list || cJSON_IsNull(list)) {
        cJSON_Delete(list);
        list = cJSON_CreateArray();
    }
    if (!list)
        return error_no_memory(err);
    if (!cJSON_IsArray(list))
        return error_set(err, WCOW_FAILED, "the list of compute systems is not a list");
    *out = TAKE(list);
    return WCOW_OK;
}

wcow_status compute_system_destroy(hcs_port *port, const char *id, const compute_timeouts *timeouts,
                                   wcow_error *err)
{
    cleanup_system compute_system *system = NULL;
    wcow_error error = WCOW_ERROR_INIT;
    wcow_status status = compute_system_open(port, id, timeouts, &system, &error);

    if (status && hcs_is_not_found(error.hresult))
        return WCOW_OK;
    if (!status)
        status = compute_system_stop(system, 0, &error);
    if (status && err)
        *err = error;
    return status;
}
