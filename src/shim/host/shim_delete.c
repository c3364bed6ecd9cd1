/* SPDX-License-Identifier: MIT */
#include "shim/host/shim_actions.h"

#include "base/condition.h"
#include "base/error.h"
#include "port/clock.h"
#include "port/machine.h"
#include "shim/host/bundle.h"
#include "shim/host/grouping.h"
#include "shim/host/serving.h"
#include "shim/host/shim_peer.h"
#include "shim/task/pod.h"
#include "shim/wire/task.pb.h"

#define NANOSECONDS    1000000000
#define QUICK_PATIENCE 1000u /* ms: for what a server answers from memory */

static uint32_t left_until(uint64_t deadline)
{
    const uint64_t now = ticks_now();

    return now < deadline ? (uint32_t)(deadline - now) : 0;
}

/*
 * A container that the server does not show is not there, or is being created: then the server
 * gives it back, and what it notes in its bundle meanwhile is the server's. Delete waits for that.
 */
static bool is_gone(shim_peer *peer, const char *id, uint64_t deadline)
{
    cleanup_ttrpc_answer ttrpc_answer answer = {0};

    return shim_peer_ask(peer, TASK_SERVICE, "Delete", id, left_until(deadline), &answer, NULL) ==
           WCOW_NOT_FOUND;
}

/*
 * A server that lives. True: nothing of the task is to be touched.
 *
 * containerd calls `delete` for every task whose connection has closed, also of a container that
 * was deleted as it should be, whose pod goes on: then the server does not know it, and it is told
 * that nobody will come. A shim that containerd does not speak to any more would run for ever: it
 * is told to end. What else a server has is its own: it may even be of the same id, and newer.
 */
static bool is_lived_in(shim_peer *peer, const shim_invocation *in, bool container,
                        uint64_t deadline)
{
    cleanup_ttrpc_answer ttrpc_answer answer = {0};
    cleanup_ttrpc_answer ttrpc_answer unused = {0};
    wcow_status status =
        shim_peer_ask(peer, TASK_SERVICE, "State", in->id, QUICK_PATIENCE, &answer, NULL);

    if (container) {
        if (status != WCOW_NOT_FOUND || !is_gone(peer, in->id, deadline))
            return true;
        ignore(
            shim_peer_ask(peer, SHIM_SERVICE, SHIM_LEAVE, in->id, QUICK_PATIENCE, &unused, NULL));
        return false;
    }
    if (shim_peer_ask(peer, SHIM_SERVICE, SHIM_ABANDON, in->id, QUICK_PATIENCE, &unused, NULL))
        return true;
    return !shim_peer_await_end(peer, left_until(deadline));
}

/* Nobody may be there to say whose it was: then it was its own. */
static void read_group(const shim_tools *tools, const shim_invocation *in, cJSON **specification,
                       shim_group *out)
{
    *out = (shim_group){SHIM_ALONE, in->id};
    if (!bundle_read(tools->files, in->bundle, specification, NULL))
        ignore(shim_group_read(*specification, in->id, out, NULL));
}

/* What there was no time for, a helper finishes when nobody waits for it any more. */
static wcow_status start_helper(const shim_invocation *in, wcow_error *err)
{
    const char *const arguments[] = {
        "-namespace",      in->space,          "-id",     in->id,     "-address", in->address,
        "-publish-binary", in->publish_binary, "-bundle", in->bundle, "release",  NULL};
    cleanup_child machine_child *child = NULL;

    return error_check(err, machine_start_self(arguments, &child), "CreateProcess");
}

static wcow_status release(const shim_tools *tools, const shim_invocation *in, wcow_error *err)
{
    const uint64_t deadline = ticks_after(SHIM_DELETE_LIMIT - 500); /* to start and to answer */
    cleanup_json cJSON *specification = NULL;
    cleanup_shim_peer shim_peer *peer = NULL;
    shim_group group;
    wcow_status status;

    read_group(tools, in, &specification, &group);
    if (!shim_peer_connect(in->space, group.sandbox, 0, &peer, NULL) &&
        is_lived_in(peer, in, group.role == SHIM_CONTAINER, deadline))
        return WCOW_OK;
    status =
        tools->release(tools->context, in->bundle, group.role == SHIM_CONTAINER ? NULL : in->id,
                       left_until(deadline), err);
    if (status)
        ignore(start_helper(in, NULL));
    return status;
}

static wcow_status add_response(text *out, wcow_error *err)
{
    const int64_t now = clock_now();
    const task_delete_response response = {
        .exit_status = TASK_NOT_EXITED,
        .has_exited_at = true,
        .exited_at = {now / NANOSECONDS, (int32_t)(now % NANOSECONDS)},
    };

    return wire_encode(task_delete_response_fields, &response, out, err);
}

/* What is not given back is no failure of the call: containerd would only do less because of it. */
wcow_status shim_delete(const shim_tools *tools, const shim_invocation *in, text *answer,
                        wcow_error *err)
{
    const wcow_status status = release(tools, in, err);
    wcow_error problem = WCOW_ERROR_INIT;
    const wcow_status answered = add_response(answer, &problem);

    return status ? status : error_pass(err, answered, &problem);
}
