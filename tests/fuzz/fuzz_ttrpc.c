/* SPDX-License-Identifier: MIT */
/*
 * A whole connection of ttrpc, from the first byte to its end, to the task service, whose tasks are
 * run by a backend that does nothing, and always succeeds.
 */
#include "tests/fuzz/fuzz.h"

#include <pthread.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include "base/condition.h"
#include "shim/service/task_service.h"
#include "shim/ttrpc/line.h"

typedef struct talk {
    pthread_mutex_t lock; /* guards the following */
    condition changed;
    bool gone;
} talk;

/* ---- the backend ---- */

/* What it has of a process; the owner is there until it is told that the process is finished. */
typedef struct runner {
    struct runner *next;
    task_process *owner;
    bool started, finished;
} runner;

static pthread_mutex_t runners_lock = PTHREAD_MUTEX_INITIALIZER; /* guards the following */
static runner *runners;

/* Once of each. */
static void finish(runner *r)
{
    task_process *owner;

    pthread_mutex_lock(&runners_lock);
    owner = r->finished ? NULL : r->owner;
    r->finished = true;
    pthread_mutex_unlock(&runners_lock);
    if (!owner)
        return;
    task_process_ended(owner, 1, 0);
    task_process_finished(owner);
}

/* What was started and is not finished; NULL: nothing. */
static runner *find_started(void)
{
    runner *r;

    pthread_mutex_lock(&runners_lock);
    r = runners;
    while (r && (!r->started || r->finished))
        r = r->next;
    pthread_mutex_unlock(&runners_lock);
    return r;
}

static wcow_status create(void *context, void *container, const task_wish *wish,
                          task_process *owner, void **handle, wcow_error *err)
{
    runner *r = calloc(1, sizeof(*r));

    (void)context;
    (void)container;
    (void)err;
    FUZZ_CHECK(wish->id[0] && owner && r);
    r->owner = owner;
    pthread_mutex_lock(&runners_lock);
    r->next = runners;
    runners = r;
    pthread_mutex_unlock(&runners_lock);
    *handle = r;
    return WCOW_OK;
}

/* Every other process ends at once. */
static wcow_status start(void *context, void *handle, uint32_t *pid, wcow_error *err)
{
    static _Atomic uint32_t next;
    runner *r = handle;

    (void)context;
    (void)err;
    *pid = ++next;
    pthread_mutex_lock(&runners_lock);
    r->started = true;
    pthread_mutex_unlock(&runners_lock);
    if (*pid % 2)
        finish(r);
    return WCOW_OK;
}

static void discard(void *context, void *handle)
{
    const runner *r = handle;

    (void)context;
    FUZZ_CHECK(!r->started);
}

static void forget(void *context, void *handle)
{
    runner **at = &runners;

    (void)context;
    pthread_mutex_lock(&runners_lock);
    while (*at && *at != handle)
        at = &(*at)->next;
    FUZZ_CHECK(*at);
    *at = (*at)->next;
    pthread_mutex_unlock(&runners_lock);
    free(handle);
}

static wcow_status signal_process(void *context, void *handle, uint32_t number, bool wait,
                                  wcow_error *err)
{
    (void)context;
    (void)wait;
    (void)err;
    if (number == 9)
        finish(handle);
    return WCOW_OK;
}

static wcow_status resize(void *context, void *handle, uint32_t width, uint32_t height,
                          wcow_error *err)
{
    (void)context;
    (void)handle;
    (void)width;
    (void)height;
    (void)err;
    return WCOW_OK;
}

static wcow_status close_input(void *context, void *handle, wcow_error *err)
{
    (void)context;
    (void)handle;
    (void)err;
    return WCOW_OK;
}

static wcow_status processes(void *context, void *handle, task_add_facts *add, void *to,
                             wcow_error *err)
{
    const task_process_facts facts = {.pid = 2, .image_name = "ping.exe"};

    (void)context;
    (void)handle;
    (void)err;
    add(to, &facts);
    return WCOW_OK;
}

static wcow_status statistics(void *context, void *handle, task_statistics *out, wcow_error *err)
{
    (void)context;
    (void)handle;
    (void)err;
    *out = (task_statistics){.timestamp = -1};
    return WCOW_OK;
}

static wcow_status update(void *context, void *handle, const task_change *change, wcow_error *err)
{
    (void)context;
    (void)handle;
    (void)err;
    FUZZ_CHECK(change->type && change->value && change->size > 0);
    return WCOW_OK;
}

static void event(void *context, const task_event *e)
{
    (void)context;
    FUZZ_CHECK(e->id[0]);
}

static void shut_down(void *context)
{
    (void)context;
}

static const task_backend backend = {NULL,           create, start,       discard,   forget,
                                     signal_process, resize, close_input, processes, statistics,
                                     update,         event,  shut_down};

/* ---- the connection ---- */

static void run_slow(void *what)
{
    ttrpc_call *call = what;

    call->method->run(call->context, call);
}

static void drop_slow(void *what)
{
    ttrpc_call_drop(what);
}

static void note_end(void *context, ttrpc_line *line)
{
    talk *t = context;

    (void)line;
    pthread_mutex_lock(&t->lock);
    t->gone = true;
    condition_broadcast(&t->changed);
    pthread_mutex_unlock(&t->lock);
}

/* The caller's side: says all, reads nothing, and hangs up. */
static void say(int descriptor, const uint8_t *data, size_t size)
{
    while (size > 0) {
        ssize_t done = send(descriptor, data, size, MSG_NOSIGNAL);

        if (done <= 0)
            break; /* it was cut off */
        data += done;
        size -= (size_t)done;
    }
    close(descriptor);
}

static void talk_to(const ttrpc_service *service, workers *slow, const uint8_t *data, size_t size)
{
    talk t = {.lock = PTHREAD_MUTEX_INITIALIZER};
    const ttrpc_serving serving = {service, slow, slow, note_end, &t};
    int ends[2];
    stream *pipe = NULL;
    ttrpc_line *line;

    FUZZ_CHECK(condition_init(&t.changed));
    FUZZ_CHECK(socketpair(AF_UNIX, SOCK_STREAM, 0, ends) == 0);
    FUZZ_CHECK(stream_from_native(ends[0], &pipe) == 0);
    line = ttrpc_line_new(pipe, 1, &serving);
    FUZZ_CHECK(line && ttrpc_line_start(line));
    say(ends[1], data, size);
    pthread_mutex_lock(&t.lock);
    while (!t.gone)
        condition_wait(&t.changed, &t.lock);
    pthread_mutex_unlock(&t.lock);
    condition_free(&t.changed);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    task_service tasks = {task_pod_new("run1", true, &backend), 42};
    ttrpc_service service;
    workers slow;
    runner *r;

    FUZZ_CHECK(tasks.pod && workers_init(&slow, run_slow, drop_slow));
    task_service_init(&tasks, &service);
    talk_to(&service, &slow, data, size);
    workers_stop(&slow);
    while ((r = find_started()))
        finish(r);
    task_pod_free(tasks.pod);
    FUZZ_CHECK(!runners);
    return 0;
}
