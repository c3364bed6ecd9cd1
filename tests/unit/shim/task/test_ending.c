/* SPDX-License-Identifier: MIT */
/* How processes come to their end, whatever else is under way: killed, deleted, given up. */
#include <stdlib.h>

#include "base/error.h"
#include "port/clock.h"
#include "shim/task/lifetime.h"
#include "tests/unit/shim/task/bench.h"
#include "tests/unit/status.h"

/* ---- threads ---- */

typedef struct doing {
    pthread_t thread;
    bench *b;
    wcow_status (*act)(bench *b, const char *id, const char *exec_id);
    const char *id, *exec_id;
    wcow_status status;
} doing;

static void *act(void *context)
{
    doing *d = context;
    bench own = {.pod = d->b->pod}; /* so that no two threads have one error */

    d->status = d->act(&own, d->id, d->exec_id);
    return NULL;
}

/* Does it on a thread of its own, to be joined with done(). */
static void begin(doing *d)
{
    assert_int_equal(pthread_create(&d->thread, NULL, act, d), 0);
}

static wcow_status done(doing *d)
{
    pthread_join(d->thread, NULL);
    return d->status;
}

/* The same of a call that the backend then holds. */
static void begin_held(doing *d, const char *call)
{
    const size_t inside = d->b->backend.inside;

    fake_hold(&d->b->backend, call);
    begin(d);
    fake_await_held(&d->b->backend, inside + 1);
}

static wcow_status kill_it(bench *b, const char *id, const char *exec_id)
{
    return bench_kill(b, id, exec_id, 9);
}

/* ---- a container's end ---- */

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
    expect_calls(b,
                 "create web|start web|create web/e1|start web/e1|create web/e2|discard web/e2|");
    bench_end(b, "web", "e1", 5); /* of which the backend learns only now */
    assert_null(b->backend.processes[0].owner);
    assert_null(b->backend.processes[1].owner);
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

static void a_kill_during_a_start_reaches_what_was_started(void **state)
{
    bench *b = *state;
    doing start = {.b = b, .act = bench_start, .id = "web", .exec_id = ""};

    assert_ok(&b->err, bench_create(b, "web", ""));
    begin_held(&start, "start");
    expect_state(b, "web", "", TASK_CREATED, 0, 255);
    assert_ok(&b->err, bench_kill(b, "web", "", 9)); /* which waits for nobody */
    assert_ok(&b->err, bench_kill(b, "web", "", 15));
    fake_let_go(&b->backend);
    assert_int_equal(done(&start), WCOW_OK);
    expect_calls(b, "create web|start web|signal9 web|");
}

static void a_kill_of_all_waits_for_no_start(void **state)
{
    bench *b = *state;
    doing one = {.b = b, .act = bench_start, .id = "web", .exec_id = "e1"};
    doing two = {.b = b, .act = bench_start, .id = "web", .exec_id = "e2"};

    bench_run(b, "web", "");
    assert_ok(&b->err, bench_create(b, "web", "e1"));
    assert_ok(&b->err, bench_create(b, "web", "e2"));
    begin_held(&one, "start");
    begin_held(&two, "start");
    expect_calls(b, "create web|start web|create web/e1|create web/e2|start web/e1|start web/e2|");
    assert_ok(&b->err, task_kill(b->pod, "web", "", 9, true, &b->err));
    expect_calls(b, "signal9 web|");
    fake_let_go(&b->backend);
    assert_int_equal(done(&one), WCOW_OK);
    expect_state(b, "web", "e1", TASK_RUNNING, b->backend.processes[1].pid, 255);
    assert_int_equal(done(&two), WCOW_OK);
    assert_true(b->backend.calls.length == strlen("signal9 web/e1|signal9 web/e2|"));
}

static wcow_status kill_all(bench *b, const char *id, const char *exec_id)
{
    (void)exec_id;
    return task_kill(b->pod, id, "", 9, true, &b->err);
}

/* One that has none would never have done with what it has come to. */
static void more_kills_of_all_than_there_are_bits_wait_for_one(void **state)
{
    enum { BITS = 64, KILLS = BITS + 1 };
    bench *b = *state;
    doing kills[KILLS];

    bench_run(b, "web", "");
    bench_run(b, "web", "e1");
    for (size_t i = 0; i < KILLS; i++)
        kills[i] = (doing){.b = b, .act = kill_all, .id = "web", .exec_id = ""};
    for (size_t i = 0; i < BITS; i++)
        begin_held(&kills[i], "signal9");
    assert_true(b->pod->rounds == UINT64_MAX);
    begin(&kills[BITS]);
    clock_sleep(100); /* it comes so far that it waits */
    assert_int_equal(b->backend.inside, BITS);
    fake_let_go(&b->backend);
    for (size_t i = 0; i < KILLS; i++)
        assert_int_equal(done(&kills[i]), WCOW_OK);
    assert_int_equal(b->pod->rounds, 0);
}

