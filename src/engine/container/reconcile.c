/* SPDX-License-Identifier: MIT */
/* Bringing containers to rest whose owner died. */
#include "engine/container/reconcile.h"

#include "base/error.h"
#include "base/text.h"
#include "engine/container/exec_note.h"
#include "engine/host/layers.h"
#include "engine/host/paths.h"
#include "hcs/system.h"
#include "network/endpoint.h"
#include "port/clock.h"

wcow_status container_own(wcow_host *host, const char *id, uint32_t milliseconds, store_lock *out,
                          wcow_error *err)
{
    cleanup_free char *path = path_in_container(host, id, FILE_OWNER_LOCK);

    if (!path)
        return error_no_memory(err);
    return store_lock_take(host, path, milliseconds, out, err);
}

static wcow_status release_system(wcow_host *host, const char *id, released *report,
                                  wcow_error *err)
{
    const compute_timeouts timeouts = {.create = host->limits.terminate,
                                       .start = host->limits.terminate,
                                       .pause = host->limits.terminate,
                                       .exit = host->limits.terminate};
    cleanup_system compute_system *system = NULL;
    hcs_port *hcs;
    wcow_status status = host_hcs(host, &hcs, err);

    if (status)
        return status;
    if (!compute_system_open(hcs, id, &timeouts, &system, NULL))
        report->systems++;
    compute_system_close(TAKE(system));
    return compute_system_destroy(hcs, id, &timeouts, err);
}

/* By name as well as by id: a crash may have come before the id was written down. */
static wcow_status release_endpoints(wcow_host *host, const char *id, const char *known,
                                     released *report, wcow_error *err)
{
    hns_endpoint *endpoints = NULL;
    size_t count = 0;
    hcs_port *hcs;
    wcow_status status = host_hcs(host, &hcs, err);

    if (!status)
        status = hns_endpoints(hcs, &endpoints, &count, err);
    for (size_t i = 0; i < count; i++) {
        wcow_status deleted;

        if (!text_equal(hns_endpoint_container(&endpoints[i]), id) &&
            !(known && text_equal_ignore_case(endpoints[i].id, known)))
            continue;
        deleted = hns_endpoint_delete(hcs, endpoints[i].id, status ? NULL : err);
        if (!deleted)
            report->endpoints++;
        else if (!status)
            status = deleted;
    }
    hns_endpoints_free(endpoints, count);
    return status;
}

static wcow_status release_scratch(wcow_host *host, const char *id, released *report,
                                   wcow_error *err)
{
    cleanup_free char *path = path_of_scratch(host, id);
    layer_store layers;
    wcow_status status;

    if (!path)
        return error_no_memory(err);
    status = host_layers(host, &layers, err);
    if (status)
        return status;
    scratch_release(&layers, path);
    report->layers++;
    return WCOW_OK;
}

wcow_status run_release(wcow_host *host, const char *id, state *s, released *report,
                        wcow_error *err)
{
    released unused = {0, 0, 0};
    wcow_status first = WCOW_OK;

    if (!report)
        report = &unused;
    if (s->system) {
        first = release_system(host, id, report, err);
        if (first)
            return first; /* what a live system uses cannot be taken from under it */
        s->system = false;
    }
    if (s->networked) {
        first = release_endpoints(host, id, s->endpoint, report, err);
        s->networked = first != WCOW_OK;
        if (!first)
            text_replace(&s->endpoint, NULL);
    }
    if (s->mounted) {
        wcow_status status = release_scratch(host, id, report, first ? NULL : err);

        s->mounted = status != WCOW_OK;
        first = first ? first : status;
    }
    return first;
}

/*
 * The monitor is gone and we are the owner. If the service does not let go of something, that stays
 * noted for the next start, rm or prune; the container has ended all the same.
 */
static void record_loss(wcow_host *host, const char *id, state *s)
{
    if (s->phase == PHASE_CREATING || s->phase == PHASE_REMOVING) {
        s->phase = PHASE_DEAD;
        return;
    }
    (void)!run_release(host, id, s, NULL, NULL);
    exec_notes_sweep(host, id);
    s->phase = PHASE_EXITED;
    s->pid = 0;
    s->monitor_pid = 0;
    s->exit_code = EXIT_CODE_LOST;
    s->finished = clock_now();
    s->lost = true;
    text_replace(&s->error, "monitor lost: the process that watched the container died");
}

static bool somebody_works(const state *s)
{
    return state_is_active(s) || s->phase == PHASE_CREATING || s->phase == PHASE_REMOVING;
}

wcow_status container_inherit(wcow_host *host, const char *id, wcow_error *err)
{
    cleanup_state state *s = NULL;
    wcow_status status = state_read(host, id, &s, err);

    if (status || !somebody_works(s))
        return status;
    record_loss(host, id, s);
    return state_write(host, id, s, err);
}

/* Under container.lock: so that two who look do not take each other for the owner. */
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
    if (status || !somebody_works(*out))
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

static wcow_status look(wcow_container *container, state **out, wcow_error *err)
{
    cleanup_lock store_lock owner = STORE_LOCK_INIT;
    cleanup_state state *s = NULL;
    wcow_status unreadable;
    wcow_status status = state_look(container->host, container->id, &s, &unreadable, err);

    if (!status && unreadable == WCOW_UNSUPPORTED)
        status = error_set(err, unreadable, "%s", s->error);
    if (status)
        return status;
    if (somebody_works(s)) {
        state_free(TAKE(s));
        status = look_again(container, &owner, &s, err);
        if (status)
            return status;
    }
    /* Its remover lets go of the lock before the files are gone: nothing is lost then. */
    if (owner.lock && container_gone(container))
        return container_say_gone(container, err);
    if (owner.lock) {
        record_loss(container->host, container->id, s);
        status = state_write(container->host, container->id, s, err);
        if (status)
            return status;
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
