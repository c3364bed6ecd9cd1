/* SPDX-License-Identifier: MIT */
/* What a user learns when the service fails after a container has started. */
#include "tests/unit/engine/fixture.h"

#include <stdlib.h>
#include <string.h>

#include "engine/container/container.h"
#include "port/clock.h"

#define NO_REASON "it failed, and the service gives no reason (0x80004005)"
#define UNKNOWN                                                                                    \
    "cannot learn the exit code of container 'victim': HcsGetProcessProperties: " NO_REASON

static const char *const ping[] = {"ping", NULL};
static const char *const seven[] = {"exit", "7", NULL};

static void inject(fixture *f, const char *fault)
{
    assert_true(sim_fault(f->fake->sim, fault));
}

static wcow_status run(fixture *f, wcow_container *container, wcow_outcome *outcome)
{
    wcow_attach_options attach = WCOW_ATTACH_OPTIONS_INIT;

    *outcome = (wcow_outcome)WCOW_OUTCOME_INIT;
    attach.standard_output = false;
    attach.standard_error = false;
    return wcow_container_start(container, &attach, outcome, &f->err);
}

static void assert_inspected(fixture *f, wcow_container *container, const char *path,
                             const char *expected)
{
    cleanup_free char *value = fixture_inspect(f, container, path);

    assert_string_equal(value, expected);
}

static void drop(fixture *f, wcow_container *container)
{
    sim_faults_clear(f->fake->sim);
    assert_ok(&f->err, wcow_container_remove(container, true, &f->err));
    wcow_container_free(container);
    fixture_assert_clean(f);
}

static void an_exit_code_that_cannot_be_learnt_is_told_everywhere(void **state)
{
    fixture *f = *state;
    wcow_container *victim = fixture_create(f, "victim", seven);
    wcow_outcome outcome;
    uint32_t code = 42;

    inject(f, "{\"call\":\"HcsGetProcessProperties\",\"every\":true,\"hr\":\"0x80004005\"}");
    assert_fails(&f->err, WCOW_EXIT_UNKNOWN, UNKNOWN, run(f, victim, &outcome));
    assert_int_equal(f->err.hresult, (int32_t)0x80004005);
    assert_inspected(f, victim, "State.Status", "exited");
    assert_inspected(f, victim, "State.ExitCode", "255");
    assert_inspected(f, victim, "State.Error", UNKNOWN);
    assert_fails(&f->err, WCOW_EXIT_UNKNOWN, UNKNOWN, wcow_container_wait(victim, &code, &f->err));
    assert_int_equal(code, 42);

    /* The next run is another one. */
    sim_faults_clear(f->fake->sim);
    assert_ok(&f->err, run(f, victim, &outcome));
    assert_int_equal(outcome.exit_code, 7);
    assert_int_equal(outcome.warning.status, WCOW_OK);
    assert_inspected(f, victim, "State.Error", "");
    assert_ok(&f->err, wcow_container_wait(victim, &code, &f->err));
    assert_int_equal(code, 7);
    drop(f, victim);
}

typedef struct waiter {
    wcow_container *container;
    wcow_status status;
    uint32_t code;
    wcow_error err;
} waiter;

static void *wait_main(void *context)
{
    waiter *w = context;

    w->status = wcow_container_wait(w->container, &w->code, &w->err);
    return NULL;
}

static void who_waits_meanwhile_learns_it_too(void **state)
{
    fixture *f = *state;
    wcow_container *victim = fixture_create(f, "victim", ping);
    waiter w = {.container = victim, .code = 42};
    pthread_t thread;

    assert_ok(&f->err, wcow_container_start(victim, NULL, NULL, &f->err));
    inject(f, "{\"call\":\"HcsGetProcessProperties\",\"every\":true,\"hr\":\"0x80004005\"}");
    assert_int_equal(pthread_create(&thread, NULL, wait_main, &w), 0);
    clock_sleep(100);
    assert_ok(&f->err, wcow_container_stop(victim, 5, &f->err));
    pthread_join(thread, NULL);
    assert_fails(&w.err, WCOW_EXIT_UNKNOWN, UNKNOWN, w.status);
    assert_int_equal(w.code, 42);
    drop(f, victim);
}