static wcow_status shut_down(bench *b, const char *id, const char *exec_id)
{
    (void)exec_id;
    task_shut_down(b->pod, id);
    return WCOW_OK;
}

static void run_three(bench *b)
{
    cleanup_free char *calls = NULL;

    bench_run(b, "web", "");
    bench_run(b, "web", "e1");
    bench_run(b, "one", "");
    assert_ok(&b->err, bench_create(b, "two", ""));
    calls = fake_take_calls(&b->backend);
}

/* However many there are, and whether or not the service answers: it is waited for once. */
static void a_kill_of_all_waits_for_one_answer_of_a_service_that_is_stuck(void **state)
{
    bench *b = *state;
    doing killing = {.b = b, .act = kill_all, .id = "web", .exec_id = ""};

    run_three(b);
    begin_held(&killing, "signal9");
    fake_await_calls(&b->backend, "signal9 one|signal9 web/e1|signal9 web|");
    fake_let_go(&b->backend);
    assert_int_equal(done(&killing), WCOW_OK);
    expect_calls(b, "signal9 one|signal9 web/e1|signal9 web|discard two|");
}

static void a_shut_down_waits_for_none(void **state)
{
    bench *b = *state;
    doing ending = {.b = b, .act = shut_down, .id = "web", .exec_id = ""};

    run_three(b);
    fake_hold(&b->backend, "signal9");
    begin(&ending);
    fake_await_calls(&b->backend, "signal9 one|signal9 web/e1|signal9 web|discard two|");
    assert_int_equal(done(&ending), WCOW_OK);
    fake_let_go(&b->backend);
}

/* Neither what was running when the killing began, nor what was only created at its end. */
static void what_is_started_in_the_middle_of_a_kill_of_all_is_killed(void **state)
{
    bench *b = *state;
    doing killing = {.b = b, .act = kill_all, .id = "web", .exec_id = ""};

    run_three(b);
    begin_held(&killing, "signal9");
    assert_ok(&b->err, bench_start(b, "two", ""));
    fake_let_go(&b->backend);
    assert_int_equal(done(&killing), WCOW_OK);
    expect_calls(b, "signal9 one|signal9 web/e1|signal9 web|start two|signal9 two|");
}

/* Whichever of two comes first. */
static void a_weaker_kill_of_all_takes_nothing_from_a_stronger_one(void **state)
{
    bench *b = *state;
    doing killing = {.b = b, .act = kill_all, .id = "web", .exec_id = ""};
    cleanup_free char *calls = NULL;

    run_three(b);
    assert_ok(&b->err, bench_create(b, "three", ""));
    calls = fake_take_calls(&b->backend);
    begin_held(&killing, "discard");
    assert_ok(&b->err, bench_start(b, "two", ""));
    assert_ok(&b->err, task_kill(b->pod, "web", "", 15, true, &b->err));
    expect_calls(b, "signal9 one|signal9 web/e1|signal9 web|discard three|start two|signal15 two|"
                    "signal15 one|signal15 web/e1|signal15 web|");
    fake_let_go(&b->backend);
    assert_int_equal(done(&killing), WCOW_OK);
    expect_calls(b, "signal9 two|");
}

static void nothing_is_started_in_the_middle_of_a_shut_down(void **state)
{
    bench *b = *state;
    doing ending = {.b = b, .act = shut_down, .id = "web", .exec_id = ""};

    run_three(b);
    assert_ok(&b->err, bench_create(b, "three", ""));
    begin_held(&ending, "discard"); /* of three */
    assert_fails(&b->err, WCOW_CONFLICT, "the shim of 'web' is shutting down",
                 bench_start(b, "two", ""));
    fake_let_go(&b->backend);
    assert_int_equal(done(&ending), WCOW_OK);
    expect_calls(b, "create three|signal9 one|signal9 web/e1|signal9 web|discard three|"
                    "discard two|");
}

static void what_fails_to_start_is_not_killed(void **state)
{
    bench *b = *state;
    doing start = {.b = b, .act = bench_start, .id = "web", .exec_id = ""};

    assert_ok(&b->err, bench_create(b, "web", ""));
    b->backend.fails = "start";
    b->backend.failure = WCOW_COMMAND_NOT_FOUND;
    begin_held(&start, "start");
    assert_ok(&b->err, bench_kill(b, "web", "", 9));
    fake_let_go(&b->backend);
    assert_int_equal(done(&start), WCOW_COMMAND_NOT_FOUND);
    expect_calls(b, "create web|start web|");
    expect_state(b, "web", "", TASK_STOPPED, 0, 1);
}

