/* SPDX-License-Identifier: MIT */
/*
 * How containers go. What belongs to the service is released first, while state.json still tells of
 * it; then container.json goes, and with it the name; the folder at last. Wherever a crash ends
 * that, the next who looks finds a dead container, or a folder that is nobody's.
 */
#include "engine/container/remove.h"

#include "base/condition.h"
#include "base/error.h"
#include "base/options.h"
#include "base/path.h"
#include "base/text.h"
#include "engine/container/catalog.h"
#include "engine/container/container_event.h"
#include "engine/container/container_service.h"
#include "engine/container/exec_note.h"
#include "engine/container/monitor_link.h"
#include "engine/container/name_claim.h"
#include "engine/container/reconcile.h"
#include "engine/container/record.h"
#include "engine/container/volumes.h"
#include "engine/host/host_stores.h"
#include "engine/host/paths.h"
#include "engine/host/store.h"
#include "layer/store/scratch.h"
#include "port/clock.h"

/* Another process may look into a lock file just now; on Windows that keeps the folder. */
#define ATTEMPT_PAUSE 50u
/* For a lock: then the container is looked at again. */
#define ROUND_MILLISECONDS 500u

/* ---- what is left of one that rests ---- */

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
    if (store_absent(host, folder))
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
        if (ticks_now() >= give_up)
            return error_pass(err, status, &problem);
        clock_sleep(ATTEMPT_PAUSE);
    }
}

static wcow_status mark(void *context, state *s, wcow_error *err)
{
    const state *from = context;

    s->phase = from->phase;
    s->system = from->system;
    s->mounted = from->mounted;
    s->networked = from->networked;
    s->guarded = from->guarded;
    s->guard_guessed = from->guard_guessed;
    s->service = from->service;
    return text_replace(&s->space, from->space) &&
                   text_replace(&s->shared_space, from->shared_space)
               ? WCOW_OK
               : error_no_memory(err);
}

/*
 * Marks it as being removed. A state that cannot be read tells nothing: then everything may be
 * taken, and that is written down first. On a full disk what makes room must not need any: without
 * the mark a crash leaves a container that may lack its scratch, and can be removed all the same.
 */
static wcow_status mark_removing(wcow_host *host, const char *id, state *s, bool readable,
                                 wcow_error *err)
{
    wcow_error problem = WCOW_ERROR_INIT;
    wcow_status status = readable ? WCOW_OK : state_write(host, id, s, &problem);

    s->phase = PHASE_REMOVING;
    if (!status)
        status = state_change(host, id, mark, s, &problem);
    if (status && problem.hresult == HR_DISK_FULL)
        return WCOW_OK;
    return error_pass(err, status, &problem);
}

/* Everything that belongs to the service goes first: what remains of its files is ours alone. */
static wcow_status release_all(wcow_host *host, const char *id, const uint32_t *ended,
                               wcow_error *err)
{
    cleanup_state state *s = NULL;
    cleanup_loss loss l = {.untold = false};
    wcow_status unreadable;
    wcow_status status = state_look(NULL, host, id, &s, &unreadable, err);

    if (!status && unreadable == WCOW_UNSUPPORTED)
        status = error_set(err, unreadable, "%s", s->error);
    if (status)
        return status;
    l = loss_of(s, ended); /* on a full disk: what was lost, and nobody could write down */
    status = mark_removing(host, id, s, !unreadable, err);
    if (!status)
        status = host_step(host, container_release(host, id, s, NULL, err),
                           "what it had of the service is released");
    if (!status)
        status = container_service_remove(host, id, s, err);
    if (!status)
        status = host_step(host, destroy_scratch(host, id, err), "its scratch layer is destroyed");
    if (!status) {
        loss_tell(host, id, &l);
        return WCOW_OK;
    }
    s->phase = PHASE_DEAD; /* else it stays "removing", which the next who looks finds dead, too */
    if (!state_change(host, id, mark, s, NULL))
        loss_tell(host, id, &l);
    return status;
}

/*
 * What the lock is for: its volumes before its name, so that a crash leaves none of nobody's.
 *
 * @param was  NULL: it is damaged, and nobody knows which are its own: they stay
 */
