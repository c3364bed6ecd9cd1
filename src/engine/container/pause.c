/* SPDX-License-Identifier: MIT */
/* pause and unpause: Hyper-V isolation only, as the service has it. */
#include "base/error.h"
#include "engine/container/container_event.h"
#include "engine/container/reconcile.h"
#include "engine/container/record.h"
#include "hcs/system.h"

typedef struct turn {
    phase from, to;
} turn;

static wcow_status change_phase(void *context, state *s, wcow_error *err)
{
    const turn *t = context;

    (void)err;
    if (s->phase == t->from)
        s->phase = t->to;
    return WCOW_OK;
}

static wcow_status check(wcow_container *container, bool pause, wcow_error *err)
{
    cleanup_record record *r = NULL;
    cleanup_state state *s = NULL;
    wcow_status status = container_settle(container, &s, err);

    if (!status)
        status = container_record(container, &r, err);
    if (status)
        return status;
    if (!state_is_active(s) || s->phase == PHASE_STARTING)
        return error_set(err, WCOW_CONFLICT, "Container %s is not running", container->name);
    if (s->restarting)
        return error_set(err, WCOW_CONFLICT,
                         "Container %s is restarting, wait until the container is running",
                         container->name);
    if (pause && s->phase == PHASE_PAUSED)
        return error_set(err, WCOW_CONFLICT, "Container %s is already paused", container->name);
    if (!pause && s->phase != PHASE_PAUSED)
        return error_set(err, WCOW_CONFLICT, "Container %s is not paused", container->name);
    if (r->isolation == WCOW_ISOLATION_PROCESS) {
        error_set(err, WCOW_UNSUPPORTED, "cannot pause container '%s': it has process isolation",
                  container->name);
        error_hint(err, "only containers with --isolation=hyperv can be paused.");
        return WCOW_UNSUPPORTED;
    }
    return WCOW_OK;
}

static wcow_status carry_out(wcow_container *container, bool pause, wcow_error *err)
{
    cleanup_system compute_system *system = NULL;
    hcs_port *hcs;
    wcow_status status = host_hcs(container->host, &hcs, err);

    if (!status)
        status = compute_system_open(hcs, container->id, NULL, &system, err);
    if (!status)
        status = pause ? compute_system_pause(system, err) : compute_system_resume(system, err);
    return status;
}

/* Noted before it is done: a crash between leaves one that unpause finds. */
static wcow_status turn_to(wcow_container *container, bool pause, wcow_error *err)
{
    turn there = {PHASE_RUNNING, PHASE_PAUSED};
    turn back = {PHASE_PAUSED, PHASE_RUNNING};
    wcow_status status = check(container, pause, err);

    if (!status && pause)
        status = state_change(container->host, container->id, change_phase, &there, err);
    if (status)
        return status;
    status = carry_out(container, pause, err);
    if ((pause && status) || (!pause && !status)) {
        wcow_status noted =
            state_change(container->host, container->id, change_phase, &back, status ? NULL : err);

        status = status ? status : noted;
    }
    if (container_await_end(container, status)) {
        const wcow_status ended = check(container, pause, err);

        if (ended)
            return ended;
    }
    if (status)
        error_wrap(err, status, "cannot %s container '%s'", pause ? "pause" : "unpause",
                   container->name);
    else
        container_event_of(container->host, container->id, pause ? "pause" : "unpause", NULL, 0);
    return status;
}

wcow_status wcow_container_pause(wcow_container *container, wcow_error *err)
{
    return turn_to(container, true, err);
}

wcow_status wcow_container_unpause(wcow_container *container, wcow_error *err)
{
    return turn_to(container, false, err);
}