static void exec_says_that_it_does_not_know(void **state)
{
    fixture *f = *state;
    wcow_container *victim = fixture_create(f, "victim", ping);
    wcow_attach_options attach = WCOW_ATTACH_OPTIONS_INIT;
    wcow_outcome outcome = WCOW_OUTCOME_INIT;
    wcow_exec_spec spec = WCOW_EXEC_SPEC_INIT;

    spec.command = seven;
    attach.standard_output = false;
    attach.standard_error = false;
    assert_ok(&f->err, wcow_container_start(victim, NULL, NULL, &f->err));
    inject(f, "{\"call\":\"HcsGetProcessProperties\",\"hr\":\"0x800705B4\"}");
    assert_int_equal(wcow_container_exec(victim, &spec, &attach, &outcome, &f->err),
                     WCOW_EXIT_UNKNOWN);
    assert_non_null(strstr(f->err.message, "cannot exec in container 'victim': cannot learn the "
                                           "exit code of its command: HcsGetProcessProperties"));
    assert_int_equal(f->err.hresult, (int32_t)0x800705B4);
    drop(f, victim);
}

static void what_fails_after_the_end_is_a_warning(void **state)
{
    static const struct {
        const char *fault, *call;
    } faults[] = {
        {"{\"call\":\"UnprepareLayer\",\"every\":true,\"hr\":\"0x80004005\"}", "UnprepareLayer"},
        {"{\"call\":\"DeactivateLayer\",\"every\":true,\"hr\":\"0x80004005\"}", "DeactivateLayer"},
        {"{\"call\":\"HNSCall\",\"nth\":3,\"hr\":\"0x80004005\"}", "HNSCall"},
    };
    fixture *f = *state;

    for (size_t i = 0; i < sizeof faults / sizeof faults[0]; i++) {
        wcow_container *victim = fixture_create(f, "victim", seven);
        cleanup_free char *error = NULL;
        wcow_outcome outcome;
        uint32_t code = 42;

        inject(f, faults[i].fault);
        assert_ok(&f->err, run(f, victim, &outcome));
        assert_int_equal(outcome.exit_code, 7);
        assert_int_not_equal(outcome.warning.status, WCOW_OK);
        assert_int_equal(outcome.warning.hresult, (int32_t)0x80004005);
        assert_ptr_equal(
            strstr(outcome.warning.message, "cannot clean up after container 'victim': "),
            outcome.warning.message);
        assert_non_null(strstr(outcome.warning.message, faults[i].call));
        assert_non_null(strstr(outcome.warning.message, "(0x80004005)"));
        error = fixture_inspect(f, victim, "State.Error");
        assert_string_equal(error, outcome.warning.message);
        assert_inspected(f, victim, "State.ExitCode", "7");
        assert_ok(&f->err, wcow_container_wait(victim, &code, &f->err));
        assert_int_equal(code, 7);
        drop(f, victim);
    }
}

/* Which access of the monitor writes the log is its own business: one of them does. */
static void a_log_that_cannot_be_written_is_a_warning(void **state)
{
    static const char *const echo[] = {"echo", "text", NULL};
    fixture *f = *state;
    bool told = false;

    for (size_t nth = 1; nth < 100 && !told; nth++) {
        wcow_container *victim = fixture_create(f, "victim", echo);
        wcow_outcome outcome;
        bool hit;

        faulty_files_fail(&f->monitors, nth);
        if (!run(f, victim, &outcome))
            told = strstr(outcome.warning.message,
                          "cannot keep the log of container 'victim': write: ") != NULL;
        fixture_settle(f); /* the monitor has told the end, and is about to leave */
        hit = f->monitors.failed;
        faulty_files_fail(&f->monitors, 0);
        f->monitors.failed = 0;
        drop(f, victim);
        if (!hit)
            break;
    }
    assert_true(told);
}

