/* SPDX-License-Identifier: MIT */
/* rm, and the ways in which containers go. */
#include "container/removal.h"

#include "base/error.h"
#include "base/path.h"
#include "base/text.h"
#include "container/catalog.h"
#include "container/host/layers.h"
#include "container/host/paths.h"
#include "container/link.h"
#include "port/clock.h"

/* Another process may look into a lock file just now; on Windows that keeps the folder. */
#define ATTEMPTS      40u
#define ATTEMPT_PAUSE 50u

wcow_status removal_sweep(wcow_host *host, const char *id, wcow_error *err)
{
    cleanup_free char *folder = path_of_containers(host);
    wcow_status status;

    if (!folder)
        return error_no_memory(err);
    status = container_scratch_destroy(host, id, err);
    for (unsigned attempt = 0; !status; attempt++) {
        wcow_error problem = WCOW_ERROR_INIT;

        status = store_remove(host, folder, id, &problem);
        if (!status)
            return WCOW_OK;
        if (attempt == ATTEMPTS) {
            if (err)
                *err = problem;
            return status;
        }
        status = WCOW_OK;
        clock_sleep(ATTEMPT_PAUSE);
    }
    return status;
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
        status = run_release(host, id, s, NULL, err);
    if (!status)
        status = container_scratch_destroy(host, id, err);
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
    /* From here on it is no container any more, and its name is free. */
    store_lock_release(owner);
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
    cleanup_stream stream *pipe = NULL;
    cleanup_frame frame answer = FRAME_INIT;
    bool silent;

    if (!link_open(container, 0, &pipe, NULL))
        (void)!link_ask(pipe, link_request("leave"), ATTEMPT_PAUSE, &answer, &silent, NULL);
}

static wcow_status take_over(wcow_container *container, store_lock *owner, wcow_error *err)
{
    wcow_host *host = container->host;
    wcow_status status = container_own(host, container->id, 0, owner, NULL);

    if (status != WCOW_TIMEOUT)
        return status ? container_own(host, container->id, 0, owner, err) : WCOW_OK;
    send_away(container);
    return container_own(host, container->id, host->limits.owner, owner, err);
}

/* What a newer wcow made is none of ours: it may have taken what we do not know. */
static wcow_status check_readable(const wcow_container *container, wcow_error *err)
{
    cleanup_record record *r = NULL;
    wcow_error problem = WCOW_ERROR_INIT;
    wcow_status status = container_record_read(container->host, container->id, &r, &problem);

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
    cleanup_json cJSON *request = link_request("kill");
    cleanup_stream stream *pipe = NULL;
    cleanup_frame frame answer = FRAME_INIT;
    bool silent;

    if (!request || !json_add_text(request, "signal", "KILL") ||
        link_open(container, 0, &pipe, NULL))
        return;
    (void)!link_ask(pipe, TAKE(request), limits->shutdown + 4 * limits->terminate, &answer, &silent,
                    NULL);
}

static wcow_status remove_container(wcow_container *container, bool force, wcow_error *err)
{
    cleanup_lock store_lock owner = STORE_LOCK_INIT;
    cleanup_state state *s = NULL;
    wcow_host *host = container->host;
    wcow_status status = check_readable(container, err);

    if (!status)
        status = container_look(container, &s, err);
    if (!status && state_is_active(s) && !force)
        return refuse(container, s, err);
    if (!status && state_is_active(s))
        status = end_run(container, err);
    else if (!status && s->unknown && s->phase == PHASE_DEAD && force)
        end_unknown(container);
    if (!status)
        status = take_over(container, &owner, err);
    if (status)
        return status;
    state_free(TAKE(s));
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
    if (status == WCOW_NOT_FOUND) { /* gone meanwhile: --rm, or another rm */
        cleanup_free char *path = path_in_container(container->host, container->id, FILE_RECORD);

        if (path && !store_exists(container->host, path))
            return WCOW_OK;
    }
    if (status != WCOW_CONFLICT)
        error_wrap(&problem, status, "cannot remove container '%s'", container->name);
    if (err)
        *err = problem;
    return status;
}
