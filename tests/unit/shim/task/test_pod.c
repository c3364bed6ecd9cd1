/* SPDX-License-Identifier: MIT */
/* The states of tasks and processes, and who may do what when. */
#include <stdio.h>
#include <stdlib.h>

#include "base/error.h"
#include "tests/unit/shim/task/bench.h"
#include "tests/unit/status.h"

/* ---- one container ---- */

static void a_container_is_created_runs_stops_and_is_gone(void **state)
{
    bench *b = *state;

    assert_ok(&b->err, bench_create(b, "web", ""));
    expect_state(b, "web", "", TASK_CREATED, 0, 255);
    assert_ok(&b->err, bench_start(b, "web", ""));
    expect_state(b, "web", "", TASK_RUNNING, 100, 255);
    assert_ok(&b->err, bench_wait(b, "web", "", 1));
    assert_string_equal(text_get(&b->told), "");
    fake_end(&b->backend, "web", "", 3);
    expect_state(b, "web", "", TASK_STOPPED, 100, 3);
    assert_string_equal(text_get(&b->told), ""); /* it is being given back */
    expect_events(b, "create web|start web|");
    fake_finish(&b->backend, "web", "");
    assert_string_equal(text_get(&b->told), "3|");
    assert_ok(&b->err, bench_wait(b, "web", "", 1));
    assert_string_equal(text_get(&b->told), "3|3|");
    assert_ok(&b->err, bench_destroy(b, "web", ""));
    assert_fails(&b->err, WCOW_NOT_FOUND, "no such container: 'web'", bench_destroy(b, "web", ""));
    expect_events(b, "exit web 3|delete web 3|");
    expect_calls(b, "create web|start web|");
}

static void a_process_that_ends_before_its_start_is_told_ends_after_it(void **state)
{
    bench *b = *state;

    b->backend.exits_early = true;
    assert_ok(&b->err, bench_create(b, "web", ""));
    assert_ok(&b->err, bench_wait(b, "web", "", 1));
    assert_ok(&b->err, bench_start(b, "web", ""));
    expect_events(b, "create web|start web|exit web 3|");
    expect_state(b, "web", "", TASK_STOPPED, 100, 3);
    assert_string_equal(text_get(&b->told), "3|");
}

static void what_cannot_be_created_leaves_nothing(void **state)
{
    bench *b = *state;

    b->backend.fails = "create";
    b->backend.failure = WCOW_CORRUPT;
    assert_fails(&b->err, WCOW_CORRUPT, "create failed", bench_create(b, "web", ""));
    assert_fails(&b->err, WCOW_NOT_FOUND, "no such container: 'web'", bench_start(b, "web", ""));
    expect_events(b, "");
    assert_ok(&b->err, bench_create(b, "web", "")); /* the id is free */
}

static void what_cannot_be_started_has_stopped_with_1(void **state)
{
    bench *b = *state;

    b->backend.fails = "start";
    b->backend.failure = WCOW_COMMAND_NOT_FOUND;
    assert_ok(&b->err, bench_create(b, "web", ""));
    assert_ok(&b->err, bench_wait(b, "web", "", 1));
    assert_fails(&b->err, WCOW_COMMAND_NOT_FOUND, "start failed", bench_start(b, "web", ""));
    assert_string_equal(text_get(&b->told), "1|");
    expect_state(b, "web", "", TASK_STOPPED, 0, 1);
    assert_fails(&b->err, WCOW_NOT_FOUND, "'web' has ended", bench_kill(b, "web", "", 9));
    assert_ok(&b->err, bench_destroy(b, "web", ""));
    expect_events(b, "create web|exit web 1|delete web 1|");
}

static void an_id_is_taken_once(void **state)
{
    bench *b = *state;

    assert_ok(&b->err, bench_create(b, "web", ""));
    assert_fails(&b->err, WCOW_ALREADY_EXISTS, "there is a container 'web' already",
                 bench_create(b, "web", ""));
    assert_fails(&b->err, WCOW_CONFLICT, "the shim of 'web' runs no other container",
                 bench_create(b, "other", ""));
    assert_ok(&b->err, bench_start(b, "web", ""));
    assert_fails(&b->err, WCOW_CONFLICT, "'web' has been started already",
                 bench_start(b, "web", ""));
}

