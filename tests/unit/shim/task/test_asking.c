/* SPDX-License-Identifier: MIT */
/* What is asked of whatever runs the tasks, and what is answered without it. */
#include <pthread.h>
#include <stdio.h>

#include "base/error.h"
#include "port/clock.h"
#include "tests/unit/shim/task/bench.h"
#include "tests/unit/status.h"

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
    expect_processes(b, "0 first ?|");
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
    const task_change limits = {"t", "{}", 2}, nothing = {"t", "", 0};
    task_statistics is;
    bench *b = *state;

    assert_ok(&b->err, bench_create(b, "web", ""));
    assert_fails(&b->err, WCOW_NOT_FOUND, "the container 'web' does not run",
                 task_measure(b->pod, "web", &is, &b->err));
    assert_fails(&b->err, WCOW_CONFLICT, "the container 'web' does not run",
                 task_update(b->pod, "web", &limits, &b->err));
    assert_fails(&b->err, WCOW_INVALID, "nothing says what to change of 'web'",
                 task_update(b->pod, "web", &nothing, &b->err));
    assert_ok(&b->err, bench_start(b, "web", ""));
    assert_ok(&b->err, task_measure(b->pod, "web", &is, &b->err));
    assert_ok(&b->err, task_update(b->pod, "web", &limits, &b->err));
    expect_calls(b, "create web|start web|statistics web|update web|");
    fake_end(&b->backend, "web", "", 0);
    assert_fails(&b->err, WCOW_NOT_FOUND, "the container 'web' does not run",
                 task_measure(b->pod, "web", &is, &b->err));
    assert_fails(&b->err, WCOW_NOT_FOUND, "the container 'web' has ended", /* CRI: that is done */
                 task_update(b->pod, "web", &limits, &b->err));
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

static void what_failed_to_start_has_a_process_all_the_same(void **state)
{
    bench *b = *state;

    assert_ok(&b->err, bench_create(b, "web", ""));
    b->backend.fails = "start";
    b->backend.failure = WCOW_COMMAND_NOT_FOUND;
    assert_int_equal(bench_start(b, "web", ""), WCOW_COMMAND_NOT_FOUND);
    expect_processes(b, "0 first ?|");
}

static void a_service_that_does_not_answer_is_asked_no_more_until_it_does(void **state)
{
    bench *b = *state;
    uint64_t then;

    bench_run(b, "web", "");
    fake_hold(&b->backend, "processes");
    then = ticks_now();
    expect_processes(b, "100 first ?|");
    assert_true(ticks_now() - then < 10000);
    expect_processes(b, "100 first ?|"); /* at once */
    assert_int_equal(b->backend.inside, 1);
    fake_let_go(&b->backend);
    for (int i = 0; i < 20000; i++) { /* until its late answer is dropped */
        cleanup_text text list = TEXT_INIT;

        assert_ok(&b->err, task_processes(b->pod, "web", add_line, &list, &b->err));
        if (text_equal(text_get(&list), "100 first ping.exe|999 other conhost.exe|"))
            return;
        clock_sleep(1);
    }
    fail_msg("it is never asked again");
}

static void an_answer_may_come_after_the_container_is_gone(void **state)
{
    bench *b = *state;

    bench_run(b, "web", "");
    fake_hold(&b->backend, "processes");
    expect_processes(b, "100 first ?|");
    bench_end(b, "web", "", 0);
    assert_ok(&b->err, bench_destroy(b, "web", ""));
    assert_non_null(b->backend.processes[0].owner); /* its handle is in use */
    fake_let_go(&b->backend);
}

static void statistics_that_do_not_come_are_a_failure(void **state)
{
    task_statistics is = {0};
    bench *b = *state;

    bench_run(b, "web", "");
    fake_hold(&b->backend, "statistics");
    assert_fails(&b->err, WCOW_TIMEOUT, "the service does not say how 'web' does",
                 task_measure(b->pod, "web", &is, &b->err));
    assert_int_equal(b->backend.inside, 1);
    fake_let_go(&b->backend);
}

