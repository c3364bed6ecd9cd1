/* SPDX-License-Identifier: MIT */
#include "shim/host/serving.h"

#include <pthread.h>

#include "base/condition.h"
#include "base/error.h"
#include "base/strings.h"
#include "base/text.h"
#include "port/machine.h"
#include "port/pipe.h"
#include "shim/host/event_queue.h"
#include "shim/host/pipe_names.h"
#include "shim/service/task_service.h"
#include "shim/wire/peer.pb.h"
#include "shim/wire/task.pb.h"

/* ms at the end: for answers to be read, for events, for the log. */
#define ANSWERS_PATIENCE 1000u
#define EVENTS_PATIENCE  5000u
#define LOG_PATIENCE     200u
#define EVENTS_RETRY     500u /* until memory for a thread that tells events is looked for again */

typedef struct serving {
    const serve_wish *wish;
    shim_log *log;
    event_queue *events;
    task_pod *pod;
    task_service tasks;
    ttrpc_service task_methods, own_methods;
    pthread_mutex_t lock; /* guards the following */
    condition changed;
    uint64_t version; /* one more with each change */
    size_t callers;
    string_list gone; /* containers whose log pipes are to be closed */
    bool abandoned;   /* whoever is connected, nobody will call */
    bool shut_down;
} serving;

static void change(serving *s)
{
    s->version++;
    condition_broadcast(&s->changed);
}

static void wake(serving *s)
{
    pthread_mutex_lock(&s->lock);
    change(s);
    pthread_mutex_unlock(&s->lock);
}

/* ---- what is told of tasks; some of it with the pod's lock held ---- */

/* Closing a pipe waits for its thread: that is the main thread's. */
static void note_gone(serving *s, const char *id)
{
    pthread_mutex_lock(&s->lock);
    ignore(string_list_add(&s->gone, id)); /* else its pipe is there until the end */
    change(s);
    pthread_mutex_unlock(&s->lock);
}

static void take_event(void *context, const task_event *event)
{
    serving *s = context;

    if (!event_queue_add(s->events, event))
        wake(s);
    if (event->kind == TASK_EVENT_DELETE && *event->exec_id == '\0')
        note_gone(s, event->id);
}

static void take_shut_down(void *context)
{
    serving *s = context;

    pthread_mutex_lock(&s->lock);
    s->shut_down = true;
    change(s);
    pthread_mutex_unlock(&s->lock);
}

static void take_problem(void *context, const char *id, const wcow_error *err)
{
    const serving *s = context;

    shim_log_line(s->log, SHIM_ERROR, "%s: %s", id, err->message);
}

static void take_remark(void *context, const char *id, const char *words, const char *what)
{
    const serving *s = context;

    shim_log_line(s->log, SHIM_DEBUG, "%s: %s%s", id, words, what);
}

/* ---- who calls ---- */

static void caller_came(void *context, uint64_t caller)
{
    serving *s = context;

    (void)caller;
    pthread_mutex_lock(&s->lock);
    s->callers++;
    change(s);
    pthread_mutex_unlock(&s->lock);
    event_queue_hurry(s->events); /* containerd is there, most likely */
}

static void caller_left(void *context, uint64_t caller)
{
    serving *s = context;

    (void)caller;
    pthread_mutex_lock(&s->lock);
    s->callers--;
    change(s);
    pthread_mutex_unlock(&s->lock);
}

/* ---- Join, Leave and Abandon ---- */

static char *named_id(ttrpc_call *call)
{
    task_process_request request = {0};
    wcow_error err = WCOW_ERROR_INIT;
    char *id;

    if (wire_decode(task_process_request_fields, ttrpc_call_payload(call), "the request", &request,
                    &err)) {
        ttrpc_call_error(call, &err);
        return NULL;
    }
    id = wire_copy(request.id);
    if (!id)
        ttrpc_call_fail(call, TTRPC_RESOURCE_EXHAUSTED, "out of memory");
    return id;
}

static void join(void *context, ttrpc_call *call)
{
    serving *s = context;
    wcow_error err = WCOW_ERROR_INIT;
    const task_connect_response response = {.shim_pid = s->tasks.shim_pid};
    cleanup_free char *id = named_id(call);

    if (!id)
        return;
    if (shim_log_open(s->log, id, &err))
        ttrpc_call_error(call, &err);
    else
        ttrpc_call_reply(call, task_connect_response_fields, &response);
}