static void ids_have_a_form(void **state)
{
    static char longest[TASK_MOST_ID + 2];
    bench *b = *state;

    memset(longest, 'x', sizeof(longest) - 1);
    assert_int_equal(bench_create(b, "", ""), WCOW_INVALID);
    assert_int_equal(bench_create(b, "..\\web", ""), WCOW_INVALID);
    assert_int_equal(bench_create(b, longest, ""), WCOW_INVALID);
    bench_run(b, "web", "");
    assert_int_equal(bench_create(b, "web", "a/b"), WCOW_INVALID);
    expect_calls(b, "create web|start web|");
}

static void a_terminal_has_no_stderr(void **state)
{
    const task_wish wish = {.id = "web",
                            .exec_id = "",
                            .bundle = "",
                            .terminal = true,
                            .input = "",
                            .output = "o",
                            .error_output = "e"};
    bench *b = *state;

    assert_fails(&b->err, WCOW_CONFLICT, "a terminal has no stderr of its own",
                 task_create(b->pod, &wish, &b->err));
}

/* ---- more processes ---- */

static void a_process_is_added_runs_ends_and_is_gone(void **state)
{
    bench *b = *state;

    bench_run(b, "web", "");
    assert_ok(&b->err, bench_create(b, "web", "e1"));
    expect_state(b, "web", "e1", TASK_CREATED, 0, 255);
    assert_fails(&b->err, WCOW_ALREADY_EXISTS,
                 "there is a process 'e1' in the container 'web' already",
                 bench_create(b, "web", "e1"));
    assert_ok(&b->err, bench_start(b, "web", "e1"));
    expect_state(b, "web", "e1", TASK_RUNNING, 104, 255);
    assert_ok(&b->err, bench_wait(b, "web", "e1", 1));
    assert_fails(&b->err, WCOW_CONFLICT, "'e1' runs: it must be stopped first",
                 bench_destroy(b, "web", "e1"));
    bench_end(b, "web", "e1", 5);
    assert_string_equal(text_get(&b->told), "5|");
    assert_ok(&b->err, bench_destroy(b, "web", "e1"));
    assert_fails(&b->err, WCOW_NOT_FOUND, "no such process: 'e1' in the container 'web'",
                 bench_start(b, "web", "e1"));
    expect_events(b, "create web|start web|added web/e1|started web/e1|exit web/e1 5|"
                     "delete web/e1 5|");
}

static void a_process_needs_a_container_that_runs(void **state)
{
    bench *b = *state;

    assert_fails(&b->err, WCOW_NOT_FOUND, "no such container: 'web'", bench_create(b, "web", "e1"));
    assert_ok(&b->err, bench_create(b, "web", ""));
    assert_fails(&b->err, WCOW_CONFLICT, "the container 'web' does not run",
                 bench_create(b, "web", "e1"));
    assert_ok(&b->err, bench_start(b, "web", ""));
    assert_ok(&b->err, bench_create(b, "web", "e1"));
    fake_end(&b->backend, "web", "", 0);
    assert_fails(&b->err, WCOW_CONFLICT, "the container 'web' does not run",
                 bench_start(b, "web", "e1"));
}

static void an_added_process_that_cannot_be_started_sends_no_exit(void **state)
{
    bench *b = *state;

    bench_run(b, "web", "");
    assert_ok(&b->err, bench_create(b, "web", "e1"));
    assert_ok(&b->err, bench_wait(b, "web", "e1", 1));
    b->backend.fails = "start";
    b->backend.failure = WCOW_COMMAND_NOT_FOUND;
    assert_fails(&b->err, WCOW_COMMAND_NOT_FOUND, "start failed", bench_start(b, "web", "e1"));
    assert_string_equal(text_get(&b->told), "1|");
    assert_ok(&b->err, bench_destroy(b, "web", "e1"));
    expect_events(b, "create web|start web|added web/e1|delete web/e1 1|");
}

/* ---- waiting ---- */

