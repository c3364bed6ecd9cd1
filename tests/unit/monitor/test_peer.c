/* SPDX-License-Identifier: MIT */
/* A monitor whose peer is in a call to the service that does not return. */
#include "tests/unit/engine/attached.h"

#include <stdlib.h>
#include <string.h>

#include "base/error.h"
#include "base/thread.h"
#include "engine/container/container.h"
#include "engine/container/monitor_link.h"
#include "port/clock.h"

/* The call takes so long, and the monitor has this long for whatever it waits for. */
#define STUCK "{\"call\":\"HcsModifyProcess\",\"every\":true,\"delay\":4000}"
#define LIMIT 300u

static const char *const ping[] = {"ping", NULL};

/* A monitor on a thread, whose host and ports stay after it: as those of a process would, until it
 * has exited. */
typedef struct stage_of_one {
    fixture *f;
    hcs_port *hcs;
    storage_port *storage;
    wcow_host *host;
    char *id;
    wcow_status status;
    wcow_error err;
    pthread_t thread;
} stage_of_one;

static void *monitor_main(void *context)
{
    stage_of_one *s = context;

    s->status = wcow_monitor_run(s->host, s->id, &s->err);
    return NULL;
}

static int32_t start_monitor(void *context, wcow_host *host, const char *id, machine_child **child)
{
    stage_of_one *s = context;

    (void)host;
    (void)child;
    s->id = text_copy(id);
    return pthread_create(&s->thread, NULL, monitor_main, s) ? HR_OUT_OF_MEMORY : HR_OK;
}

static void open_stage(stage_of_one *s)
{
    *s = (stage_of_one){.f = fixture_with_image(NULL)};
    s->hcs = fake_hcs_open(s->f->fake->sim);
    s->storage = fake_storage_open(s->f->fake->sim);
    assert_ok(&s->f->err,
              host_new(s->f->root, s->hcs, s->storage, &s->f->monitors.port, &s->host, &s->f->err));
    s->host->limits = s->f->host->limits;
    s->host->limits.terminate = LIMIT;
    s->f->host->start_monitor = start_monitor;
    s->f->host->start_context = s;
}

/* What was left to the death of the process is closed by it. */
static void close_stage(stage_of_one *s)
{
    s->f->may_leave = fake_hcs_handles(s->hcs);
    s->hcs->free(s->hcs);
    s->storage->free(s->storage);
    wcow_host_free(s->host);
    free(s->id);
    fixture_free(s->f);
}

static void assert_status(fixture *f, wcow_container *container, const char *expected)
{
    cleanup_free char *status = fixture_inspect(f, container, "State.Status");

    assert_string_equal(status, expected);
}

/* It asks to be told of the end, then has the console resized; and hangs up. */
static void resize_and_go(stage_of_one *s, wcow_container *container)
{
    static const char size[] = "{\"columns\":80,\"rows\":25}";
    connection link = CONNECTION_INIT;
    cleanup_json cJSON *request = request_new("wait");
    cleanup_free char *words = json_print(request);

    assert_ok(&s->f->err, monitor_connect(container, 5000, &link, &s->f->err));
    assert_ok(&s->f->err, frame_write(link.pipe, FRAME_REQUEST, words, strlen(words), &s->f->err));
    assert_ok(&s->f->err, frame_write(link.pipe, FRAME_RESIZE, size, sizeof size - 1, &s->f->err));
    while (!sim_faults_hit(s->f->fake->sim))
        clock_sleep(5);
    connection_close(&link);
}

static void a_peer_that_is_stuck_does_not_keep_the_monitor(void **test)
{
    static stage_of_one s; /* a peer may come back to it */
    wcow_container *web;
    uint64_t begun;

    (void)test;
    open_stage(&s);
    web = attached_create(s.f, ping, true);
    assert_ok(&s.f->err, wcow_container_start(web, NULL, NULL, &s.f->err));
    assert_true(sim_fault(s.f->fake->sim, STUCK));
    resize_and_go(&s, web);
    begun = clock_ticks();
    assert_ok(&s.f->err, wcow_container_kill(web, NULL, &s.f->err));
    pthread_join(s.thread, NULL);
    assert_true(clock_ticks() - begun < 3000);
    assert_status(s.f, web, "exited");

    clock_sleep(4500); /* the call returns, finds what it left, and ends */
    sim_faults_clear(s.f->fake->sim);
    assert_ok(&s.f->err, wcow_container_remove(web, false, &s.f->err));
    wcow_container_free(web);
    close_stage(&s);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_peer_that_is_stuck_does_not_keep_the_monitor),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