static void leave(void *context, ttrpc_call *call)
{
    serving *s = context;
    cleanup_free char *id = named_id(call);

    task_presence presence;

    if (!id)
        return;
    presence = task_give_up(s->pod, id);
    if (presence != TASK_PRESENT)
        note_gone(s, id);
    if (presence == TASK_ABSENT)
        ttrpc_call_reply(call, NULL, NULL);
    else
        ttrpc_call_fail(call, TTRPC_FAILED_PRECONDITION, "the container is there, or will be");
}

/*
 * Whoever tells it. With our pid it is for us, and nobody will call any more: connections that
 * there are still belong to a containerd that has given up and not closed them, or to others that
 * tell the same. Without it we may be newer than the bundle, and whoever else is connected needs
 * us.
 */
static bool obeys(serving *s, uint32_t shim_pid)
{
    bool alone;

    pthread_mutex_lock(&s->lock);
    alone = s->callers == 1;
    if (shim_pid == s->tasks.shim_pid) {
        alone = true;
        s->abandoned = true;
        change(s);
    }
    pthread_mutex_unlock(&s->lock);
    return alone;
}

static void abandon(void *context, ttrpc_call *call)
{
    serving *s = context;
    peer_abandon_request request = {0};
    wcow_error err = WCOW_ERROR_INIT;
    cleanup_free char *id = NULL;

    if (wire_decode(peer_abandon_request_fields, ttrpc_call_payload(call), "the request", &request,
                    &err)) {
        ttrpc_call_error(call, &err);
        return;
    }
    id = wire_copy(request.id);
    if (!id) {
        ttrpc_call_fail(call, TTRPC_RESOURCE_EXHAUSTED, "out of memory");
        return;
    }
    if (!obeys(s, request.shim_pid)) {
        ttrpc_call_fail(call, TTRPC_FAILED_PRECONDITION, "others are connected");
        return;
    }
    shim_log_line(s->log, SHIM_WARN, "containerd has given '%s' up: it ends", id);
    ttrpc_call_confirm(call);
    task_shut_down(s->pod, id);
    ttrpc_call_drop(call);
}

static const char *const own_names[] = {SHIM_SERVICE};
static const ttrpc_method own_methods[] = {{SHIM_JOIN, TTRPC_URGENT, join, NULL},
                                           {SHIM_LEAVE, TTRPC_AT_ONCE, leave, NULL},
                                           {SHIM_ABANDON, TTRPC_URGENT, abandon, NULL}};

/* ---- its life ---- */

/* What the main thread does with what was noted. */
static void close_gone(serving *s)
{
    string_list gone;

    pthread_mutex_lock(&s->lock);
    gone = s->gone;
    s->gone = (string_list)STRING_LIST_INIT;
    pthread_mutex_unlock(&s->lock);
    for (size_t i = 0; i < gone.count; i++)
        shim_log_close(s->log, gone.items[i]);
    string_list_free(&gone);
}

/* Waits for a change since `version`, or until the deadline; false: that is over. Events that there
 * is no thread for are looked at now and then. */
static bool await_change(serving *s, uint64_t version, uint64_t deadline)
{
    const uint64_t retry = event_queue_call(s->events) ? TICKS_NEVER : ticks_after(EVENTS_RETRY);
    const uint64_t until = retry < deadline ? retry : deadline;
    bool changed = true;

    pthread_mutex_lock(&s->lock);
    while (s->version == version && changed)
        changed = condition_wait_until(&s->changed, &s->lock, until);
    pthread_mutex_unlock(&s->lock);
    return changed || until < deadline;
}

/*
 * Nobody calls, and nothing is there: containerd has died while it started us, or has not got our
 * answer. What was shut down and does not end for as long hangs in a call to the service: with the
 * process the container ends, too. Shutdown is confirmed before it is done, and tells nobody else:
 * so a server without callers looks again now and then, whatever it has.
 */
