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

static void what_is_left_in_a_container_ends_with_it(void **state)
{
    bench *b = *state;

    bench_run(b, "web", "");
    bench_run(b, "web", "e1");
    assert_ok(&b->err, bench_create(b, "web", "e2"));
    assert_ok(&b->err, bench_wait(b, "web", "e1", 1));
    assert_ok(&b->err, bench_wait(b, "web", "e2", 1));
    bench_end(b, "web", "", 7);
    assert_string_equal(text_get(&b->told), "1|1|");
    expect_state(b, "web", "e1", TASK_STOPPED, 104, 1);
    assert_ok(&b->err, bench_destroy(b, "web", "")); /* and nobody must delete the others */
    assert_fails(&b->err, WCOW_NOT_FOUND, "no such process: 'e1' in the container 'web'",
                 bench_destroy(b, "web", "e1"));
    expect_events(b, "create web|start web|added web/e1|started web/e1|added web/e2|exit web/e1 1|"
                     "exit web 7|delete web 7|");
}

/* ---- killing ---- */

static void signals_reach_what_runs(void **state)
{
    bench *b = *state;

    bench_run(b, "web", "");
    bench_run(b, "web", "e1");
    assert_ok(&b->err, bench_kill(b, "web", "e1", 15));
    assert_ok(&b->err, task_kill(b->pod, "web", "", 9, true, &b->err));
    expect_calls(b, "create web|start web|create web/e1|start web/e1|signal15 web/e1|"
                    "signal9 web/e1|signal9 web|");
    assert_fails(&b->err, WCOW_CONFLICT, "all of a container's processes, or 'e1': not both",
                 task_kill(b->pod, "web", "e1", 9, true, &b->err));
    b->backend.fails = "signal10";
    b->backend.failure = WCOW_CONFLICT;
    assert_fails(&b->err, WCOW_CONFLICT, "signal10 failed", bench_kill(b, "web", "", 10));
    fake_end(&b->backend, "web", "e1", 1);
    assert_fails(&b->err, WCOW_NOT_FOUND, "'e1' has ended", bench_kill(b, "web", "e1", 9));
}

static void what_was_only_created_is_killed_by_giving_it_back(void **state)
{
    bench *b = *state;

    assert_ok(&b->err, bench_create(b, "web", ""));
    assert_ok(&b->err, bench_wait(b, "web", "", 1));
    assert_ok(&b->err, bench_kill(b, "web", "", 9));
    assert_string_equal(text_get(&b->told), "1|");
    expect_state(b, "web", "", TASK_STOPPED, 0, 1);
    assert_fails(&b->err, WCOW_CONFLICT, "'web' has been started already",
                 bench_start(b, "web", ""));
    expect_calls(b, "create web|discard web|");
    expect_events(b, "create web|exit web 1|");
}

static void what_was_only_created_can_be_deleted(void **state)
{
    bench *b = *state;

    bench_run(b, "web", "");
    assert_ok(&b->err, bench_create(b, "web", "e1"));
    assert_ok(&b->err, bench_destroy(b, "web", "e1"));
    expect_calls(b, "create web|start web|create web/e1|discard web/e1|");
    expect_events(b, "create web|start web|added web/e1|delete web/e1 1|");
}

static void *kill_web(void *context)
{
    return (void *)(uintptr_t)bench_kill(context, "web", "", 9);
}

static void *start_web(void *context)
{
    return (void *)(uintptr_t)bench_start(context, "web", "");
}