static void who_leaves_waits_no_longer(void **state)
{
    bench *b = *state;

    bench_run(b, "web", "");
    assert_ok(&b->err, bench_wait(b, "web", "", 1));
    assert_ok(&b->err, bench_wait(b, "web", "", 2));
    task_forget(b->pod, 1);
    assert_string_equal(text_get(&b->told), "dropped|");
    bench_end(b, "web", "", 0);
    assert_string_equal(text_get(&b->told), "dropped|0|");
    assert_fails(&b->err, WCOW_NOT_FOUND, "no such process: 'e9' in the container 'web'",
                 bench_wait(b, "web", "e9", 1));
}

/* ---- pods ---- */

static void a_container_of_a_pod_needs_the_sandbox_to_run(void **state)
{
    bench *b = *state;

    assert_fails(&b->err, WCOW_CONFLICT, "the pod 'web' does not run", bench_create(b, "one", ""));
    assert_ok(&b->err, bench_create(b, "web", ""));
    assert_fails(&b->err, WCOW_CONFLICT, "the pod 'web' does not run", bench_create(b, "one", ""));
    assert_ok(&b->err, bench_start(b, "web", ""));
    bench_run(b, "one", "");
    bench_run(b, "one", "e1");
    bench_run(b, "two", "");
    assert_ok(&b->err, task_kill(b->pod, "one", "", 9, true, &b->err));
    expect_calls(b, "create web|start web|create one|start one|create one/e1|start one/e1|"
                    "create two|start two|signal9 one/e1|signal9 one|");
    assert_ok(&b->err, task_kill(b->pod, "web", "", 9, true, &b->err));
    expect_calls(b, "signal9 two|signal9 one/e1|signal9 one|signal9 web|");
    bench_end(b, "web", "", 1);
    assert_fails(&b->err, WCOW_CONFLICT, "the pod 'web' does not run",
                 bench_create(b, "three", ""));
    assert_ok(&b->err, bench_destroy(b, "web", ""));
    expect_state(b, "one", "", TASK_RUNNING, 104, 255);
}

/* ---- many ---- */

static void a_thousand_processes_leave_nothing(void **state)
{
    bench *b = *state;

    bench_run(b, "web", "");
    for (int i = 0; i < 1000; i++) {
        char exec_id[16];

        snprintf(exec_id, sizeof(exec_id), "e%d", i);
        assert_ok(&b->err, bench_create(b, "web", exec_id));
        if (i % 3 == 0) {
            b->backend.fails = "start";
            b->backend.failure = WCOW_COMMAND_NOT_FOUND;
            assert_int_equal(bench_start(b, "web", exec_id), WCOW_COMMAND_NOT_FOUND);
        } else {
            assert_ok(&b->err, bench_start(b, "web", exec_id));
            bench_end(b, "web", exec_id, 0);
        }
        assert_ok(&b->err, bench_destroy(b, "web", exec_id));
    }
    for (size_t i = 1; i < b->backend.count; i++)
        assert_null(b->backend.processes[i].owner);
}

#define TEST(name)     cmocka_unit_test_setup_teardown(name, bench_set_up, bench_tear_down)
#define POD_TEST(name) cmocka_unit_test_setup_teardown(name, bench_set_up_pod, bench_tear_down)

int main(void)
{
    const struct CMUnitTest tests[] = {
        TEST(a_container_is_created_runs_stops_and_is_gone),
        TEST(a_process_that_ends_before_its_start_is_told_ends_after_it),
        TEST(what_cannot_be_created_leaves_nothing),
        TEST(what_cannot_be_started_has_stopped_with_1),
        TEST(an_id_is_taken_once),
        TEST(ids_have_a_form),
        TEST(a_terminal_has_no_stderr),
        TEST(a_process_is_added_runs_ends_and_is_gone),
        TEST(a_process_needs_a_container_that_runs),
        TEST(an_added_process_that_cannot_be_started_sends_no_exit),
        TEST(who_leaves_waits_no_longer),
        POD_TEST(a_container_of_a_pod_needs_the_sandbox_to_run),
        TEST(a_thousand_processes_leave_nothing),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