static wcow_status serve_until_end(serving *s, wcow_error *err)
{
    task_need before = TASK_NEED_TASKS; /* when nobody called for the first time */
    uint64_t deadline = TICKS_NEVER;

    for (;;) {
        uint64_t version;
        task_need need;
        bool alone, over;

        pthread_mutex_lock(&s->lock);
        version = s->version; /* before all that is looked at: what changes then is another one */
        alone = s->callers == 0 || s->abandoned;
        over = s->shut_down;
        pthread_mutex_unlock(&s->lock);
        close_gone(s);
        shim_log_look(s->log);
        if (over)
            return WCOW_OK;
        need = task_pod_need(s->pod);
        if (!alone)
            deadline = TICKS_NEVER;
        else if (deadline == TICKS_NEVER || need != before)
            deadline = ticks_after(s->wish->idle);
        before = need;
        if (await_change(s, version, deadline))
            continue;
        deadline = TICKS_NEVER;
        if (task_pod_need(s->pod) != need || need == TASK_NEED_TASKS)
            continue;
        if (need == TASK_NEED_UNWANTED)
            return error_set(err, WCOW_TIMEOUT, "'%s' does not come to its end", s->wish->id);
        shim_log_line(s->log, SHIM_INFORM, "nobody needs the shim of '%s': it ends", s->wish->id);
        task_shut_down(s->pod, s->wish->id);
    }
}

static wcow_status serve_pipe(serving *s, wcow_error *err)
{
    cleanup_free char *name = shim_task_pipe(s->wish->space, s->wish->id);
    pipe_server *pipe = NULL;
    ttrpc_server *server = NULL;
    wcow_status status;

    if (!name)
        return error_no_memory(err);
    status = error_check(err, pipe_listen_address(name, &pipe), "CreateNamedPipe");
    if (status)
        return error_wrap(err, status, "cannot listen on '%s'", name);
    status = ttrpc_server_start(pipe, &s->own_methods, &server, err);
    if (status)
        return status;
    s->wish->ready(s->wish->context);
    status = serve_until_end(s, err);
    s->wish->ending(s->wish->context);
    if (!status) /* else it may wait for ever for what hangs */
        ttrpc_server_stop(server, ANSWERS_PATIENCE);
    return status;
}

static wcow_status serve_pod(serving *s, wcow_error *err)
{
    const serve_wish *wish = s->wish;
    const serve_owner owner = {s, take_event, take_shut_down, take_problem, take_remark};
    const task_backend *backend = NULL;
    wcow_status status = wish->run(wish->context, &owner, &backend, err);

    if (status)
        return status;
    s->pod = task_pod_new(wish->id, wish->is_pod, backend);
    if (!s->pod)
        return error_no_memory(err);
    s->tasks = (task_service){s->pod, machine_process_id()};
    task_service_init(&s->tasks, &s->task_methods);
    s->own_methods = (ttrpc_service){
        .names = own_names,
        .name_count = 1,
        .methods = own_methods,
        .method_count = sizeof(own_methods) / sizeof(own_methods[0]),
        .context = s,
        .left = caller_left,
        .came = caller_came,
        .next = &s->task_methods,
    };
    status = serve_pipe(s, err);
    if (status != WCOW_TIMEOUT)
        task_pod_free(s->pod);
    return status;
}

wcow_status serve(const serve_wish *wish, wcow_error *err)
{
    serving *s = calloc(1, sizeof(*s));
    wcow_status status;

    if (!s || !condition_init(&s->changed)) {
        free(s);
        return error_no_memory(err);
    }
    pthread_mutex_init(&s->lock, NULL);
    s->wish = wish;
    status = shim_log_new(wish->space, wish->id, wish->level, &s->log, err);
    if (!status)
        status = event_queue_new(wish->events, wish->space, s->log, &s->events, err);
    if (!status)
        status = serve_pod(s, err);
    if (status == WCOW_TIMEOUT)
        return status; /* threads that hang may still use all of it */
    event_queue_free(s->events, EVENTS_PATIENCE);
    shim_log_free(s->log, LOG_PATIENCE);
    string_list_free(&s->gone);
    condition_free(&s->changed);
    pthread_mutex_destroy(&s->lock);
    free(s);
    return status;
}