static void a_kill_waits_for_the_start_and_looks_do_not(void **state)
{
    bench *b = *state;
    pthread_t starter, killer;
    void *status;

    assert_ok(&b->err, bench_create(b, "web", ""));
    fake_hold(&b->backend, "start");
    assert_int_equal(pthread_create(&starter, NULL, start_web, b), 0);
    fake_await_held(&b->backend, 1);
    assert_int_equal(pthread_create(&killer, NULL, kill_web, b), 0);
    expect_state(b, "web", "", TASK_CREATED, 0, 255);
    fake_let_go(&b->backend);
    pthread_join(starter, &status);
    assert_null(status);
    pthread_join(killer, &status);
    assert_null(status);
    expect_calls(b, "create web|start web|signal9 web|");
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

/* ---- what asks the backend ---- */

static void add_line(void *to, const char *exec_id, const task_process_facts *facts)
{
    text_addf(to, "%u %s %s|", facts->pid, exec_id ? exec_id[0] ? exec_id : "first" : "other",
              facts->image_name ? facts->image_name : "?");
}

static void expect_processes(bench *b, const char *expected)
{
    cleanup_text text list = TEXT_INIT;

    assert_ok(&b->err, task_processes(b->pod, "web", add_line, &list, &b->err));
    assert_string_equal(text_get(&list), expected);
}

static void the_list_of_processes_is_never_empty_of_what_runs_or_ran(void **state)
{
    bench *b = *state;

    assert_ok(&b->err, bench_create(b, "web", ""));
    expect_processes(b, "");
    assert_ok(&b->err, bench_start(b, "web", ""));
    expect_processes(b, "100 first ping.exe|999 other conhost.exe|");
    b->backend.fails = "processes";
    b->backend.failure = WCOW_TIMEOUT;
    expect_processes(b, "100 first ?|");
    bench_end(b, "web", "", 0);
    expect_processes(b, "100 first ?|");
}

static void what_does_not_run_is_not_measured_and_not_changed(void **state)
{
    task_statistics is;
    bench *b = *state;

    assert_ok(&b->err, bench_create(b, "web", ""));
    assert_fails(&b->err, WCOW_NOT_FOUND, "the container 'web' does not run",
                 task_measure(b->pod, "web", &is, &b->err));
    assert_fails(&b->err, WCOW_CONFLICT, "the container 'web' does not run",
                 task_update(b->pod, "web", "{}", 2, &b->err));
    assert_ok(&b->err, bench_start(b, "web", ""));
    assert_ok(&b->err, task_measure(b->pod, "web", &is, &b->err));
    assert_ok(&b->err, task_update(b->pod, "web", "{}", 2, &b->err));
    expect_calls(b, "create web|start web|statistics web|update web|");
}

static void only_a_terminal_that_runs_is_resized(void **state)
{
    const task_wish wish = {.id = "web",
                            .exec_id = "t",
                            .bundle = "",
                            .terminal = true,
                            .input = "",
                            .output = "o",
                            .error_output = ""};
    bench *b = *state;

    bench_run(b, "web", "");
    assert_fails(&b->err, WCOW_CONFLICT, "'web' has no terminal",
                 task_resize(b->pod, "web", "", 80, 25, &b->err));
    assert_ok(&b->err, task_create(b->pod, &wish, &b->err));
    assert_ok(&b->err, task_resize(b->pod, "web", "t", 80, 25, &b->err));
    expect_calls(b, "create web|start web|create web/t|");
    assert_ok(&b->err, bench_start(b, "web", "t"));
    assert_ok(&b->err, task_resize(b->pod, "web", "t", 80, 25, &b->err));
    assert_ok(&b->err, task_close_input(b->pod, "web", "t", &b->err));
    bench_end(b, "web", "t", 0);
    assert_ok(&b->err, task_resize(b->pod, "web", "t", 80, 25, &b->err));
    assert_ok(&b->err, task_close_input(b->pod, "web", "t", &b->err));
    expect_calls(b, "start web/t|resize web/t|close web/t|");
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

/* ---- shutting down ---- */

static void a_shut_down_lets_what_ends_come_to_its_end(void **state)
{
    bench *b = *state;

    bench_run(b, "web", "");
    bench_run(b, "one", "");
    task_shut_down(b->pod, "one");
    assert_int_equal(b->backend.shut_downs, 0); /* not the pod's id: nothing */
    expect_calls(b, "create web|start web|create one|start one|");
    task_shut_down(b->pod, "web");
    expect_calls(b, "signal9 one|signal9 web|");
    bench_end(b, "web", "", 1);
    assert_int_equal(b->backend.shut_downs, 0);
    assert_fails(&b->err, WCOW_CONFLICT, "the shim of 'web' is shutting down",
                 bench_create(b, "two", ""));
    bench_end(b, "one", "", 1);
    assert_int_equal(b->backend.shut_downs, 1);
    assert_ok(&b->err, bench_destroy(b, "one", ""));
    assert_int_equal(b->backend.shut_downs, 1);
}

static void a_shut_down_of_nothing_is_one_at_once(void **state)
{
    bench *b = *state;

    task_shut_down(b->pod, "web");
    assert_int_equal(b->backend.shut_downs, 1);
}

static void *create_web(void *context)
{
    return (void *)(uintptr_t)bench_create(context, "web", "");
}

static void what_is_created_during_a_shut_down_is_given_back(void **state)
{
    bench *b = *state;
    pthread_t creator;
    void *status;

    fake_hold(&b->backend, "create");
    assert_int_equal(pthread_create(&creator, NULL, create_web, b), 0);
    fake_await_held(&b->backend, 1);
    task_shut_down(b->pod, "web");
    assert_int_equal(b->backend.shut_downs, 0);
    fake_let_go(&b->backend);
    pthread_join(creator, &status);
    assert_int_equal((uintptr_t)status, WCOW_CONFLICT);
    assert_int_equal(b->backend.shut_downs, 1);
    expect_calls(b, "create web|discard web|");
    expect_events(b, "");
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
        TEST(what_is_left_in_a_container_ends_with_it),
        TEST(signals_reach_what_runs),
        TEST(what_was_only_created_is_killed_by_giving_it_back),
        TEST(what_was_only_created_can_be_deleted),
        TEST(a_kill_waits_for_the_start_and_looks_do_not),
        TEST(who_leaves_waits_no_longer),
        TEST(the_list_of_processes_is_never_empty_of_what_runs_or_ran),
        TEST(what_does_not_run_is_not_measured_and_not_changed),
        TEST(only_a_terminal_that_runs_is_resized),
        POD_TEST(a_container_of_a_pod_needs_the_sandbox_to_run),
        POD_TEST(a_shut_down_lets_what_ends_come_to_its_end),
        TEST(a_shut_down_of_nothing_is_one_at_once),
        TEST(what_is_created_during_a_shut_down_is_given_back),
        TEST(a_thousand_processes_leave_nothing),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
