/* SPDX-License-Identifier: MIT */
#include "shim/host/shim_actions.h"

#include <stdlib.h>

#include "base/condition.h"
#include "base/error.h"
#include "base/text.h"
#include "port/clock.h"
#include "port/pipe.h"
#include "shim/container/sandbox_file.h"
#include "shim/host/bundle.h"
#include "shim/host/grouping.h"
#include "shim/host/pipe_names.h"
#include "shim/host/release_helper.h"
#include "shim/host/serving.h"
#include "shim/host/shim_peer.h"
#include "shim/task/pod.h"
#include "shim/wire/task.pb.h"

#define NANOSECONDS 1000000000
/* ms */
#define QUICK_PATIENCE 1000u /* for what a server answers from memory */
#define READ_PATIENCE  1000u /* for a file that somebody has open */
#define READ_INTERVAL  50u
#define GONE_INTERVAL  20u

/* ---- the server ---- */

typedef enum server_fate {
    SERVER_GONE,    /* or it does not know the task: what is left of that is ours */
    SERVER_LIVES,   /* with the task: nothing of it is to be touched */
    SERVER_LINGERS, /* it may have the task until it is gone */
} server_fate;

/* Only a server that says so has the task. One that says nothing may be at its end. */
static server_fate fate_of_silent(const shim_peer *peer, wcow_status status, uint64_t deadline)
{
    bool listens = pipe_address_listened(peer->address);

    while (listens && status == WCOW_UNAVAILABLE && ticks_now() < deadline) {
        clock_sleep(GONE_INTERVAL);
        listens = pipe_address_listened(peer->address);
    }
    return listens ? SERVER_LINGERS : SERVER_GONE;
}

/*
 * containerd calls `delete` for every task whose connection has closed, also of a container that
 * was deleted as it should be, whose pod goes on: then the server does not know it, and it is told
 * that nobody will come. What else a server has is its own: it may even be of the same id, and
 * newer.
 */
static server_fate fate_in_pod(shim_peer *peer, const shim_invocation *in, uint64_t deadline)
{
    cleanup_ttrpc_answer ttrpc_answer state = {0};
    cleanup_ttrpc_answer ttrpc_answer unused = {0};
    wcow_status status =
        shim_peer_ask(peer, TASK_SERVICE, "State", in->id, QUICK_PATIENCE, &state, NULL);

    if (!status)
        return SERVER_LIVES;
    if (status != WCOW_NOT_FOUND)
        return fate_of_silent(peer, status, deadline);
    status = shim_peer_ask(peer, SHIM_SERVICE, SHIM_LEAVE, in->id, QUICK_PATIENCE, &unused, NULL);
    if (!status)
        return SERVER_GONE;
    return status == WCOW_CONFLICT ? SERVER_LIVES : fate_of_silent(peer, status, deadline);
}

/* A shim that containerd does not speak to any more would run for ever: it is told to end. */
static server_fate fate_of_own(shim_peer *peer, const shim_invocation *in, uint32_t pid,
                               uint64_t deadline)
{
    const wcow_status status = shim_peer_abandon(peer, in->id, pid, QUICK_PATIENCE, NULL);

    if (status == WCOW_CONFLICT)
        return SERVER_LIVES;
    if (status)
        return fate_of_silent(peer, status, deadline);
    return shim_peer_await_end(peer, ticks_left(deadline)) ? SERVER_GONE : SERVER_LINGERS;
}

static server_fate find_fate(const shim_tools *tools, const shim_invocation *in,
                             const shim_group *group, uint64_t deadline)
{
    cleanup_shim_peer shim_peer *peer = NULL;
    const wcow_status status = shim_peer_connect(in->space, group->sandbox, 0, &peer, NULL);

    if (status == WCOW_NOT_FOUND)
        return SERVER_GONE;
    if (status)
        return SERVER_LINGERS;
    return group->role == SHIM_CONTAINER
               ? fate_in_pod(peer, in, deadline)
               : fate_of_own(peer, in, bundle_shim_pid(tools->files, in->bundle), deadline);
}

/* ---- what is left ---- */

/* Whose the bundle is. Texts are owned. */
typedef struct found_group {
    shim_group group;
    cJSON *specification;
    char *sandbox;
    char *server; /* the pipe of one of which nothing more is known */
} found_group;

static void found_free(found_group *g)
{
    cJSON_Delete(g->specification);
    free(g->sandbox);
    free(g->server);
}

DEFINE_CLEANUP_VALUE(found_group, found_group, found_free)

