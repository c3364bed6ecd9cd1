/* SPDX-License-Identifier: MIT */
/* rm, and the ways in which containers go. */
#include "engine/container/remove.h"

#include "base/condition.h"
#include "base/error.h"
#include "base/path.h"
#include "base/text.h"
#include "engine/container/catalog.h"
#include "engine/container/exec_note.h"
#include "engine/container/monitor_link.h"
#include "engine/container/record.h"
#include "engine/host/layers.h"
#include "engine/host/paths.h"
#include "engine/host/store.h"
#include "layer/store/scratch.h"
#include "port/clock.h"

/* Another process may look into a lock file just now; on Windows that keeps the folder. */
#define ATTEMPT_PAUSE 50u
/* For a lock: then the container is looked at again. */
#define ROUND_MILLISECONDS 500u

/*
 * Whoever waits for one of its locks makes the file anew while the folder goes, and what goes away
 * under a walk ends that early: so it is looked whether it is gone.
 */
static wcow_status sweep_once(wcow_host *host, const char *id, wcow_error *err)
{
    cleanup_free char *folder = path_of_containers(host);
    cleanup_free char *path = path_of_container(host, id);
    wcow_status status;

    if (!folder || !path)
        return error_no_memory(err);
    status = store_remove(host, folder, id, err);
    if (!status && store_exists(host, path))
        status = error_set(err, WCOW_CONFLICT, "the folder '%s' is in use", path);
    return status;
}

/* One that is not there is no failure. */
static wcow_status destroy_scratch(wcow_host *host, const char *id, wcow_error *err)
{
    cleanup_free char *path = path_of_scratch(host, id);
    cleanup_free char *folder = path_in_container(host, id, FILE_SCRATCH);
    layer_store layers;
    wcow_status status;

    if (!path || !folder)
        return error_no_memory(err);
    if (!store_exists(host, folder))
        return WCOW_OK;
    status = host_layers(host, &layers, err);
    return status ? status : scratch_destroy(&layers, path, err);
}

wcow_status removal_sweep(wcow_host *host, const char *id, wcow_error *err)
{
    const uint64_t give_up = ticks_after(host->limits.owner);
    wcow_status status = destroy_scratch(host, id, err);

    if (status)
        return status;
    for (;;) {
        wcow_error problem = WCOW_ERROR_INIT;

        status = sweep_once(host, id, &problem);
        if (!status)
            return WCOW_OK;
        if (ticks_now() >= give_up) {
            if (err)
                *err = problem;
            return status;
        }
        clock_sleep(ATTEMPT_PAUSE);
    }
}

static wcow_status mark(void *context, state *s, wcow_error *err)
{
    const state *from = context;

    (void)err;
    s->phase = from->phase;
    s->system = from->system;
    s->mounted = from->mounted;
    s->networked = from->networked;
    return WCOW_OK;
}

/* A state that cannot be read tells nothing: then everything may be taken. */
static wcow_status read_or_assume(wcow_host *host, const char *id, state **out, wcow_error *err)
{
    wcow_status unreadable;
    wcow_status status = state_look(host, id, out, &unreadable, err);

    if (!status && unreadable == WCOW_UNSUPPORTED)
        return error_set(err, unreadable, "%s", (*out)->error);
    if (!status && unreadable)
        status = state_write(host, id, *out, err);
    return status;
}

/* Everything that belongs to the service goes first: what remains of its files is ours alone. */
static wcow_status release_all(wcow_host *host, const char *id, wcow_error *err)
{
    cleanup_state state *s = NULL;
    wcow_status status = read_or_assume(host, id, &s, err);
    wcow_status noted;

    if (status)
        return status;
    s->phase = PHASE_REMOVING;
    status = state_change(host, id, mark, s, err);
    if (!status)
        status = container_release(host, id, s, NULL, err);
    if (!status)
        status = destroy_scratch(host, id, err);
    if (!status)
        return WCOW_OK;
    s->phase = PHASE_DEAD;
    noted = state_change(host, id, mark, s, NULL);
    (void)noted; /* then it stays "removing", which the next who looks finds dead, too */
    return status;
}

wcow_status removal_carry_out(wcow_host *host, const char *id, store_lock *owner, wcow_error *err)
{
    cleanup_free char *folder = path_of_container(host, id);
    cleanup_lock store_lock lock = STORE_LOCK_INIT;
    wcow_status status = folder ? release_all(host, id, err) : error_no_memory(err);

    if (!status)
        status = catalog_lock(host, &lock, err);
    if (!status)
        status = store_remove(host, folder, FILE_RECORD, err);
    /* From here on it is no container any more, and its name is free. What somebody holds of its
     * folder (a scanner) must not keep others from theirs. */
    store_lock_release(owner);
    store_lock_release(&lock);
    if (!status)
        exec_notes_sweep(host, id);
    return status ? status : removal_sweep(host, id, err);
}

/* Ends a running one: by its monitor if that is able, by the service if not. */
static wcow_status end_run(wcow_container *container, wcow_error *err)
{
    wcow_error problem = WCOW_ERROR_INIT;
    wcow_status status = wcow_container_kill(container, "KILL", &problem);

    if (!status || status == WCOW_CONFLICT || status == WCOW_NOT_FOUND)
        return WCOW_OK;
    if (err)
        *err = problem;
    return status;
}