/* ---- the end of one thing in the middle of another ---- */

static void a_container_is_there_while_a_process_in_it_is_killed(void **state)
{
    bench *b = *state;
    doing killing = {.b = b, .act = kill_it, .id = "web", .exec_id = "e1"};

    bench_run(b, "web", "");
    bench_run(b, "web", "e1");
    begin_held(&killing, "signal9");
    bench_end(b, "web", "", 0);
    assert_ok(&b->err, bench_destroy(b, "web", ""));
    assert_non_null(b->backend.processes[0].owner); /* whose handle stands for the container */
    fake_let_go(&b->backend);
    assert_int_equal(done(&killing), WCOW_OK);
    assert_non_null(b->backend.processes[0].owner); /* the process in it is not finished */
    bench_end(b, "web", "e1", 1);
    assert_null(b->backend.processes[0].owner);
}

static void what_is_made_while_its_container_ends_is_given_back(void **state)
{
    bench *b = *state;
    doing making = {.b = b, .act = bench_create, .id = "web", .exec_id = "e1"};

    bench_run(b, "web", "");
    begin_held(&making, "create");
    bench_end(b, "web", "", 7);
    fake_let_go(&b->backend);
    assert_int_equal(done(&making), WCOW_CONFLICT);
    assert_fails(&b->err, WCOW_NOT_FOUND, "no such process: 'e1' in the container 'web'",
                 bench_wait(b, "web", "e1", 1));
    expect_calls(b, "create web|start web|create web/e1|discard web/e1|");
    expect_events(b, "create web|start web|exit web 7|");
    assert_null(b->backend.processes[1].owner);
}

/* Whether a process is wanted, as soon as it is not. */
static void await_unwanted(bench *b)
{
    bool unwanted = false;

    for (int i = 0; i < 20000 && !unwanted; i++) {
        clock_sleep(1);
        pthread_mutex_lock(&b->pod->lock);
        unwanted = b->pod->tasks && b->pod->tasks->processes->unwanted;
        pthread_mutex_unlock(&b->pod->lock);
    }
    assert_true(unwanted);
}