static wcow_status strike_off(wcow_host *host, const char *id, const record *was, bool volumes,
                              wcow_error *kept, wcow_error *err)
{
    cleanup_free char *folder = path_of_container(host, id);
    cleanup_lock store_lock lock = STORE_LOCK_INIT;
    wcow_status status = folder ? catalog_lock(host, &lock, err) : error_no_memory(err);

    if (!status && volumes && was) /* one that cannot go keeps no container */
        ignore(volumes_retire(host, was, kept));
    if (!status)
        status = host_step(host, store_remove(host, folder, FILE_RECORD, err), "its name is free");
    if (!status && was)
        name_claim_drop(host, id, was->name);
    return status;
}

/* Whoever made it died at that: nothing of its volumes is anybody's. */
static bool never_was(wcow_host *host, const char *id)
{
    cleanup_state state *s = NULL;

    return !state_read(host, id, &s, NULL) && !s->made && !s->started &&
           (s->phase == PHASE_DEAD || s->phase == PHASE_CREATING);
}

wcow_status removal_carry_out(wcow_host *host, const char *id, const uint32_t *ended, bool volumes,
                              store_lock *owner, wcow_error *err)
{
    const bool with_volumes = volumes || never_was(host, id);
    cleanup_record record *was = NULL;
    wcow_error kept = WCOW_ERROR_INIT;
    wcow_status status = release_all(host, id, ended, err);

    ignore(record_read(host, id, &was, NULL)); /* for what is told of it when it is gone */
    if (!status)
        status = strike_off(host, id, was, with_volumes, &kept, err);
    /* From here on it is no container any more, and its name is free. What somebody holds of its
     * folder (a scanner) must not keep others from theirs. */
    store_lock_release(owner);
    if (!status && was)
        container_event(host, was, "destroy", NULL, 0);
    if (!status)
        exec_notes_sweep(host, id);
    if (!status)
        status = host_step(host, removal_sweep(host, id, err), "its folder is removed");
    if (!status && with_volumes)
        status = volume_sweep(host, err);
    return status ? status : error_pass(err, kept.status, &kept);
}

/* ---- rm: first it is brought to rest, and taken from whoever has it ---- */

/* A removal that a user asked for. */
typedef struct removal {
    wcow_container *container;
    bool force;
    bool volumes;     /* its anonymous volumes go along */
    store_lock owner; /* held from the moment it is taken */
} removal;

static void removal_clear(removal *r)
{
    store_lock_release(&r->owner);
}

DEFINE_CLEANUP_VALUE(removal, removal, removal_clear)

static wcow_status refuse(const removal *r, const state *s, wcow_error *err)
{
    return error_set(err, WCOW_CONFLICT,
                     "cannot remove container \"/%s\": container is %s: stop the container before "
                     "removing or force remove",
                     r->container->name, s->phase == PHASE_STARTING ? "starting" : state_name(s));
}

/* What a newer wcow made is none of ours: it may have taken what we do not know. */
static wcow_status check_readable(const removal *r, wcow_error *err)
{
    cleanup_record record *kept = NULL;
    wcow_error problem = WCOW_ERROR_INIT;
    wcow_status status = record_read(r->container->host, r->container->id, &kept, &problem);

    if (status == WCOW_CORRUPT)
        return WCOW_OK;
    return error_pass(err, status, &problem);
}

/* What comes of it shows in the container's lock, whatever the monitor answers. */
static void tell_monitor(const removal *r, cJSON *request, uint32_t milliseconds)
{
    cleanup_json cJSON *owned = request;
    cleanup_connection connection link = CONNECTION_INIT;
    cleanup_frame frame answer = FRAME_INIT;
    bool silent;

    if (owned && !monitor_connect(r->container, 0, &link, NULL))
        ignore(connection_ask(&link, TAKE(owned), milliseconds, &answer, &silent, NULL));
}

/* By its monitor if that is able, by the service if not. */
static wcow_status end_run(const removal *r, wcow_error *err)
{
    wcow_error problem = WCOW_ERROR_INIT;
    wcow_status status = wcow_container_kill(r->container, "KILL", &problem);

    if (status == WCOW_CONFLICT || status == WCOW_NOT_FOUND) /* it ended by itself */
        return WCOW_OK;
    return error_pass(err, status, &problem);
}

/*
 * Of one whose state is damaged nobody knows whether it runs. If its monitor lives, that ends it;
 * else what it left is released with the rest.
 */
static void end_unknown(const removal *r)
{
    const host_limits *limits = &r->container->host->limits;
    cleanup_json cJSON *request = request_new("kill");

    if (request && json_add_text(request, "signal", "KILL"))
        tell_monitor(r, TAKE(request), limits->shutdown + 4 * limits->terminate);
}

