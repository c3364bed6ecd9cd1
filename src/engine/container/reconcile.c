/* SPDX-License-Identifier: MIT */
/* Bringing containers to rest whose owner died. */
#include "engine/container/reconcile.h"

#include "base/condition.h"
#include "base/error.h"
#include "base/text.h"
#include "engine/container/container_event.h"
#include "engine/container/container_service.h"
#include "engine/container/exec_note.h"
#include "engine/container/peer_names.h"
#include "engine/host/host_stores.h"
#include "engine/host/paths.h"
#include "engine/host/windows_log.h"
#include "engine/network/left_spaces.h"
#include "network/namespace.h"
#include "port/clock.h"
#include "port/pipe.h"

/* From a system's end until that is recorded. */
#define ENDING_MILLISECONDS 2000u
#define ENDING_PAUSE        50u

wcow_status container_own(wcow_host *host, const char *id, uint32_t milliseconds, store_lock *out,
                          wcow_error *err)
{
    cleanup_free char *path = path_in_container(host, id, FILE_OWNER_LOCK);

    if (!path)
        return error_no_memory(err);
    return store_lock_take(host, path, milliseconds, out, err);
}

wcow_status container_say_busy(const char *name, wcow_error *err)
{
    error_set(err, WCOW_CONFLICT, "conflict: container %s is busy: another command is at it", name);
    error_hint(err, "commit, export, diff, cp and rm take a resting container each alone: try "
                    "again when that one is done");
    return WCOW_CONFLICT;
}

bool state_taken(const state *s, run_taken *out)
{
    out->system = s->system;
    out->mounted = s->mounted;
    out->networked = s->networked;
    out->guarded = s->guarded;
    out->guard_guessed = s->guard_guessed;
    return text_replace(&out->space, s->space && *s->space ? s->space : NULL) &&
           hns_endpoint_list_add_all(&out->endpoints, &s->endpoints);
}

bool state_note(state *s, const run_taken *what)
{
    hns_endpoint_list endpoints = {NULL, 0};

    s->system = what->system;
    s->mounted = what->mounted;
    s->networked = what->networked;
    s->guarded = what->guarded;
    s->guard_guessed = what->guard_guessed;
    if (!text_replace(&s->space, what->space) ||
        !hns_endpoint_list_add_all(&endpoints, &what->endpoints)) {
        hns_endpoint_list_free(&endpoints);
        return false;
    }
    hns_endpoint_list_free(&s->endpoints);
    s->endpoints = endpoints;
    return true;
}

/*
 * Namespaces of its runs that no state tells of: it was damaged, or there is none any more. Their
 * ids tell whose they are.
 */
static wcow_status release_unnoted(wcow_host *host, hcs_port *hcs, const char *id, wcow_error *err)
{
    cleanup_strings string_list all = STRING_LIST_INIT;
    wcow_status status = hns_namespaces(hcs, &all, err);

    if (status == WCOW_UNSUPPORTED) /* before 17763 there are none */
        return WCOW_OK;
    for (size_t i = 0; i < all.count && !status; i++) {
        cleanup_taken run_taken one = RUN_TAKEN_INIT;

        if (!hns_namespace_is_of(all.items[i], id))
            continue;
        one.space = text_copy(all.items[i]);
        if (!one.space)
            return error_no_memory(err);
        run_release_space(hcs, &one);
        status = left_spaces_take(host, &one.space, err);
    }
    return status;
}

/*
 * What is noted nowhere else keeps its container. With this one the last may have left the
 * namespace that it shared, or that of its own since another left it at this very moment.
 */
static wcow_status leave_spaces(wcow_host *host, state *s, run_taken *what, wcow_error *err)
{
    cleanup_free char *inside = text_copy(what->space ? what->space : s->shared_space);
    const wcow_status status = left_spaces_take(host, &what->space, err);

    left_spaces_retry_one(host, inside);
    text_replace(&s->shared_space, NULL);
    return status;
}

/* With endpoints a run notes its namespace, too, if it has one. */
static bool may_lack_notes(const run_taken *what)
{
    return what->networked && !what->space && !what->endpoints.count;
}

wcow_status container_release(wcow_host *host, const char *id, state *s, released *report,
                              wcow_error *err)
{
    cleanup_free char *scratch = path_of_scratch(host, id);
    cleanup_taken run_taken what = RUN_TAKEN_INIT;
    release_place place = {.id = id, .scratch = scratch, .patience = host->limits.terminate};
    wcow_status status = WCOW_OK;
    bool unnoted;

    if (!scratch || !state_taken(s, &what))
        return error_no_memory(err);
    if (what.system || what.networked || what.space || what.guarded)
        status = host_hcs(host, &place.hcs, err);
    if (!status && what.mounted)
        status = host_layers(host, &place.layers, err);
    if (status)
        return status;
    unnoted = may_lack_notes(&what);
    status = run_release(&place, &what, report, err);
    if (!status && unnoted)
        status = release_unnoted(host, place.hcs, id, err);
    what.networked = what.networked || (status && unnoted); /* so that it is tried again */
    if (!what.system) {
        const wcow_status kept = leave_spaces(host, s, &what, status ? NULL : err);

        status = status ? status : kept;
    }
    (void)state_note(s, &what); /* an endpoint that is gone needs no memory */
    return status;
}