static wcow_status refuse(wcow_container *container, const state *s, wcow_error *err)
{
    return error_set(err, WCOW_CONFLICT,
                     "cannot remove container \"/%s\": container is %s: stop the container before "
                     "removing or force remove",
                     container->name,
                     s->phase == PHASE_STARTING ? "starting" : phase_name(s->phase));
}

/* A monitor that nobody told to start anything waits a minute for that; it may go now. */
static void send_away(wcow_container *container)
{
    cleanup_connection connection link = CONNECTION_INIT;
    cleanup_frame frame answer = FRAME_INIT;
    bool silent;

    if (!monitor_connect(container, 0, &link, NULL))
        ignore(connection_ask(&link, request_new("leave"), ATTEMPT_PAUSE, &answer, &silent, NULL));
}

/* Takes it if nobody has it, or who has it leaves at once. */
static wcow_status take_over(wcow_container *container, store_lock *owner, wcow_error *err)
{
    wcow_host *host = container->host;
    wcow_status status = container_own(host, container->id, 0, owner, NULL);

    if (!status)
        return WCOW_OK;
    if (status == WCOW_TIMEOUT)
        send_away(container);
    return container_own(host, container->id, ROUND_MILLISECONDS, owner, err);
}

/* What a newer wcow made is none of ours: it may have taken what we do not know. */
static wcow_status check_readable(const wcow_container *container, wcow_error *err)
{
    cleanup_record record *r = NULL;
    wcow_error problem = WCOW_ERROR_INIT;
    wcow_status status = record_read(container->host, container->id, &r, &problem);

    if (status == WCOW_CORRUPT)
        return WCOW_OK;
    return error_pass(err, status, &problem);
}

/*
 * Nobody knows whether one whose state is damaged runs. If its monitor lives, that ends it; else
 * what it left is released with the rest.
 */
static void end_unknown(wcow_container *container)
{
    const host_limits *limits = &container->host->limits;
    cleanup_json cJSON *request = request_new("kill");
    cleanup_connection connection link = CONNECTION_INIT;
    cleanup_frame frame answer = FRAME_INIT;
    bool silent;

    if (!request || !json_add_text(request, "signal", "KILL") ||
        monitor_connect(container, 0, &link, NULL))
        return;
    ignore(connection_ask(&link, TAKE(request), limits->shutdown + 4 * limits->terminate, &answer,
                          &silent, NULL));
}

/* One round: brings it to rest, and takes it. *held: another command has it. */
static wcow_status try_to_take(wcow_container *container, bool force, store_lock *owner, bool *held,
                               wcow_error *err)
{
    cleanup_state state *s = NULL;
    wcow_error problem = WCOW_ERROR_INIT;
    wcow_status status = check_readable(container, &problem);

    *held = false;
    if (!status)
        status = container_settle(container, &s, &problem);
    if (!status && state_is_active(s) && !force)
        return refuse(container, s, err);
    if (!status && state_is_active(s))
        status = end_run(container, &problem);
    else if (!status && s->unknown && s->phase == PHASE_DEAD && force)
        end_unknown(container);
    if (!status) {
        status = take_over(container, owner, &problem);
        *held = status == WCOW_TIMEOUT;
    }
    return error_pass(err, status, &problem);
}

/*
 * Who has it meanwhile is a start (then it is ended again), a commit, or another removal (then it
 * is soon gone).
 */
static wcow_status take(wcow_container *container, bool force, store_lock *owner, wcow_error *err)
{
    const host_limits *limits = &container->host->limits;
    const uint64_t give_up = ticks_after(limits->owner + limits->patience);

    for (;;) {
        wcow_error problem = WCOW_ERROR_INIT;
        bool held;
        wcow_status status = try_to_take(container, force, owner, &held, &problem);

        if (!status)
            return WCOW_OK;
        if (container_gone(container))
            return container_say_gone(container, err);
        if (!held || ticks_now() >= give_up) {
            if (err)
                *err = problem;
            return status;
        }
    }
}

static wcow_status remove_container(wcow_container *container, bool force, wcow_error *err)
{
    cleanup_lock store_lock owner = STORE_LOCK_INIT;
    cleanup_state state *s = NULL;
    wcow_host *host = container->host;
    wcow_status status = take(container, force, &owner, err);

    if (status)
        return status;
    /* The lock of one that was removed is free, too: what is left is its remover's to sweep. */
    if (container_gone(container))
        return container_say_gone(container, err);
    /* Started while we waited, and its monitor died? Then it is not what the caller meant. */
    if (!force && !state_read(host, container->id, &s, NULL) && state_is_active(s))
        return refuse(container, s, err);
    return removal_carry_out(host, container->id, &owner, err);
}

wcow_status wcow_container_remove(wcow_container *container, bool force, wcow_error *err)
{
    wcow_error problem = WCOW_ERROR_INIT;
    wcow_status status = remove_container(container, force, &problem);

    if (!status)
        return WCOW_OK;
    if (status == WCOW_NOT_FOUND && container_gone(container)) /* --rm, or another rm */
        return WCOW_OK;
    if (status != WCOW_CONFLICT)
        error_wrap(&problem, status, "cannot remove container '%s'", container->name);
    if (err)
        *err = problem;
    return status;
}
