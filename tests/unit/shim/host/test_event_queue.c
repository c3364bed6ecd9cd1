/* SPDX-License-Identifier: MIT */
/* Events on their way to containerd, which is there, away, and back. */
#include "shim/host/event_queue.h"

#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

#include "base/text.h"
#include "shim/host/event_message.h"
#include "shim/wire/event.pb.h"
#include "shim/wire/task.pb.h"
#include "tests/unit/shim/host/events.h"
#include "tests/unit/status.h"

typedef struct bench {
    events events;
    shim_log *log;
    event_queue *queue;
    wcow_error err;
} bench;

static int set_up(void **state)
{
    static unsigned count;
    bench *b = calloc(1, sizeof(*b));
    char space[64];

    if (!b)
        return -1;
    snprintf(space, sizeof(space), "wcow-test-queue-%d-%u", (int)getpid(), count++);
    events_init(&b->events);
    assert_ok(&b->err, shim_log_new(space, "web", SHIM_INFORM, &b->log, &b->err));
    assert_ok(&b->err, event_queue_new(b->events.address, "default", b->log, &b->queue, &b->err));
    *state = b;
    return 0;
}

static int tear_down(void **state)
{
    bench *b = *state;

    event_queue_free(b->queue, 0);
    shim_log_free(b->log, 0);
    events_free(&b->events);
    free(b);
    return 0;
}

static void add(bench *b, task_event_kind kind, const char *exec_id)
{
    static const task_wish wish = {.id = "web",
                                   .exec_id = "",
                                   .bundle = "C:\\b",
                                   .input = "",
                                   .output = "",
                                   .error_output = ""};
    const task_event event = {.kind = kind,
                              .id = "web",
                              .exec_id = exec_id,
                              .pid = 4,
                              .exit_status = 7,
                              .exited_at = 1,
                              .wish = kind == TASK_EVENT_CREATE ? &wish : NULL};

    event_queue_add(b->queue, &event);
}

static void a_whole_life_is_told_in_its_order(void **state)
{
    bench *b = *state;

    events_up(&b->events);
    add(b, TASK_EVENT_CREATE, "");
    add(b, TASK_EVENT_START, "");
    add(b, TASK_EVENT_EXEC_ADDED, "a1");
    add(b, TASK_EVENT_EXEC_STARTED, "a1");
    add(b, TASK_EVENT_EXIT, "a1");
    add(b, TASK_EVENT_EXIT, "");
    add(b, TASK_EVENT_DELETE, "");
    events_await(&b->events, "create web|start web|exec-added web|exec-started web|exit web a1 7|"
                             "exit web web 7|delete web|");
}

/* containerd is killed in the middle and comes back on the same address. */
static void nothing_is_lost_over_a_restart_nor_told_twice(void **state)
{
    bench *b = *state;

    events_up(&b->events);
    add(b, TASK_EVENT_CREATE, "");
    events_await(&b->events, "create web|");
    events_down(&b->events);
    add(b, TASK_EVENT_START, "");
    add(b, TASK_EVENT_EXIT, "");
    events_up(&b->events);
    event_queue_hurry(b->queue);
    events_await(&b->events, "create web|start web|exit web web 7|");
}

/* Each hurry is one more try. */
static void ends_alone_are_kept_for_long(void **state)
{
    bench *b = *state;

    add(b, TASK_EVENT_START, "");
    add(b, TASK_EVENT_EXIT, "");
    add(b, TASK_EVENT_DELETE, "");
    for (unsigned i = 0; i <= EVENT_QUEUE_TRIES + 2; i++) {
        event_queue_hurry(b->queue);
        usleep(50000);
    }
    events_up(&b->events);
    event_queue_hurry(b->queue);
    events_await(&b->events, "exit web web 7|delete web|");
}