static void settle_service(wcow_host *host, const char *id, state *s)
{
    cleanup_record record *r = NULL;

    if (s->service && !record_read(host, id, &r, NULL))
        container_service_settle(host, r, s);
}

#define LOST "monitor lost: the process that watched the container died"

/* Who has no memory for its endpoints tells of fewer. */
loss loss_of(const state *s, const uint32_t *code)
{
    loss l = {.untold = state_is_active(s), .code = code, .started = s->started};

    if (l.untold)
        (void)hns_endpoint_list_add_all(&l.endpoints, &s->endpoints);
    return l;
}

static void tell_given_back(wcow_host *host, const char *id, const loss *l)
{
    cleanup_record record *r = NULL;

    if (!l->started || record_read(host, id, &r, NULL))
        return;
    container_event_networks(host, id, &l->endpoints, "disconnect");
    container_event_volumes(host, r, false);
}

void loss_tell(wcow_host *host, const char *id, loss *l)
{
    if (!l->untold)
        return;
    tell_given_back(host, id, l);
    container_event_end(host, id, l->code ? *l->code : EXIT_CODE_LOST, l->started);
    if (!l->code)
        windows_log_note(host, WINDOWS_LOG_MONITOR_LOST, id, LOST);
    l->untold = false;
}

void loss_clear(loss *l)
{
    hns_endpoint_list_free(&l->endpoints);
}

/*
 * The monitor is gone and we are the owner. If the service does not let go of something, that stays
 * noted for the next start, rm or prune; the container has ended all the same.
 */
static void record_loss(wcow_host *host, const char *id, state *s)
{
    if (s->phase == PHASE_CREATING || s->phase == PHASE_REMOVING) {
        s->phase = PHASE_DEAD;
        ignore(container_service_remove(host, id, s, NULL));
        return;
    }
    ignore(container_release(host, id, s, NULL, NULL));
    exec_notes_sweep(host, id);
    s->phase = PHASE_EXITED;
    s->restarting = false;
    s->pid = 0;
    s->monitor_pid = 0;
    s->exit_code = EXIT_CODE_LOST;
    if (s->health)
        s->health = HEALTH_UNHEALTHY; /* as whatever does not run */
    s->finished = clock_now();
    s->lost = true;
    text_replace(&s->error, LOST);
    settle_service(host, id, s);
}

/*
 * Written down before anybody learns of it: others on its networks look at its state, and what
 * could not be written the next who looks finds, and would tell again.
 */
static wcow_status note_loss(wcow_host *host, const char *id, state *s, const uint32_t *code,
                             wcow_error *err)
{
    cleanup_lock store_lock drive = STORE_LOCK_INIT;
    cleanup_loss loss l = loss_of(s, code);
    wcow_status status;

    if (s->mounted)
        peer_names_keep_out(host, id, &drive);
    record_loss(host, id, s);
    status = state_write(host, id, s, err);
    if (!status)
        loss_tell(host, id, &l);
    return status;
}

/*
 * The same for who only wants to know, or to remove it: that must not fail for want of room. What
 * was not written down the next who looks finds again.
 */
static wcow_status note_loss_if_there_is_room(const wcow_container *container, state *s,
                                              wcow_error *err)
{
    wcow_error problem = WCOW_ERROR_INIT;
    const wcow_status status =
        note_loss(container->host, container->id, s, container->ended, &problem);

    if (status && problem.hresult == HR_DISK_FULL)
        return WCOW_OK;
    return error_pass(err, status, &problem);
}

/* Nobody is to look for it any more. */
static void tell_peers(wcow_host *host, const char *id)
{
    cleanup_record record *r = NULL;

    if (!record_read(host, id, &r, NULL))
        peer_names_spread(host, id, &r->networks);
}

wcow_status container_inherit(wcow_host *host, const char *id, wcow_error *err)
{
    cleanup_state state *s = NULL;
    wcow_status status = state_read(host, id, &s, err);

    if (status || !state_is_busy(s))
        return status;
    status = note_loss(host, id, s, NULL, err);
    if (!status)
        tell_peers(host, id);
    return status;
}

bool container_started_meanwhile(wcow_host *host, const char *id, const state *s)
{
    wcow_error problem = WCOW_ERROR_INIT;

    return state_is_active(s) &&
           (!container_inherit(host, id, &problem) || problem.hresult != HR_DISK_FULL);
}

/* Of fifty containers that run, a `ps` would open a hundred files for their locks. */
static bool has_monitor(const wcow_host *host, const char *id)
{
    cleanup_free char *pipe = path_of_pipe(host, id);

    return pipe && pipe_listened(pipe);
}

