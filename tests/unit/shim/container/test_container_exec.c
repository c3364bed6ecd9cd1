/* SPDX-License-Identifier: MIT */
/* Processes that are added to a container. */
#include <stdio.h>
#include <string.h>

#include "base/error.h"
#include "port/clock.h"
#include "tests/unit/shim/container/shim_scene.h"
#include "tests/unit/support/own_resources.h"

#define PROCESS(command) "{\"commandLine\":\"" command "\",\"cwd\":\"C:\\\\\"}"

static void begin(shim_scene *s, const char *command)
{
    shim_scene_open(s, "web", false, NULL);
    shim_scene_run(s, "web", command);
}

static void an_added_process_runs_in_the_container(void **state)
{
    cleanup_free char *written = NULL;
    shim_scene s;

    (void)state;
    begin(&s, "ping");
    assert_ok(&s.err, shim_scene_exec(&s, "web", "e1", PROCESS("echo hello")));
    assert_ok(&s.err, shim_scene_start(&s, "web", "e1"));
    assert_int_equal(shim_scene_wait(&s, "web", "e1"), 0);
    written = fake_stdio_written("e1-out");
    assert_non_null(strstr(written, "hello"));
    shim_scene_delete(&s, "web", "e1");
    assert_string_equal(text_get(&s.events), "create web|start web|added web/e1|started web/e1|"
                                             "exit web/e1 0|delete web/e1 0|");
    shim_scene_close(&s);
}

static void one_that_cannot_be_started_leaves_the_container_alone(void **state)
{
    shim_scene s;

    (void)state;
    begin(&s, "ping");
    assert_ok(&s.err, shim_scene_exec(&s, "web", "e1", PROCESS("nothing")));
    assert_int_equal(shim_scene_start(&s, "web", "e1"), WCOW_COMMAND_NOT_FOUND);
    assert_non_null(strstr(s.err.message, "cannot run 'nothing'"));
    assert_int_equal(fake_stdio_count(), 1);
    shim_scene_delete(&s, "web", "e1");
    assert_int_equal(shim_scene_exec(&s, "web", "e2", "{"), WCOW_INVALID);
    assert_int_equal(shim_scene_exec(&s, "web", "e2", "[]"), WCOW_INVALID);
    assert_int_equal(shim_scene_exec(&s, "web", "e2", ""), WCOW_INVALID);
    assert_int_equal(shim_scene_exec(&s, "web", "e2", "{}"), WCOW_INVALID);
    assert_int_equal(fake_stdio_count(), 1);
    shim_scene_close(&s);
}

static void killing_it_kills_nothing_else(void **state)
{
    shim_scene s;

    (void)state;
    begin(&s, "ping");
    assert_ok(&s.err, shim_scene_exec(&s, "web", "e1", PROCESS("stuck")));
    assert_ok(&s.err, shim_scene_start(&s, "web", "e1"));
    /* Without a second handle the container is not terminated in its place. */
    shim_scene_fault(&s, "{\"call\":\"HcsOpenComputeSystem\",\"hr\":\"0x80004005\"}");
    assert_int_equal(task_kill(s.pod, "web", "e1", 9, false, &s.err), WCOW_FAILED);
    assert_ok(&s.err, task_kill(s.pod, "web", "e1", 9, false, &s.err));
    assert_int_equal(shim_scene_wait(&s, "web", "e1"), 1);
    assert_int_equal(shim_scene_calls(&s, "HcsTerminateComputeSystem"), 0);
    shim_scene_close(&s);
}

static void one_that_runs_ends_with_its_container_and_before_it(void **state)
{
    shim_scene s;

    (void)state;
    begin(&s, "ping");
    assert_ok(&s.err, shim_scene_exec(&s, "web", "e1", PROCESS("ping")));
    assert_ok(&s.err, shim_scene_start(&s, "web", "e1"));
    assert_ok(&s.err, shim_scene_exec(&s, "web", "e2", PROCESS("ping")));
    assert_ok(&s.err, task_kill(s.pod, "web", "", 9, false, &s.err));
    assert_int_equal(shim_scene_wait(&s, "web", ""), 1);
    shim_scene_assert_clean(&s, "web");
    assert_non_null(strstr(text_get(&s.events), "exit web/e1"));
    assert_true(strstr(text_get(&s.events), "exit web/e1") <
                strstr(text_get(&s.events), "exit web 1"));
    shim_scene_close(&s);
}