static void what_containerd_refuses_holds_up_nothing(void **state)
{
    bench *b = *state;

    b->events.refuses = true;
    events_up(&b->events);
    add(b, TASK_EVENT_START, "");
    usleep(200000);
    pthread_mutex_lock(&b->events.lock);
    b->events.refuses = false;
    pthread_mutex_unlock(&b->events.lock);
    add(b, TASK_EVENT_EXIT, "");
    event_queue_hurry(b->queue);
    events_await(&b->events, "exit web web 7|");
}

/* Whoever adds never waits, and memory has a bound. */
static void a_queue_without_end_drops_starts_before_ends(void **state)
{
    bench *b = *state;

    add(b, TASK_EVENT_EXIT, "");
    for (unsigned i = 0; i < EVENT_QUEUE_MOST * 2; i++)
        add(b, TASK_EVENT_START, "");
    add(b, TASK_EVENT_DELETE, "");
    for (unsigned i = 0; i <= EVENT_QUEUE_TRIES + 2; i++) {
        event_queue_hurry(b->queue);
        usleep(50000);
    }
    events_up(&b->events);
    event_queue_hurry(b->queue);
    events_await(&b->events, "exit web web 7|delete web|");
}

static void the_last_events_are_given_time(void **state)
{
    bench *b = *state;

    events_up(&b->events);
    add(b, TASK_EVENT_EXIT, "");
    add(b, TASK_EVENT_DELETE, "");
    event_queue_free(b->queue, 20000);
    b->queue = NULL;
    events_await(&b->events, "exit web web 7|delete web|");
}

/* ---- what is told ---- */

static uint8_t digit(char c)
{
    return (uint8_t)(c <= '9' ? c - '0' : c - 'a' + 10);
}

static int64_t time_of(common_timestamp at)
{
    return at.seconds * 1000000000 + at.nanos;
}

static void copy(char out[128], wire_bytes bytes)
{
    snprintf(out, 128, "%.*s", (int)bytes.size, bytes.size ? (const char *)bytes.data : "");
}

/* An event as the pod tells it, from the message that hcsshim's shim made of it. All texts of it.
 */
typedef struct recorded {
    task_event event;
    char id[128], exec_id[128], bundle[128], input[128], output[128], error_output[128];
    task_wish wish;
    task_create_request request;
} recorded;

static wcow_error problem;

static void from_exit(wire_bytes bytes, recorded *out)
{
    event_task_exit exited = {0};

    assert_ok(&problem, wire_decode(event_task_exit_fields, bytes, "it", &exited, &problem));
    copy(out->id, exited.container_id);
    copy(out->exec_id, exited.id);
    if (strcmp(out->id, out->exec_id) == 0)
        out->exec_id[0] = '\0';
    out->event.pid = exited.pid;
    out->event.exit_status = exited.exit_status;
    out->event.exited_at = time_of(exited.exited_at);
}

static void from_delete(wire_bytes bytes, recorded *out)
{
    event_task_delete deleted = {0};

    assert_ok(&problem, wire_decode(event_task_delete_fields, bytes, "it", &deleted, &problem));
    copy(out->id, deleted.container_id);
    copy(out->exec_id, deleted.id);
    out->event.pid = deleted.pid;
    out->event.exit_status = deleted.exit_status;
    out->event.exited_at = time_of(deleted.exited_at);
}

static void from_start(wire_bytes bytes, recorded *out)
{
    event_task_start started = {0};

    assert_ok(&problem, wire_decode(event_task_start_fields, bytes, "it", &started, &problem));
    copy(out->id, started.container_id);
    out->event.pid = started.pid;
}

static void from_exec(wire_bytes bytes, recorded *out)
{
    event_task_exec_started started = {0};

    assert_ok(&problem,
              wire_decode(event_task_exec_started_fields, bytes, "it", &started, &problem));
    copy(out->id, started.container_id);
    copy(out->exec_id, started.exec_id);
    out->event.pid = started.pid;
}