/*
 * A monitor has its pipe as long as it answers for the container, and without its process there is
 * none; who has no pipe (its creator, its remover, a monitor that is about to begin or to end) has
 * the lock. Both looks at that take it for a moment, under container.lock: else who starts or
 * removes it would take one who only looks for the owner.
 */
bool container_watched(wcow_host *host, const char *id)
{
    if (has_monitor(host, id))
        return true;

    cleanup_free char *path = path_in_container(host, id, FILE_CHANGE_LOCK);
    cleanup_lock store_lock lock = STORE_LOCK_INIT;
    cleanup_lock store_lock owner = STORE_LOCK_INIT;
    wcow_status status = path ? store_lock_take(host, path, 0, &lock, NULL) : error_no_memory(NULL);

    if (!status)
        status = container_own(host, id, 0, &owner, NULL);
    store_lock_release(&owner);
    return status == WCOW_TIMEOUT;
}

static wcow_status look_again(wcow_container *container, store_lock *owner, state **out,
                              wcow_error *err)
{
    cleanup_free char *path = path_in_container(container->host, container->id, FILE_CHANGE_LOCK);
    cleanup_lock store_lock lock = STORE_LOCK_INIT;
    wcow_host *host = container->host;
    wcow_status status;

    if (!path)
        return error_no_memory(err);
    status = store_lock_take(host, path, host->limits.lock, &lock, err);
    if (!status)
        status = state_read(host, container->id, out, err);
    if (status || !state_is_busy(*out))
        return status;

    wcow_error problem = WCOW_ERROR_INIT;

    status = container_own(host, container->id, 0, owner, &problem);
    if (status == WCOW_TIMEOUT)
        return WCOW_OK;
    if (status && err)
        *err = problem;
    return status;
}

bool container_gone(wcow_container *container)
{
    cleanup_free char *path = path_in_container(container->host, container->id, FILE_RECORD);

    return path && store_absent(container->host, path);
}

wcow_status container_say_gone(const wcow_container *container, wcow_error *err)
{
    return error_set(err, WCOW_NOT_FOUND, "container '%s' was removed by another command",
                     container->name);
}

wcow_status container_record(wcow_container *container, record **out, wcow_error *err)
{
    wcow_error problem = WCOW_ERROR_INIT;
    wcow_status status = record_read(container->host, container->id, out, &problem);

    if (status && container_gone(container))
        return container_say_gone(container, err);
    return error_pass(err, status, &problem);
}

static wcow_status look(wcow_container *container, state **out, wcow_error *err)
{
    cleanup_lock store_lock owner = STORE_LOCK_INIT;
    cleanup_state state *s = NULL;
    wcow_status unreadable;
    wcow_status status = state_look(NULL, container->host, container->id, &s, &unreadable, err);

    if (!status && unreadable == WCOW_UNSUPPORTED)
        status = error_set(err, unreadable, "%s", s->error);
    if (status)
        return status;
    if (state_is_busy(s)) {
        state_free(TAKE(s));
        status = look_again(container, &owner, &s, err);
        if (status)
            return status;
    }
    /* Its remover lets go of the lock before the files are gone: nothing is lost then. */
    if (owner.lock && container_gone(container))
        return container_say_gone(container, err);
    if (owner.lock) {
        status = note_loss_if_there_is_room(container, s, err);
        if (status)
            return status;
        store_lock_release(&owner);
        tell_peers(container->host, container->id);
    }
    *out = TAKE(s);
    return WCOW_OK;
}

/* What fails because the files go away as they are looked at is no failure of theirs. */
wcow_status container_settle(wcow_container *container, state **out, wcow_error *err)
{
    wcow_error problem = WCOW_ERROR_INIT;
    cleanup_state state *s = NULL;
    wcow_status status = look(container, &s, &problem);

    /* A state that is missing is a dead one's, or one of a folder that is on its way. */
    if ((status || s->phase == PHASE_DEAD) && container_gone(container))
        return container_say_gone(container, err);
    if (status)
        return error_pass(err, status, &problem);
    *out = TAKE(s);
    return WCOW_OK;
}

static bool has_ended(wcow_container *container)
{
    cleanup_state state *s = NULL;
    const wcow_status status = container_settle(container, &s, NULL);

    return status == WCOW_NOT_FOUND || (!status && !state_is_active(s));
}

bool container_await_end(wcow_container *container, wcow_status why)
{
    const uint64_t give_up = ticks_after(ENDING_MILLISECONDS);
    bool ended = false;

    /* The service knows no such system any more, or one that is not in the state for it. */
    if (why != WCOW_NOT_FOUND && why != WCOW_CONFLICT)
        return false;
    for (;;) {
        ended = has_ended(container);
        if (ended || ticks_now() >= give_up)
            return ended;
        clock_sleep(ENDING_PAUSE);
    }
}