/* Ends what runs, where the user forces that; or else refuses. */
static wcow_status bring_to_rest(const removal *r, wcow_error *err)
{
    cleanup_state state *s = NULL;
    wcow_status status = check_readable(r, err);

    if (!status)
        status = container_settle(r->container, &s, err);
    if (status)
        return status;
    if (state_is_active(s))
        return r->force ? end_run(r, err) : refuse(r, s, err);
    if (r->force && s->unknown && s->phase == PHASE_DEAD)
        end_unknown(r);
    return WCOW_OK;
}

/*
 * Takes its lock. A monitor that was started and never told to start the container keeps that for a
 * minute, and goes at once when it is sent away. WCOW_TIMEOUT: another command has it.
 */
static wcow_status take_lock(removal *r, wcow_error *err)
{
    wcow_host *host = r->container->host;
    const char *id = r->container->id;
    const wcow_status at_once = container_own(host, id, 0, &r->owner, NULL);

    if (!at_once)
        return WCOW_OK;
    if (at_once == WCOW_TIMEOUT)
        monitor_send_away(r->container);
    return container_own(host, id, ROUND_MILLISECONDS, &r->owner, err);
}

/*
 * Whoever has the lock is a start (then what it started is ended in the next round), a commit (it
 * ends), or another removal (then the container is soon gone).
 */
static wcow_status take(removal *r, wcow_error *err)
{
    const host_limits *limits = &r->container->host->limits;
    const uint64_t give_up = ticks_after(limits->owner + limits->patience);

    for (;;) {
        wcow_error problem = WCOW_ERROR_INIT;
        wcow_status status = bring_to_rest(r, &problem);
        const bool rests = !status;

        if (rests)
            status = take_lock(r, &problem);
        if (!status)
            return WCOW_OK;
        if (container_gone(r->container))
            return container_say_gone(r->container, err);
        if (!rests || status != WCOW_TIMEOUT)
            return error_pass(err, status, &problem);
        if (ticks_now() >= give_up)
            return container_say_busy(r->container->name, err);
    }
}

static wcow_status carry_out(removal *r, wcow_error *err)
{
    cleanup_state state *s = NULL;
    wcow_host *host = r->container->host;
    wcow_status status = take(r, err);

    if (status)
        return status;
    /* The lock of one that was removed is free, too: what is left is its remover's to sweep. */
    if (container_gone(r->container))
        return container_say_gone(r->container, err);
    /* Started while we waited, and its monitor died? Then it is not what the caller meant. */
    if (!r->force && !state_read(host, r->container->id, &s, NULL) &&
        container_started_meanwhile(host, r->container->id, s))
        return refuse(r, s, err);
    return removal_carry_out(host, r->container->id, r->container->ended, r->volumes, &r->owner,
                             err);
}

wcow_status wcow_container_remove_with(wcow_container *container,
                                       const wcow_container_remove_options *options,
                                       wcow_error *err)
{
    wcow_container_remove_options wish = WCOW_CONTAINER_REMOVE_OPTIONS_INIT;
    CLEANUP(removal) removal r = {.container = container, .owner = STORE_LOCK_INIT};
    wcow_error problem = WCOW_ERROR_INIT;
    wcow_status status =
        options_copy(&wish, sizeof wish, options, "wcow_container_remove_options", err);

    if (status)
        return status;
    r.force = wish.force;
    r.volumes = wish.volumes;
    status = carry_out(&r, &problem);
    if (status == WCOW_NOT_FOUND && container_gone(container)) /* --rm, or another rm */
        return WCOW_OK;
    if (status && status != WCOW_CONFLICT)
        error_wrap(&problem, status, "cannot remove container '%s'", container->name);
    return error_pass(err, status, &problem);
}

bool removal_of_lost(wcow_container *container, const state *s)
{
    cleanup_record record *r = NULL;
    wcow_container_remove_options whole = WCOW_CONTAINER_REMOVE_OPTIONS_INIT;

    if (s->phase != PHASE_EXITED || !s->lost)
        return false;
    if (record_read(container->host, container->id, &r, NULL) || !r->auto_remove)
        return container_gone(container);
    whole.volumes = true;
    ignore(wcow_container_remove_with(container, &whole, NULL)); /* by rm else, with the reason */
    return container_gone(container);
}

wcow_status wcow_container_remove(wcow_container *container, bool force, wcow_error *err)
{
    wcow_container_remove_options options = WCOW_CONTAINER_REMOVE_OPTIONS_INIT;

    options.force = force;
    return wcow_container_remove_with(container, &options, err);
}