static void input_may_be_closed_before_a_start(void **state)
{
    bench *b = *state;

    assert_ok(&b->err, bench_create(b, "web", ""));
    assert_ok(&b->err, task_close_input(b->pod, "web", "", &b->err));
    assert_ok(&b->err, bench_start(b, "web", ""));
    expect_calls(b, "create web|close web|start web|");
}

/* ---- calls that do not return ---- */

typedef struct starting {
    pthread_t thread;
    bench *b;
    char exec_id[32];
    wcow_status status;
} starting;

static void *start(void *context)
{
    starting *s = context;
    bench own = {.pod = s->b->pod}; /* so that no two threads have one error */

    s->status = bench_start(&own, "one", s->exec_id);
    return NULL;
}

/* Starts so many processes of the container "one" at the same time. */
static void begin_starts(bench *b, starting *all, size_t count)
{
    bench_run(b, "web", "");
    bench_run(b, "one", "");
    for (size_t i = 0; i < count; i++) {
        all[i].b = b;
        snprintf(all[i].exec_id, sizeof(all[i].exec_id), "e%zu", i);
        assert_ok(&b->err, bench_create(b, "one", all[i].exec_id));
    }
    fake_hold(&b->backend, "start");
    for (size_t i = 0; i < count; i++)
        assert_int_equal(pthread_create(&all[i].thread, NULL, start, &all[i]), 0);
}

static void end_starts(bench *b, starting *all, size_t count)
{
    fake_let_go(&b->backend);
    for (size_t i = 0; i < count; i++) {
        pthread_join(all[i].thread, NULL);
        assert_int_equal(all[i].status, WCOW_OK);
        bench_end(b, "one", all[i].exec_id, 0);
    }
}

/* What hangs of one container takes so many threads, and leaves the others theirs. */
static void a_container_in_which_calls_are_stuck_takes_no_more(void **state)
{
    static const char words[] =
        "3 calls on the container 'one' have not returned: the service is stuck";
    const task_change limits = {"t", "{}", 2};
    starting all[TASK_MOST_UNDER_WAY] = {{0}};
    bench *b = *state;
    uint64_t then;

    begin_starts(b, all, TASK_MOST_UNDER_WAY);
    fake_await_held(&b->backend, TASK_MOST_UNDER_WAY);
    assert_ok(&b->err, bench_create(b, "one", "more")); /* which does not enter the service */
    then = ticks_now();
    assert_fails(&b->err, WCOW_TIMEOUT, words, bench_start(b, "one", "more"));
    assert_true(ticks_now() - then >= TASK_PLACE_PATIENCE);
    then = ticks_now();
    assert_fails(&b->err, WCOW_TIMEOUT, words, bench_start(b, "one", "more"));
    assert_fails(&b->err, WCOW_TIMEOUT, words, bench_start(b, "one", ""));
    assert_fails(&b->err, WCOW_TIMEOUT, words, task_update(b->pod, "one", &limits, &b->err));
    assert_true(ticks_now() - then < TASK_PLACE_PATIENCE); /* at once */
    assert_ok(&b->err, bench_create(b, "web", "other"));
    assert_ok(&b->err, bench_create(b, "two", ""));
    end_starts(b, all, TASK_MOST_UNDER_WAY);
    assert_ok(&b->err, bench_start(b, "one", "more")); /* it goes on */
    bench_end(b, "one", "more", 0);
}

static void *add_one(void *context)
{
    starting *s = context;
    bench own = {.pod = s->b->pod};

    s->status = bench_create(&own, "one", s->exec_id);
    return NULL;
}

static void begin_to_add(bench *b, starting *all, size_t count)
{
    bench_run(b, "web", "");
    bench_run(b, "one", "");
    fake_hold(&b->backend, "create");
    for (size_t i = 0; i < count; i++) {
        all[i].b = b;
        snprintf(all[i].exec_id, sizeof(all[i].exec_id), "e%zu", i);
        assert_int_equal(pthread_create(&all[i].thread, NULL, add_one, &all[i]), 0);
    }
    fake_await_held(&b->backend, TASK_MOST_UNDER_WAY);
}