static void a_removed_containers_problem_is_told_before_it_is_gone(void **state)
{
    fixture *f = *state;
    wcow_container_spec spec = WCOW_CONTAINER_SPEC_INIT;
    wcow_container *victim = NULL;
    wcow_outcome outcome;

    spec.image = IMAGE;
    spec.name = "victim";
    spec.command = seven;
    spec.auto_remove = true;
    assert_ok(&f->err, wcow_container_create(f->host, &spec, &victim, &f->err));
    inject(f, "{\"call\":\"HcsGetProcessProperties\",\"every\":true,\"hr\":\"0x80004005\"}");
    assert_fails(&f->err, WCOW_EXIT_UNKNOWN, UNKNOWN, run(f, victim, &outcome));
    wcow_container_free(victim);
    assert_int_equal(wcow_container_open(f->host, "victim", &victim, NULL), WCOW_NOT_FOUND);
    fixture_assert_clean(f);
}

/* As where its process ends while it is signalled: who asked looks again whether it is at rest. */
static void a_signal_that_comes_too_late_is_sent_again_while_it_runs(void **state)
{
    fixture *f = *state;
    wcow_container *victim = fixture_create(f, "victim", ping);
    uint32_t code = 0;

    assert_ok(&f->err, wcow_container_start(victim, NULL, NULL, &f->err));
    inject(f, "{\"call\":\"HcsSignalProcess\",\"hr\":\"0xC037010A\"}");
    assert_ok(&f->err, wcow_container_kill(victim, "INT", &f->err));
    assert_ok(&f->err, wcow_container_wait(victim, &code, &f->err));
    drop(f, victim);
    /* The process may end before the call that ends it returns, which is when it counts. */
    assert_int_equal(fixture_calls(f, "HcsSignalProcess"), 2);
}

/* Nothing that could end the container returns in time; all of it 5 s after the stop's begin. */
static void a_stuck_service_does_not_make_stop_hang(void **state)
{
    static const char *const stuck[] = {
        "{\"call\":\"HcsSignalProcess\",\"every\":true,\"delay\":5000}",
        "{\"call\":\"HcsTerminateProcess\",\"every\":true,\"delay\":4000}",
        "{\"call\":\"HcsTerminateComputeSystem\",\"every\":true,\"delay\":3000}"};
    fixture *f = *state;
    wcow_container *victim = fixture_create(f, "victim", ping);
    uint32_t code = 0;

    f->host->limits.terminate = 1000;
    f->host->limits.shutdown = 1000;
    assert_ok(&f->err, wcow_container_start(victim, NULL, NULL, &f->err));
    for (size_t i = 0; i < sizeof stuck / sizeof stuck[0]; i++)
        inject(f, stuck[i]);

    const uint64_t begun = clock_ticks();
    const wcow_status status = wcow_container_stop(victim, 1, &f->err);

    assert_fails(&f->err, WCOW_TIMEOUT,
                 "cannot stop container 'victim': HcsTerminateComputeSystem has not returned for "
                 "1 s",
                 status);
    assert_true(clock_ticks() - begun < 4500);
    assert_non_null(strstr(f->err.hint, "Restart-Service vmcompute"));
    assert_inspected(f, victim, "State.Status", "running");
    assert_ok(&f->err, wcow_container_wait(victim, &code, &f->err));
    f->host->limits.terminate = 5000;
    drop(f, victim);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(an_exit_code_that_cannot_be_learnt_is_told_everywhere,
                                        fixture_set_up, fixture_tear_down),
        cmocka_unit_test_setup_teardown(who_waits_meanwhile_learns_it_too, fixture_set_up,
                                        fixture_tear_down),
        cmocka_unit_test_setup_teardown(exec_says_that_it_does_not_know, fixture_set_up,
                                        fixture_tear_down),
        cmocka_unit_test_setup_teardown(what_fails_after_the_end_is_a_warning, fixture_set_up,
                                        fixture_tear_down),
        cmocka_unit_test_setup_teardown(a_log_that_cannot_be_written_is_a_warning, fixture_set_up,
                                        fixture_tear_down),
        cmocka_unit_test_setup_teardown(a_removed_containers_problem_is_told_before_it_is_gone,
                                        fixture_set_up, fixture_tear_down),
        cmocka_unit_test_setup_teardown(a_signal_that_comes_too_late_is_sent_again_while_it_runs,
                                        fixture_set_up, fixture_tear_down),
        cmocka_unit_test_setup_teardown(a_stuck_service_does_not_make_stop_hang, fixture_set_up,
                                        fixture_tear_down),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
