/* SPDX-License-Identifier: MIT */
/* The one thread that waits for all ends, with threads that can be started and others that cannot.
 */
#include "shim/container/watcher.h"

#include <stdio.h>

#include "base/thread.h"
#include "port/clock.h"
#include "tests/unit/shim/container/shim_scene.h"

#define PROCESS(command) "{\"commandLine\":\"" command "\",\"cwd\":\"C:\\\\\"}"
#define MANY             20u

static atomic_uint started; /* threads */
static atomic_uint spared;  /* so many of the next ones are started */
static atomic_uint refused; /* so many after these are not, and all others are */

bool __real_thread_start_detached(void *(*run)(void *), void *context);
bool __wrap_thread_start_detached(void *(*run)(void *), void *context);

static bool take_one(atomic_uint *count)
{
    for (unsigned left = *count; left;)
        if (atomic_compare_exchange_weak(count, &left, left - 1))
            return true;
    return false;
}

bool __wrap_thread_start_detached(void *(*run)(void *), void *context)
{
    if (!take_one(&spared) && take_one(&refused))
        return false;
    started++;
    return __real_thread_start_detached(run, context);
}

static void add(shim_scene *s, const char *exec_id, const char *process)
{
    assert_ok(&s->err, shim_scene_exec(s, "web", exec_id, process));
    assert_ok(&s->err, shim_scene_start(s, "web", exec_id));
}

static void one_thread_waits_for_all(void **state)
{
    unsigned before;
    shim_scene s;
    char id[16];

    (void)state;
    shim_scene_open(&s, "web", false, NULL);
    shim_scene_run(&s, "web", "sleep 600000");
    before = started;
    for (unsigned n = 0; n < MANY; n++) {
        snprintf(id, sizeof id, "e%u", n);
        add(&s, id, PROCESS("sleep 600000"));
    }
    assert_int_equal(started - before, MANY); /* one reads the output of each */
    for (unsigned n = MANY; n-- > 0;) {
        snprintf(id, sizeof id, "e%u", n);
        assert_ok(&s.err, task_kill(s.pod, "web", id, 9, false, &s.err));
        assert_int_equal(shim_scene_wait(&s, "web", id), 1);
        shim_scene_delete(&s, "web", id);
    }
    shim_scene_close(&s);
}

static void an_end_that_finds_no_thread_waits_for_one(void **state)
{
    shim_scene s;

    (void)state;
    shim_scene_open(&s, "web", false, NULL);
    shim_scene_run(&s, "web", "sleep 600000");
    add(&s, "e1", PROCESS("sleep 300"));
    refused = 3;
    assert_int_equal(shim_scene_wait(&s, "web", "e1"), 0);
    assert_int_equal(refused, 0);
    add(&s, "e2", PROCESS("exit 5"));
    assert_int_equal(shim_scene_wait(&s, "web", "e2"), 5);
    shim_scene_close(&s);
}

/* With so many threads, and without the next one. */
static wcow_status start_first(shim_scene *s, unsigned threads, unsigned without)
{
    const scene_wish wish = {.id = "web", .command = "sleep 600000"};

    shim_scene_open(s, "web", false, NULL);
    assert_ok(&s->err, shim_scene_create(s, &wish));
    started = 0;
    spared = threads;
    refused = without;
    return shim_scene_start(s, "web", "");
}

/* The first of a pod: there is none yet that waits. Its thread is the last that a start takes,
 * after the simulated service's, and one that reads. */
static void what_nobody_could_watch_is_not_started(void **state)
{
    unsigned threads;
    shim_scene s;

    (void)state;
    assert_int_equal(start_first(&s, 0, 0), WCOW_OK);
    threads = started;
    shim_scene_close(&s);
    assert_int_equal(start_first(&s, threads - 1, 1), WCOW_NO_MEMORY);
    assert_int_equal(refused, 0);
    shim_scene_delete(&s, "web", "");
    shim_scene_close(&s);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(one_thread_waits_for_all),
        cmocka_unit_test(an_end_that_finds_no_thread_waits_for_one),
        cmocka_unit_test(what_nobody_could_watch_is_not_started),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