static void a_descendant_that_holds_its_output_is_cut_off(void **state)
{
    const uint64_t begun = clock_ticks();
    shim_scene s;

    (void)state;
    begin(&s, "ping");
    assert_ok(&s.err, shim_scene_exec(&s, "web", "e1", PROCESS("linger 30000")));
    assert_ok(&s.err, shim_scene_start(&s, "web", "e1"));
    assert_int_equal(shim_scene_wait(&s, "web", "e1"), 0);
    assert_true(clock_ticks() - begun < 15000);
    shim_scene_close(&s);
}

static void consoles_have_the_size_that_is_asked_for(void **state)
{
    const scene_wish wish = {.id = "web", .command = "tty", .terminal = true, .streams = true};
    cleanup_json cJSON *request = NULL;
    shim_scene s;

    (void)state;
    shim_scene_open(&s, "web", false, NULL);
    assert_ok(&s.err, shim_scene_create(&s, &wish));
    assert_ok(&s.err, shim_scene_start(&s, "web", ""));
    assert_ok(&s.err, task_resize(s.pod, "web", "", 100, 30, &s.err));
    request = shim_scene_last(&s, "HcsModifyProcess", "settings");
    assert_int_equal(json_integer(json_member(request, "ConsoleSize"), "Width", 0), 100);
    assert_int_equal(json_integer(json_member(request, "ConsoleSize"), "Height", 0), 30);
    assert_int_equal(task_resize(s.pod, "web", "", 70000, 30, &s.err), WCOW_INVALID);
    assert_ok(&s.err, task_close_input(s.pod, "web", "", &s.err));
    shim_scene_wait(&s, "web", "");
    shim_scene_close(&s);
}

/* ---- many ---- */

static void exec_once(shim_scene *s, unsigned n)
{
    char id[16];

    snprintf(id, sizeof id, "e%u", n);
    assert_ok(&s->err, shim_scene_exec(s, "web", id,
                                       n % 3 == 0   ? PROCESS("nothing")
                                       : n % 3 == 1 ? PROCESS("stuck")
                                                    : PROCESS("exit 5")));
    if (n % 3 == 0) {
        assert_int_equal(shim_scene_start(s, "web", id), WCOW_COMMAND_NOT_FOUND);
    } else {
        assert_ok(&s->err, shim_scene_start(s, "web", id));
        if (n % 3 == 1)
            assert_ok(&s->err, task_kill(s->pod, "web", id, 9, false, &s->err));
        assert_int_equal(shim_scene_wait(s, "web", id), n % 3 == 1 ? 1 : 5);
    }
    shim_scene_delete(s, "web", id);
    pthread_mutex_lock(&s->lock);
    text_cut(&s->events, 0);
    pthread_mutex_unlock(&s->lock);
}

static void await_threads(size_t most)
{
    const uint64_t end = clock_ticks() + 10000;

    while (own_threads() > most && clock_ticks() < end)
        clock_sleep(5);
    assert_true(own_threads() <= most);
}

/* What is allocated at the moment; 0 without the sanitizer that counts it. */
size_t __sanitizer_get_current_allocated_bytes(void) __attribute__((weak));

static size_t allocated(void)
{
    return __sanitizer_get_current_allocated_bytes ? __sanitizer_get_current_allocated_bytes() : 0;
}

/* A third fails, a third is killed: nothing of them stays. The simulated service's journal, which
 * lies in this process, is full after the first of them. */
static void ten_thousand_of_them_leave_nothing_behind(void **state)
{
    size_t handles, tasks, bytes;
    shim_scene s;

    (void)state;
    begin(&s, "sleep 600000");
    for (unsigned n = 0; n < 1500; n++)
        exec_once(&s, n);
    handles = fake_hcs_handles(s.hcs);
    tasks = own_threads();
    bytes = allocated();
    for (unsigned n = 1500; n < 10000; n++)
        exec_once(&s, n);
    assert_int_equal(fake_hcs_handles(s.hcs), handles);
    assert_int_equal(fake_stdio_count(), 1);
    await_threads(tasks);
    printf("10000 processes: %zu bytes before, %zu after\n", bytes, allocated());
    assert_true(allocated() < bytes + 256 * 1024); /* 30 bytes a process: less than any struct */
    shim_scene_close(&s);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(an_added_process_runs_in_the_container),
        cmocka_unit_test(one_that_cannot_be_started_leaves_the_container_alone),
        cmocka_unit_test(killing_it_kills_nothing_else),
        cmocka_unit_test(one_that_runs_ends_with_its_container_and_before_it),
        cmocka_unit_test(a_descendant_that_holds_its_output_is_cut_off),
        cmocka_unit_test(consoles_have_the_size_that_is_asked_for),
        cmocka_unit_test(ten_thousand_of_them_leave_nothing_behind),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
