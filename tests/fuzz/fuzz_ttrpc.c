/* SPDX-License-Identifier: MIT */
/* A whole connection of ttrpc, from the first byte to its end, with a service that reads what it is
 * sent. */
#include "tests/fuzz/fuzz.h"

#include <pthread.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include "base/condition.h"
#include "shim/ttrpc/line.h"
#include "shim/wire/task.pb.h"

typedef struct talk {
    pthread_mutex_t lock; /* guards the following */
    condition changed;
    bool gone;
    ttrpc_call *kept;
} talk;

static void create(void *context, ttrpc_call *call)
{
    task_create_request request = {0};
    task_mount mount = {0};
    wcow_error err = WCOW_ERROR_INIT;

    (void)context;
    if (wire_decode(task_create_request_fields, ttrpc_call_payload(call), "it", &request, &err)) {
        ttrpc_call_error(call, &err);
        return;
    }
    for (size_t i = 0; i < request.rootfs.count; i++)
        (void)(wire_decode(task_mount_fields, request.rootfs.entries[i], "it", &mount, NULL) == 0);
    ttrpc_call_reply(call, task_create_request_fields, &request);
}

static void process(void *context, ttrpc_call *call)
{
    task_process_request request = {0};
    wcow_error err = WCOW_ERROR_INIT;

    (void)context;
    if (wire_decode(task_process_request_fields, ttrpc_call_payload(call), "it", &request, &err))
        ttrpc_call_error(call, &err);
    else
        ttrpc_call_reply(call, task_process_request_fields, &request);
}

/* Keeps one, and answers it when the next comes. */
static void keep(void *context, ttrpc_call *call)
{
    talk *t = context;

    if (t->kept)
        ttrpc_call_reply(t->kept, NULL, NULL);
    t->kept = call;
}

static const char *const names[] = {"containerd.task.v2.Task"};
static const ttrpc_method methods[] = {
    {"Create", false, create}, {"State", false, process}, {"Wait", false, keep}};

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

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    static talk t = {.lock = PTHREAD_MUTEX_INITIALIZER};
    const ttrpc_service service = {names, 1, methods, 3, &t, NULL};
    const ttrpc_serving serving = {&service, NULL, note_end, &t};
    int ends[2];
    stream *pipe = NULL;
    ttrpc_line *line;

    FUZZ_CHECK(condition_init(&t.changed));
    t.gone = false;
    FUZZ_CHECK(socketpair(AF_UNIX, SOCK_STREAM, 0, ends) == 0);
    FUZZ_CHECK(stream_from_native(ends[0], &pipe) == 0);
    line = ttrpc_line_new(pipe, 1, &serving);
    FUZZ_CHECK(line && ttrpc_line_start(line));
    say(ends[1], data, size);
    pthread_mutex_lock(&t.lock);
    while (!t.gone)
        condition_wait(&t.changed, &t.lock);
    pthread_mutex_unlock(&t.lock);
    if (t.kept)
        ttrpc_call_drop(t.kept);
    t.kept = NULL;
    condition_free(&t.changed);
    return 0;
}
