/* SPDX-License-Identifier: MIT */
#include "shim/host/shim_actions.h"

#include "base/condition.h"
#include "base/error.h"
#include "port/machine.h"
#include "shim/host/bundle.h"
#include "shim/host/grouping.h"
#include "shim/host/pipe_names.h"
#include "shim/host/release_helper.h"
#include "shim/host/serving.h"
#include "shim/host/shim_peer.h"
#include "shim/host/start_input.h"

/* ms: containerd itself would wait for 100 s. */
#define SERVER_PATIENCE 30000u
#define PEER_PATIENCE   5000u
#define END_PATIENCE    5000u /* ms: of a process that was killed, until its pipes are gone */

/* ---- a new server ---- */

static char *level_text(const shim_invocation *in, const start_input *input)
{
    const shim_level otherwise = in->debug ? SHIM_DEBUG : SHIM_INFORM;

    return text_format("%d", (int)(input->has_level ? input->level : otherwise));
}

/* BootstrapParams say where events go; before there were those, the environment did. */
static char *events_address(const start_input *input)
{
    return input->events.size ? wire_copy(input->events) : machine_environment("TTRPC_ADDRESS");
}

static int32_t start_server(const shim_invocation *in, const char *folder, bool pod,
                            const char *level, const char *events, machine_child **child,
                            stream **said)
{
    const char *const arguments[] = {"-namespace",
                                     in->space,
                                     "-id",
                                     in->id,
                                     "-address",
                                     in->address,
                                     "-publish-binary",
                                     in->publish_binary,
                                     "-bundle",
                                     folder,
                                     "-log-level",
                                     level,
                                     "-events",
                                     events,
                                     pod ? "-pod=true" : "-pod=false",
                                     "serve",
                                     NULL};

    return machine_start_self_heard(arguments, child, said);
}

/* All that it says until it closes its output. */
static wcow_status read_words(stream *said, text *out, wcow_error *err)
{
    const uint64_t deadline = ticks_after(SERVER_PATIENCE);
    char buffer[512];

    while (out->length < 4096) {
        const uint32_t left = ticks_left(deadline);
        size_t got = 0;
        const int32_t hr =
            left ? stream_read_timeout(said, buffer, sizeof(buffer), left, &got) : HR_WAIT_TIMEOUT;

        if (hr == HR_WAIT_TIMEOUT)
            return error_set(err, WCOW_TIMEOUT, "the shim's server is not ready within %u s",
                             SERVER_PATIENCE / 1000);
        if (HR_FAILED(hr) || got == 0)
            return error_check(err, hr, "ReadFile");
        text_add_bytes(out, buffer, got);
    }
    return WCOW_OK;
}

static wcow_status await_ready(stream *said, machine_child *child, wcow_error *err)
{
    cleanup_text text words = TEXT_INIT;
    wcow_status status = read_words(said, &words, err);
    uint32_t code;

    if (status)
        return status;
    if (text_equal(text_get(&words), SERVE_READY))
        return WCOW_OK;
    if (words.length > 0)
        return error_set(err, WCOW_FAILED, "%s", text_get(&words));
    if (HR_FAILED(machine_child_wait(child, 1000, &code)))
        return error_set(err, WCOW_FAILED, "the shim's server says nothing");
    return error_set(err, WCOW_FAILED, "the shim's server has ended with exit code %u",
                     (unsigned)code);
}

/*
 * No answer is given, so nobody will ever call it; but it may come to listen yet, and would keep
 * the id from the next try of containerd's. It has taken nothing: nobody has asked it to.
 */
static void end_server(machine_child *child)
{
    uint32_t code;

    machine_child_kill(child);
    ignore(HR_SUCCEEDED(machine_child_wait(child, END_PATIENCE, &code)));
}

static wcow_status start_new(const shim_tools *tools, const shim_invocation *in, const char *folder,
                             bool pod, const start_input *input, wcow_error *err)
{
    cleanup_child machine_child *child = NULL;
    cleanup_stream stream *said = NULL;
    cleanup_free char *level = level_text(in, input);
    cleanup_free char *events = events_address(input);
    cleanup_free char *address = shim_task_pipe(in->space, in->id);
    wcow_status status;

    if (!level || !address)
        return error_no_memory(err);
    status =
        error_check(err, start_server(in, folder, pod, level, events ? events : "", &child, &said),
                    "CreateProcess");
    if (status)
        return error_wrap(err, status, "cannot start the shim's server");
    status = await_ready(said, child, err);
    if (!status)
        status = bundle_write(tools->files, folder, machine_child_id(child), address, err);
    if (status)
        end_server(child);
    return status;
}

/* ---- the pod's ---- */

/* Its sandbox need not be there yet, as hcsshim's tests have it: Create is what asks for that. */
static wcow_status join_pod(const shim_tools *tools, const shim_invocation *in, const char *folder,
                            const char *sandbox, wcow_error *err)
{
    cleanup_shim_peer shim_peer *peer = NULL;
    cleanup_ttrpc_answer ttrpc_answer unused = {0};
    uint32_t pid = 0;
    wcow_status status = shim_peer_connect(in->space, sandbox, 0, &peer, err);

    if (!status)
        status = shim_peer_join(peer, in->id, PEER_PATIENCE, &pid, err);
    if (status) /* hcsshim's tests know these words */
        return error_wrap(err, status, "failed to connect to hosting shim");
    status = bundle_write(tools->files, folder, pid, peer->address, err);
    if (status) /* it will not come */
        ignore(shim_peer_ask(peer, SHIM_SERVICE, SHIM_LEAVE, in->id, PEER_PATIENCE, &unused, NULL));
    return status;
}

/* ---- the answer ---- */

/*
 * Who sends BootstrapParams understands version 3 (containerd 2.3), whose containers join their pod
 * without a call of `start`; everybody else gets the bare address, which every version takes for
 * version 2. JSON is no protobuf to whoever tries that first, since '{' begins a group.
 */
static wcow_status add_answer(bool bootstrap, const char *address, text *out, wcow_error *err)
{
    cleanup_json cJSON *object = cJSON_CreateObject();
    cleanup_free char *printed = NULL;

    if (!bootstrap) {
        text_add(out, address);
        return WCOW_OK;
    }
    if (object && json_add_integer(object, "version", 3) &&
        json_add_text(object, "address", address) && json_add_text(object, "protocol", "ttrpc"))
        printed = json_print(object);
    if (!printed)
        return error_no_memory(err);
    text_add(out, printed);
    return WCOW_OK;
}

wcow_status shim_start(const shim_tools *tools, const shim_invocation *in, const char *folder,
                       wire_bytes bytes, text *answer, wcow_error *err)
{
    cleanup_json cJSON *specification = NULL;
    cleanup_free char *address = NULL;
    start_input input;
    shim_group group;
    wcow_status status = bundle_read(tools->files, folder, &specification, err);

    if (!status)
        status = shim_group_read(specification, in->id, &group, err);
    if (!status)
        status = start_input_read(bytes, in->space, in->id, &input, err);
    if (status)
        return status;
    address = shim_task_pipe(in->space, group.sandbox);
    if (!address)
        return error_no_memory(err);
    if (tools->has_left(tools->context)) /* an earlier helper has failed, or not come to it */
        ignore(release_helper_start(in, folder, NULL));
    status = group.role == SHIM_CONTAINER
                 ? join_pod(tools, in, folder, group.sandbox, err)
                 : start_new(tools, in, folder, group.role == SHIM_SANDBOX, &input, err);
    return status ? status : add_answer(input.bootstrap, address, answer, err);
}