static void end_adding(bench *b, starting *all, size_t count)
{
    fake_let_go(&b->backend);
    for (size_t i = 0; i < count; i++) {
        pthread_join(all[i].thread, NULL);
        assert_int_equal(all[i].status, WCOW_OK);
    }
}

/* Loggers may take 10 s to be ready. */
static void slow_loggers_are_no_reason_to_refuse_an_exec(void **state)
{
    starting all[TASK_MOST_UNDER_WAY + 1] = {{0}};
    bench *b = *state;

    begin_to_add(b, all, TASK_MOST_UNDER_WAY + 1);
    clock_sleep(TASK_PLACE_PATIENCE + 1000);
    end_adding(b, all, TASK_MOST_UNDER_WAY + 1);
}

/* But no more than one of them waits for long: they would have all threads of the pod. */
static void slow_loggers_of_a_container_take_one_thread_more(void **state)
{
    starting all[TASK_MOST_UNDER_WAY + 1] = {{0}};
    bench *b = *state;
    uint64_t then;

    begin_to_add(b, all, TASK_MOST_UNDER_WAY + 1);
    clock_sleep(TASK_STREAMS_CROWD + 500);
    then = ticks_now();
    assert_fails(&b->err, WCOW_TIMEOUT,
                 "3 calls on the container 'one' have not returned: where its output goes is stuck",
                 bench_create(b, "one", "more"));
    assert_true(ticks_now() - then < TASK_STREAMS_CROWD);
    end_adding(b, all, TASK_MOST_UNDER_WAY + 1);
    assert_ok(&b->err, bench_create(b, "one", "more"));
}

/* A disk that lets nobody go takes no more threads than a service that does not. */
static void streams_that_are_stuck_refuse_execs_alone(void **state)
{
    starting all[TASK_MOST_UNDER_WAY] = {{0}};
    const task_change limits = {"t", "{}", 2};
    bench *b = *state;
    const uint64_t then = ticks_now();

    begin_to_add(b, all, TASK_MOST_UNDER_WAY);
    assert_fails(&b->err, WCOW_TIMEOUT,
                 "3 calls on the container 'one' have not returned: where its output goes is stuck",
                 bench_create(b, "one", "more"));
    assert_true(ticks_now() - then >= TASK_STREAMS_PATIENCE);
    assert_ok(&b->err, task_update(b->pod, "one", &limits, &b->err));
    end_adding(b, all, TASK_MOST_UNDER_WAY);
}

static void many_at_once_are_no_reason_to_refuse_any(void **state)
{
    starting all[12] = {{0}};
    bench *b = *state;

    begin_starts(b, all, 12);
    fake_await_held(&b->backend, TASK_MOST_UNDER_WAY);
    clock_sleep(200);
    assert_int_equal(b->backend.inside, TASK_MOST_UNDER_WAY);
    end_starts(b, all, 12);
}

#define POD_TEST(name) cmocka_unit_test_setup_teardown(name, bench_set_up_pod, bench_tear_down)
#define TEST(name)     cmocka_unit_test_setup_teardown(name, bench_set_up, bench_tear_down)

int main(void)
{
    const struct CMUnitTest tests[] = {
        TEST(the_list_of_processes_is_never_empty_of_what_runs_or_ran),
        TEST(what_does_not_run_is_not_measured_and_not_changed),
        TEST(only_a_terminal_that_runs_is_resized),
        TEST(what_failed_to_start_has_a_process_all_the_same),
        TEST(a_service_that_does_not_answer_is_asked_no_more_until_it_does),
        TEST(an_answer_may_come_after_the_container_is_gone),
        TEST(statistics_that_do_not_come_are_a_failure),
        TEST(input_may_be_closed_before_a_start),
        POD_TEST(a_container_in_which_calls_are_stuck_takes_no_more),
        POD_TEST(many_at_once_are_no_reason_to_refuse_any),
        POD_TEST(slow_loggers_are_no_reason_to_refuse_an_exec),
        POD_TEST(slow_loggers_of_a_container_take_one_thread_more),
        POD_TEST(streams_that_are_stuck_refuse_execs_alone),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
