/* SPDX-License-Identifier: MIT */
#include "tests/unit/shim/host/events.h"

#include <stdio.h>
#include <unistd.h>

#include "shim/wire/event.pb.h"
#include "tests/unit/status.h"

static const char *text_of(wire_bytes bytes, char out[128])
{
    snprintf(out, 128, "%.*s", (int)bytes.size, bytes.size ? (const char *)bytes.data : "");
    return out;
}

static void add_exit(text *out, wire_bytes bytes)
{
    event_task_exit exited = {0};
    char id[128], process[128];

    if (!wire_decode(event_task_exit_fields, bytes, "it", &exited, NULL))
        text_addf(out, "exit %s %s %u|", text_of(exited.container_id, id),
                  text_of(exited.id, process), (unsigned)exited.exit_status);
}

/* The container's id is the first field of all of them. */
static wire_bytes id_of(wire_bytes topic, wire_bytes bytes)
{
    event_task_create created = {0};
    event_task_start started = {0};
    event_task_delete deleted = {0};
    event_task_exec_started other = {0};

    if (wire_is(topic, "/tasks/create"))
        return wire_decode(event_task_create_fields, bytes, "it", &created, NULL)
                   ? wire_text("?")
                   : created.container_id;
    if (wire_is(topic, "/tasks/start"))
        return wire_decode(event_task_start_fields, bytes, "it", &started, NULL)
                   ? wire_text("?")
                   : started.container_id;
    if (wire_is(topic, "/tasks/delete"))
        return wire_decode(event_task_delete_fields, bytes, "it", &deleted, NULL)
                   ? wire_text("?")
                   : deleted.container_id;
    return wire_decode(event_task_exec_started_fields, bytes, "it", &other, NULL)
               ? wire_text("?")
               : other.container_id;
}

static void add_other(text *out, wire_bytes topic, wire_bytes bytes)
{
    char id[128], name[128];

    text_addf(out, "%s %s|", text_of(topic, name) + strlen("/tasks/"),
              text_of(id_of(topic, bytes), id));
}

/* Answered before it is noted: who sees the note may take the server down, and the answer is read.
 */
static void forward(void *context, ttrpc_call *call)
{
    events *e = context;
    event_forward_request request = {0};
    cleanup_text text noted = TEXT_INIT;
    bool refuses;

    if (wire_decode(event_forward_request_fields, ttrpc_call_payload(call), "it", &request, NULL)) {
        ttrpc_call_fail(call, TTRPC_INVALID_ARGUMENT, "damaged");
        return;
    }
    if (wire_is(request.envelope.topic, "/tasks/exit"))
        add_exit(&noted, request.envelope.event.value);
    else
        add_other(&noted, request.envelope.topic, request.envelope.event.value);
    pthread_mutex_lock(&e->lock);
    refuses = e->refuses;
    pthread_mutex_unlock(&e->lock);
    if (refuses) {
        ttrpc_call_fail(call, TTRPC_INVALID_ARGUMENT, "refused");
        return;
    }
    ttrpc_call_reply(call, NULL, NULL);
    pthread_mutex_lock(&e->lock);
    text_add(&e->topics, text_get(&noted));
    condition_broadcast(&e->changed);
    pthread_mutex_unlock(&e->lock);
}

void events_init(events *e)
{
    static const char *const names[] = {"containerd.services.events.ttrpc.v1.Events"};
    static const ttrpc_method methods[] = {{"Forward", TTRPC_AT_ONCE, forward, NULL}};
    static unsigned count;

    *e = (events){.service = {names, 1, methods, 1, e, NULL, NULL, NULL}};
    pthread_mutex_init(&e->lock, NULL);
    assert_true(condition_init(&e->changed));
    snprintf(e->address, sizeof(e->address), "\\\\.\\pipe\\wcow-test-events-%d-%u", (int)getpid(),
             count++);
}

void events_up(events *e)
{
    pipe_server *pipe = NULL;
    wcow_error err = WCOW_ERROR_INIT;

    assert_int_equal(pipe_listen_address(e->address, &pipe), 0);
    assert_ok(&err, ttrpc_server_start(pipe, &e->service, &e->server, &err));
}

void events_down(events *e)
{
    if (e->server)
        ttrpc_server_stop(e->server, 20000);
    e->server = NULL;
}

void events_free(events *e)
{
    events_down(e);
    text_free(&e->topics);
    condition_free(&e->changed);
    pthread_mutex_destroy(&e->lock);
}

void events_await(events *e, const char *expected)
{
    const uint64_t deadline = ticks_after(20000);
    bool same;

    pthread_mutex_lock(&e->lock);
    while (!(same = text_equal(text_get(&e->topics), expected)) &&
           condition_wait_until(&e->changed, &e->lock, deadline))
        continue;
    if (!same)
        print_error("events so far: %s\n", text_get(&e->topics));
    pthread_mutex_unlock(&e->lock);
    assert_true(same);
}