static void from_create(wire_bytes bytes, recorded *out)
{
    event_task_create created = {0};

    assert_ok(&problem, wire_decode(event_task_create_fields, bytes, "it", &created, &problem));
    copy(out->id, created.container_id);
    copy(out->bundle, created.bundle);
    copy(out->input, created.io.input);
    copy(out->output, created.io.output);
    copy(out->error_output, created.io.error_output);
    out->request.rootfs = created.rootfs;
    out->wish = (task_wish){out->id,    "",          out->bundle,       created.io.terminal,
                            out->input, out->output, out->error_output, &out->request};
    out->event.wish = &out->wish;
    out->event.pid = created.pid;
}

static void event_from(const event_envelope *envelope, recorded *out)
{
    static const struct {
        const char *topic;
        task_event_kind kind;
        void (*read)(wire_bytes bytes, recorded *out);
    } kinds[] = {{"/tasks/create", TASK_EVENT_CREATE, from_create},
                 {"/tasks/start", TASK_EVENT_START, from_start},
                 {"/tasks/exit", TASK_EVENT_EXIT, from_exit},
                 {"/tasks/delete", TASK_EVENT_DELETE, from_delete},
                 {"/tasks/exec-added", TASK_EVENT_EXEC_ADDED, from_exec},
                 {"/tasks/exec-started", TASK_EVENT_EXEC_STARTED, from_exec}};

    memset(out, 0, sizeof(*out));
    out->event.id = out->id;
    out->event.exec_id = out->exec_id;
    for (size_t i = 0; i < sizeof(kinds) / sizeof(kinds[0]); i++) {
        if (wire_is(envelope->topic, kinds[i].topic)) {
            out->event.kind = kinds[i].kind;
            kinds[i].read(envelope->event.value, out);
            return;
        }
    }
    fail_msg("no such topic");
}

static void events_are_told_as_containerd_is_used_to(void **state)
{
    static char line[8192], kind[64], where[128], hex[4096], space[64];
    FILE *file = fopen("data/messages.txt", "rb");
    wcow_error err = WCOW_ERROR_INIT;
    unsigned compared = 0;

    (void)state;
    assert_non_null(file);
    while (fgets(line, sizeof(line), file)) {
        static uint8_t bytes[2048];
        size_t size = 0;
        event_forward_request request = {0};
        cleanup_text text made = TEXT_INIT;
        recorded from;

        if (sscanf(line, "%63s %127s %4095s", kind, where, hex) != 3 ||
            !text_equal(kind, "event.forward_request"))
            continue;
        for (; hex[2 * size]; size++)
            bytes[size] = (uint8_t)(digit(hex[2 * size]) << 4 | digit(hex[2 * size + 1]));
        assert_ok(&err, wire_decode(event_forward_request_fields, (wire_bytes){bytes, size}, "it",
                                    &request, &err));
        event_from(&request.envelope, &from);
        snprintf(space, sizeof(space), "%.*s", (int)request.envelope.namespace.size,
                 (const char *)request.envelope.namespace.data);
        assert_ok(&err, event_message_make(&from.event, space, time_of(request.envelope.timestamp),
                                           &made, &err));
        assert_int_equal(made.length, size);
        assert_memory_equal(made.data, bytes, size);
        compared++;
    }
    fclose(file);
    assert_true(compared >= 18);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(a_whole_life_is_told_in_its_order, set_up, tear_down),
        cmocka_unit_test_setup_teardown(nothing_is_lost_over_a_restart_nor_told_twice, set_up,
                                        tear_down),
        cmocka_unit_test_setup_teardown(ends_alone_are_kept_for_long, set_up, tear_down),
        cmocka_unit_test_setup_teardown(what_containerd_refuses_holds_up_nothing, set_up,
                                        tear_down),
        cmocka_unit_test_setup_teardown(a_queue_without_end_drops_starts_before_ends, set_up,
                                        tear_down),
        cmocka_unit_test_setup_teardown(the_last_events_are_given_time, set_up, tear_down),
        cmocka_unit_test(events_are_told_as_containerd_is_used_to),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