static wcow_status read_specification(const shim_tools *tools, const shim_invocation *in,
                                      uint64_t deadline, cJSON **out, wcow_error *err)
{
    wcow_error problem = WCOW_ERROR_INIT;
    wcow_status status = bundle_read(tools->files, in->bundle, out, &problem);

    while (status && status != WCOW_NOT_FOUND && status != WCOW_CORRUPT && ticks_now() < deadline) {
        clock_sleep(READ_INTERVAL);
        problem = (wcow_error)WCOW_ERROR_INIT;
        status = bundle_read(tools->files, in->bundle, out, &problem);
    }
    return error_pass(err, status, &problem);
}

/*
 * Without a specification that says so: the sandbox's id is in the bundle of a pod's container
 * (containerd 2), and `start` has written which pipe its server listens at. By its own name no
 * server would be found of a container whose pod lives.
 */
static wcow_status guess_group(const shim_tools *tools, const shim_invocation *in,
                               uint64_t deadline, found_group *out, wcow_error *err)
{
    cleanup_free char *own = shim_task_pipe(in->space, in->id);
    wcow_status status =
        own ? bundle_sandbox(tools->files, in->bundle, deadline, &out->sandbox, err)
            : error_no_memory(err);

    if (status)
        return status;
    if (out->sandbox && *out->sandbox) {
        out->group = (shim_group){text_equal(out->sandbox, in->id) ? SHIM_SANDBOX : SHIM_CONTAINER,
                                  out->sandbox};
        return WCOW_OK;
    }
    out->server = bundle_address(tools->files, in->bundle);
    if (out->server && text_equal(out->server, own))
        free(TAKE(out->server));
    return WCOW_OK;
}

/*
 * Nobody may be there to say whose it was, or what is there was never started: then it was its own.
 */
static wcow_status find_group(const shim_tools *tools, const shim_invocation *in, found_group *out,
                              wcow_error *err)
{
    const uint64_t deadline = ticks_after(READ_PATIENCE);
    wcow_error problem = WCOW_ERROR_INIT;
    const wcow_status status =
        read_specification(tools, in, deadline, &out->specification, &problem);
    wcow_status guessed;

    out->group = (shim_group){SHIM_ALONE, in->id};
    if (!status) {
        ignore(shim_group_read(out->specification, in->id, &out->group, NULL));
        return WCOW_OK;
    }
    guessed = guess_group(tools, in, deadline, out, err);
    if (guessed || out->sandbox || out->server)
        return guessed;
    return status == WCOW_NOT_FOUND || status == WCOW_CORRUPT ? WCOW_OK
                                                              : error_pass(err, status, &problem);
}

static wcow_status keep(const shim_tools *tools, const shim_invocation *in, const found_group *g,
                        wcow_error *err)
{
    cleanup_free char *server =
        g->server ? text_copy(g->server) : shim_task_pipe(in->space, g->group.sandbox);

    if (!server)
        return error_no_memory(err);
    return tools->keep(tools->context, in->bundle, g->group.role == SHIM_CONTAINER ? NULL : in->id,
                       server, err);
}

/* `kept`: whatever comes of it, nothing is forgotten when the bundle goes. */
static wcow_status release(const shim_tools *tools, const shim_invocation *in, bool *kept,
                           wcow_error *err)
{
    const uint64_t deadline = ticks_after(SHIM_DELETE_LIMIT - 500); /* to start and to answer */
    CLEANUP(found_group) found_group g = {.sandbox = NULL};
    wcow_status status = find_group(tools, in, &g, err);
    server_fate fate;

    if (status)
        return status;
    fate = g.server ? SERVER_LINGERS : find_fate(tools, in, &g.group, deadline);
    if (fate == SERVER_LINGERS) {
        status = keep(tools, in, &g, err);
        *kept = !status;
        return status ? status
                      : error_set(err, WCOW_UNAVAILABLE,
                                  g.server ? "the bundle does not say whose the container is: what "
                                             "it has is given back when its shim's server is gone"
                                           : "the shim's server neither answers nor ends: what it "
                                             "has is given back when it is gone");
    }
    *kept = fate == SERVER_LIVES;
    if (*kept)
        return WCOW_OK;
    return tools->release(tools->context, in->bundle,
                          g.group.role == SHIM_CONTAINER ? NULL : in->id, ticks_left(deadline),
                          kept, err);
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

/*
 * What is not given back is no failure of the call: containerd would only do less because of it. It
 * is one if nothing remembers it but the bundle, which containerd removes all the same: its log
 * says then what is lost.
 */
wcow_status shim_delete(const shim_tools *tools, const shim_invocation *in, text *answer,
                        wcow_error *err)
{
    bool kept = false;
    const wcow_status status = release(tools, in, &kept, err);
    wcow_error problem = WCOW_ERROR_INIT;
    wcow_status answered;

    /* What there was no time for now, or earlier. */
    if ((status && kept) || tools->has_left(tools->context))
        ignore(release_helper_start(in, in->bundle, NULL));
    if (!kept)
        return status;
    answered = add_response(answer, &problem);
    return status ? status : error_pass(err, answered, &problem);
}
