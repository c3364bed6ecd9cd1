/* SPDX-License-Identifier: MIT */
/* Containers that do not run, and whose scratch is used all the same. */
#include "engine/container/resting.h"

#include <stdlib.h>

#include "base/error.h"
#include "engine/container/reconcile.h"
#include "engine/host/paths.h"
#include "layer/store/scratch.h"
#include "runtime/hosts.h"

/* Windows cannot export what is mounted. */
static wcow_status check(const record *r, const state *s, const char *verb, wcow_error *err)
{
    if (!state_is_active(s) && s->phase != PHASE_CREATING && s->phase != PHASE_REMOVING &&
        s->phase != PHASE_DEAD)
        return WCOW_OK;
    error_set(err, WCOW_CONFLICT, "cannot %s container %s while it is %s", verb, r->name,
              state_name(s));
    if (state_is_active(s))
        error_hint(err, "stop it first: wcow stop %s", r->name);
    else if (s->phase != PHASE_CREATING)
        error_hint(err, "its removal was begun; end it: wcow rm -f %s", r->name);
    if (state_is_running(s))
        error_hint(err, "single files of a running one are copied by wcow cp");
    return WCOW_CONFLICT;
}

static wcow_status note(void *context, state *s, wcow_error *err)
{
    (void)err;
    s->mounted = *(const bool *)context;
    return WCOW_OK;
}

static wcow_status open_layers(wcow_container *container, resting *r, wcow_error *err)
{
    wcow_status status = host_layers(container->host, &r->layers, err);

    if (!status)
        status = layer_chain_open(&r->layers, r->record->chain, &r->chain, err);
    r->scratch = path_of_scratch(container->host, container->id);
    return status || r->scratch ? status : error_no_memory(err);
}

/* Another command's work on it may take minutes: this one says so, and does not wait for it. */
static wcow_status own(wcow_container *container, store_lock *owner, wcow_error *err)
{
    wcow_status status = container_own(container->host, container->id, 0, owner, err);

    return status == WCOW_TIMEOUT ? container_say_busy(wcow_container_name(container), err)
                                  : status;
}

wcow_status resting_take(wcow_container *container, const char *verb, resting *out, wcow_error *err)
{
    const bool mounted = true;
    wcow_host *host = container->host;
    cleanup_state state *s = NULL;
    wcow_status status = container_settle(container, &s, err);

    if (!status)
        status = container_record(container, &out->record, err);
    if (!status)
        status = check(out->record, s, verb, err);
    if (!status)
        status = own(container, &out->owner, err);
    if (!status)
        status = open_layers(container, out, err);
    if (!status && s->mounted) /* what a crash or a failure left */
        scratch_release(&out->layers, out->scratch);
    if (!status)
        status = state_change(host, container->id, note, (void *)(uintptr_t)&mounted, err);
    return status;
}

static bool has_had_names(const record *r)
{
    return r->hosts.count || attachments_have_names(&r->networks);
}

void resting_forget_names(const resting *r, const char *volume)
{
    if (has_had_names(r->record))
        ignore(hosts_write(r->layers.files, volume, NULL, 0, NULL, NULL));
}

wcow_status resting_forget_names_at_rest(const resting *r, wcow_error *err)
{
    cleanup_free char *volume = NULL;
    wcow_status status;

    if (!has_had_names(r->record))
        return WCOW_OK;
    status = scratch_mount(&r->layers, r->scratch, &r->chain, &volume, err);
    if (status)
        return status;
    resting_forget_names(r, volume);
    return scratch_unmount(&r->layers, r->scratch, err);
}

wcow_status resting_done(wcow_container *container, wcow_error *err)
{
    const bool mounted = false;

    return state_change(container->host, container->id, note, (void *)(uintptr_t)&mounted, err);
}

void resting_clear(resting *r)
{
    record_free(r->record);
    store_lock_release(&r->owner);
    layer_chain_free(&r->chain);
    free(r->scratch);
}