static void what_is_deleted_while_it_is_created_does_not_appear(void **state)
{
    bench *b = *state;
    doing making = {.b = b, .act = bench_create, .id = "web", .exec_id = ""};
    doing deleting = {.b = b, .act = bench_destroy, .id = "web", .exec_id = ""};

    begin_held(&making, "create");
    begin(&deleting);
    await_unwanted(b);
    fake_let_go(&b->backend);
    assert_int_equal(done(&making), WCOW_CONFLICT);
    assert_int_equal(done(&deleting), WCOW_NOT_FOUND);
    assert_fails(&b->err, WCOW_NOT_FOUND, "no such container: 'web'", bench_start(b, "web", ""));
    expect_calls(b, "create web|discard web|");
    expect_events(b, "");
    assert_ok(&b->err, bench_create(b, "web", ""));
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

static void what_is_created_during_a_shut_down_is_given_back(void **state)
{
    bench *b = *state;
    doing making = {.b = b, .act = bench_create, .id = "web", .exec_id = ""};

    begin_held(&making, "create");
    task_shut_down(b->pod, "web");
    assert_int_equal(b->backend.shut_downs, 0);
    fake_let_go(&b->backend);
    assert_int_equal(done(&making), WCOW_CONFLICT);
    assert_int_equal(b->backend.shut_downs, 1);
    expect_calls(b, "create web|discard web|");
    expect_events(b, "");
}

/* Whichever of the two comes first: the time between them is another one in each round. */
static void nothing_created_outlives_a_shut_down(void **state)
{
    (void)state;
    for (int i = 0; i < 1500; i++) {
        void *of = NULL;
        doing making = {.act = bench_create, .id = "web", .exec_id = ""};

        assert_int_equal(bench_set_up(&of), 0);
        making.b = of;
        begin_held(&making, "create");
        fake_let_go(&making.b->backend);
        for (volatile int spin = 0; spin < i % 500 * 40; spin++)
            continue;
        task_shut_down(making.b->pod, "web");
        done(&making);
        assert_int_equal(making.b->backend.shut_downs, 1);
        bench_tear_down(&of);
    }
}

static void a_shut_down_during_a_start_kills_what_was_started(void **state)
{
    bench *b = *state;
    doing start = {.b = b, .act = bench_start, .id = "web", .exec_id = ""};

    assert_ok(&b->err, bench_create(b, "web", ""));
    begin_held(&start, "start");
    task_shut_down(b->pod, "web");
    assert_int_equal(b->backend.shut_downs, 0);
    fake_let_go(&b->backend);
    assert_int_equal(done(&start), WCOW_OK);
    expect_calls(b, "create web|start web|signal9 web|");
    bench_end(b, "web", "", 1);
    assert_int_equal(b->backend.shut_downs, 1);
}

static void note_end(void *context)
{
    bench *b = context;

    text_add(&b->told, "end|");
}

static void who_waits_is_told_before_the_shim_ends(void **state)
{
    bench *b = *state;

    b->backend.at_end = note_end;
    b->backend.at_end_context = b;
    bench_run(b, "web", "");
    assert_ok(&b->err, bench_create(b, "web", "e1"));
    assert_ok(&b->err, bench_wait(b, "web", "", 1));
    assert_ok(&b->err, bench_wait(b, "web", "e1", 1));
    task_shut_down(b->pod, "web");
    bench_end(b, "web", "", 3);
    assert_string_equal(text_get(&b->told), "1|3|end|");
}

static void free_pod(void *context)
{
    bench *b = context;

    task_pod_free(TAKE(b->pod));
}

/* However the end comes, it is the last touch of the pod. */
static void a_pod_may_be_freed_as_soon_as_the_shim_ends(void **state)
{
    bench *b = *state;

    b->backend.at_end = free_pod;
    b->backend.at_end_context = b;
    bench_run(b, "web", "");
    task_shut_down(b->pod, "web");
    bench_end(b, "web", "", 3); /* told by the backend */
    assert_null(b->pod);
    b->pod = task_pod_new("web", false, &b->backend.table);
    assert_ok(&b->err, bench_create(b, "web", ""));
    task_shut_down(b->pod, "web"); /* nothing runs: told by the call itself */
    assert_null(b->pod);
    assert_int_equal(b->backend.shut_downs, 2);
}

static void a_shim_ends_after_what_the_backend_still_speaks_of(void **state)
{
    bench *b = *state;

    bench_run(b, "web", "");
    bench_run(b, "web", "e1");
    task_shut_down(b->pod, "web");
    bench_end(b, "web", "", 1);
    assert_int_equal(b->backend.shut_downs, 0);
    bench_end(b, "web", "e1", 1);
    assert_int_equal(b->backend.shut_downs, 1);
}

#define TEST(name)     cmocka_unit_test_setup_teardown(name, bench_set_up, bench_tear_down)
#define POD_TEST(name) cmocka_unit_test_setup_teardown(name, bench_set_up_pod, bench_tear_down)

int main(void)
{
    const struct CMUnitTest tests[] = {
        TEST(what_is_left_in_a_container_ends_with_it),
        TEST(signals_reach_what_runs),
        TEST(what_was_only_created_is_killed_by_giving_it_back),
        TEST(what_was_only_created_can_be_deleted),
        TEST(a_kill_during_a_start_reaches_what_was_started),
        TEST(a_kill_of_all_waits_for_no_start),
        TEST(more_kills_of_all_than_there_are_bits_wait_for_one),
        POD_TEST(a_kill_of_all_waits_for_one_answer_of_a_service_that_is_stuck),
        POD_TEST(what_is_started_in_the_middle_of_a_kill_of_all_is_killed),
        POD_TEST(a_weaker_kill_of_all_takes_nothing_from_a_stronger_one),
        POD_TEST(nothing_is_started_in_the_middle_of_a_shut_down),
        POD_TEST(a_shut_down_waits_for_none),
        TEST(what_fails_to_start_is_not_killed),
        TEST(a_container_is_there_while_a_process_in_it_is_killed),
        TEST(what_is_made_while_its_container_ends_is_given_back),
        TEST(what_is_deleted_while_it_is_created_does_not_appear),
        POD_TEST(a_shut_down_lets_what_ends_come_to_its_end),
        TEST(a_shut_down_of_nothing_is_one_at_once),
        TEST(what_is_created_during_a_shut_down_is_given_back),
        cmocka_unit_test(nothing_created_outlives_a_shut_down),
        TEST(a_shut_down_during_a_start_kills_what_was_started),
        TEST(who_waits_is_told_before_the_shim_ends),
        TEST(a_pod_may_be_freed_as_soon_as_the_shim_ends),
        TEST(a_shim_ends_after_what_the_backend_still_speaks_of),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
