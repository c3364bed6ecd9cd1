/* SPDX-License-Identifier: MIT */
/* --restart, as a monitor carries it out. */
#include "tests/unit/engine/fixture.h"

#include <stdlib.h>

#include "base/condition.h"
#include "base/error.h"
#include "engine/container/reconcile.h"
#include "port/clock.h"

static const char *const ping[] = {"ping", NULL};
static const char *const fails[] = {"exit", "3", NULL};
static const char *const works[] = {"exit", "0", NULL};

static wcow_container *create(fixture *f, const char *restart, const char *const *command)
{
    wcow_container_spec spec = WCOW_CONTAINER_SPEC_INIT;
    wcow_container *web = NULL;

    spec.image = IMAGE;
    spec.name = "web";
    spec.command = command;
    spec.restart = restart;
    assert_ok(&f->err, wcow_container_create(f->host, &spec, &web, &f->err));
    return web;
}

static state *look(fixture *f, wcow_container *web)
{
    state *s = NULL;

    assert_ok(&f->err, container_settle(web, &s, &f->err));
    return s;
}

/* Until it was restarted so often, and is in that phase. */
static void wait_for(fixture *f, wcow_container *web, uint32_t restarts, phase wanted,
                     bool restarting)
{
    const uint64_t give_up = ticks_after(20000);
    bool there = false;

    while (!there) {
        cleanup_state state *s = look(f, web);

        there = s->restart_count >= restarts && s->phase == wanted && s->restarting == restarting;
        assert_true(there || ticks_now() < give_up);
        if (!there)
            clock_sleep(5);
    }
}

static void one_that_fails_is_started_again_as_often_as_its_policy_says(void **test)
{
    fixture *f = *test;
    wcow_container *web = create(f, "on-failure:2", fails);
    cleanup_free char *count = NULL;
    cleanup_free char *status = NULL;
    uint32_t code = 0;

    assert_ok(&f->err, wcow_container_start(web, NULL, NULL, &f->err));
    wait_for(f, web, 2, PHASE_EXITED, false);
    fixture_settle(f);
    count = fixture_inspect(f, web, "RestartCount");
    status = fixture_inspect(f, web, "State.Status");
    assert_string_equal(count, "2");
    assert_string_equal(status, "exited");
    assert_ok(&f->err, wcow_container_wait(web, &code, &f->err));
    assert_int_equal(code, 3);
    assert_int_equal(fixture_calls(f, "HcsCreateComputeSystem"), 3);
    fixture_assert_clean(f);
    assert_ok(&f->err, wcow_container_remove(web, false, &f->err));
    wcow_container_free(web);
}

static void what_ends_well_is_left_at_that_on_failure_and_by_no_policy(void **test)
{
    static const char *const policies[] = {"on-failure", "no", NULL};
    fixture *f = *test;

    for (size_t i = 0; i < 3; i++) {
        wcow_container *web = create(f, policies[i], i ? fails : works);
        cleanup_free char *count = NULL;

        assert_ok(&f->err, wcow_container_start(web, NULL, NULL, &f->err));
        fixture_settle(f);
        count = fixture_inspect(f, web, "RestartCount");
        assert_string_equal(count, "0");
        assert_ok(&f->err, wcow_container_remove(web, false, &f->err));
        wcow_container_free(web);
    }
}

/* By each verb, while it pauses; and each makes that the last end at once. */
static void who_stops_one_in_its_pause_ends_it(void **test)
{
    fixture *f = *test;

    for (int verb = 0; verb < 3; verb++) {
        wcow_container *web = create(f, "always", fails);
        cleanup_state state *s = NULL;

        assert_ok(&f->err, wcow_container_start(web, NULL, NULL, &f->err));
        wait_for(f, web, 3, PHASE_RUNNING, true); /* 0.4 s and more */
        if (verb == 0)
            assert_ok(&f->err, wcow_container_stop(web, 1, &f->err));
        else
            assert_ok(&f->err, wcow_container_kill(web, verb == 1 ? "KILL" : "TERM", &f->err));
        fixture_settle(f);
        s = look(f, web);
        assert_int_equal(s->phase, PHASE_EXITED);
        assert_false(s->restarting);
        assert_true(s->stopped);
        assert_int_equal(s->exit_code, 3);
        fixture_assert_clean(f);
        assert_ok(&f->err, wcow_container_remove(web, false, &f->err));
        wcow_container_free(web);
    }
}

static void one_that_runs_is_stopped_for_good_whatever_its_policy(void **test)
{
    static const char *const policies[] = {"always", "unless-stopped", "on-failure"};
    fixture *f = *test;

    for (size_t i = 0; i < 3; i++) {
        wcow_container *web = create(f, policies[i], ping);
        cleanup_free char *status = NULL;

        assert_ok(&f->err, wcow_container_start(web, NULL, NULL, &f->err));
        assert_ok(&f->err, wcow_container_stop(web, 0, &f->err));
        fixture_settle(f);
        status = fixture_inspect(f, web, "State.Status");
        assert_string_equal(status, "exited");
        assert_int_equal(fixture_calls(f, "HcsCreateComputeSystem"), i + 1);
        assert_ok(&f->err, wcow_container_remove(web, false, &f->err));
        wcow_container_free(web);
    }
}

static void in_its_pause_it_counts_as_running_and_can_do_nothing(void **test)
{
    static const char *const words[] = {"cmd", NULL};
    fixture *f = *test;
    wcow_container *web = create(f, "always", fails);
    wcow_exec_spec exec = WCOW_EXEC_SPEC_INIT;
    cleanup_free char *status = NULL;
    cleanup_free char *running = NULL;
    wcow_process_info *rows = NULL;
    size_t count = 0;

    exec.command = words;
    assert_ok(&f->err, wcow_container_start(web, NULL, NULL, &f->err));
    wait_for(f, web, 4, PHASE_RUNNING, true); /* 0.8 s */
    assert_fails(&f->err, WCOW_CONFLICT,
                 "cannot remove container \"/web\": container is restarting: stop the container "
                 "before removing or force remove",
                 wcow_container_remove(web, false, &f->err));
    assert_int_equal(wcow_container_exec(web, &exec, NULL, NULL, &f->err), WCOW_CONFLICT);
    assert_int_equal(wcow_container_processes(web, &rows, &count, &f->err), WCOW_CONFLICT);
    assert_int_equal(wcow_container_pause(web, &f->err), WCOW_CONFLICT);
    status = fixture_inspect(f, web, "State.Status");
    running = fixture_inspect(f, web, "State.Running");
    assert_string_equal(status, "restarting");
    assert_string_equal(running, "true");
    assert_ok(&f->err, wcow_container_start(web, NULL, NULL, &f->err)); /* it runs, so to say */
    assert_ok(&f->err, wcow_container_rename(web, "other", &f->err));
    assert_ok(&f->err, wcow_container_remove(web, true, &f->err));
    wcow_container_free(web);
    fixture_assert_clean(f);
}

/* Whoever waits is told of the run that he waited for. */
static void each_end_is_told_to_who_waits(void **test)
{
    fixture *f = *test;
    wcow_container *web = create(f, "always", fails);

    assert_ok(&f->err, wcow_container_start(web, NULL, NULL, &f->err));
    for (int i = 0; i < 2; i++) {
        uint32_t code = 0;

        assert_ok(&f->err, wcow_container_wait(web, &code, &f->err));
        assert_int_equal(code, 3);
    }
    assert_ok(&f->err, wcow_container_remove(web, true, &f->err));
    wcow_container_free(web);
    fixture_assert_clean(f);
}

/* The count is of one start: somebody's start begins it anew. */
static void a_start_begins_the_count_anew(void **test)
{
    fixture *f = *test;
    wcow_container *web = create(f, "on-failure:1", fails);

    for (int i = 0; i < 2; i++) {
        cleanup_free char *count = NULL;

        assert_ok(&f->err, wcow_container_start(web, NULL, NULL, &f->err));
        wait_for(f, web, 1, PHASE_EXITED, false);
        fixture_settle(f);
        count = fixture_inspect(f, web, "RestartCount");
        assert_string_equal(count, "1");
    }
    assert_ok(&f->err, wcow_container_remove(web, false, &f->err));
    wcow_container_free(web);
}

static void a_restart_that_fails_is_the_end(void **test)
{
    static const char refused[] =
        "{\"call\":\"HcsStartComputeSystem\",\"every\":true,\"hr\":\"0x80004005\"}";
    fixture *f = *test;
    wcow_container *web = create(f, "always", fails);
    cleanup_state state *s = NULL;

    assert_ok(&f->err, wcow_container_start(web, NULL, NULL, &f->err));
    wait_for(f, web, 1, PHASE_RUNNING, true);
    assert_true(sim_fault(f->fake->sim, refused));
    fixture_settle(f);
    s = look(f, web);
    assert_int_equal(s->phase, PHASE_EXITED);
    assert_false(s->restarting);
    assert_non_null(strstr(s->error, "HcsStartComputeSystem"));
    sim_faults_clear(f->fake->sim);
    fixture_assert_clean(f);
    assert_ok(&f->err, wcow_container_remove(web, false, &f->err));
    wcow_container_free(web);
}

/* Each call to the service fails in turn, from the end of the first run through the second one: it
 * comes to rest, says why, and leaves nothing. */
static void whatever_fails_in_a_restart_it_comes_to_rest(void **test)
{
    fixture *f = *test;
    unsigned told = 0;
    bool hit = true;

    for (unsigned nth = 1; hit; nth++) {
        cleanup_free char *fault = text_format("{\"nth\":%u,\"hr\":\"0x80004005\"}", nth);
        wcow_container *web = create(f, "on-failure:1", fails);
        cleanup_state state *s = NULL;

        assert_ok(&f->err, wcow_container_start(web, NULL, NULL, &f->err));
        assert_true(sim_fault(f->fake->sim, fault));
        fixture_settle(f);
        hit = sim_faults_hit(f->fake->sim) > 0;
        sim_faults_clear(f->fake->sim);
        f->may_leave += f->leaked; /* what the service refuses to close is its own */
        f->leaked = 0;
        s = look(f, web);
        assert_int_equal(s->phase, PHASE_EXITED);
        assert_false(s->restarting);
        told += s->error && *s->error;
        assert_ok(&f->err, wcow_container_remove(web, true, &f->err));
        wcow_container_free(web);
        fixture_assert_clean(f);
    }
    assert_true(told > 5);
}

/* ---- the host boots ---- */

/* As it was when the power failed, or somebody had stopped it. */
static void rest(fixture *f, wcow_container *web, const state *how)
{
    assert_ok(&f->err, state_write(f->host, wcow_container_id(web), how, &f->err));
}

static void with_the_host_come_back_those_whose_policy_says_so(void **test)
{
    static const struct {
        const char *restart;
        state before;
        bool comes;
    } cases[] = {
        {"no", {.phase = PHASE_RUNNING, .booted = true}, false},
        {"always", {.phase = PHASE_RUNNING, .booted = true}, true},
        {"always", {.phase = PHASE_CREATED}, false}, /* never started */
        {"always", {.phase = PHASE_EXITED, .booted = true, .stopped = true}, true},
        {"unless-stopped", {.phase = PHASE_RUNNING, .booted = true}, true},
        {"unless-stopped", {.phase = PHASE_EXITED, .booted = true, .stopped = true}, false},
        {"on-failure", {.phase = PHASE_RUNNING, .booted = true}, true},
        {"on-failure", {.phase = PHASE_EXITED, .booted = true}, false},
        {"on-failure:2", {.phase = PHASE_RUNNING, .booted = true, .restart_count = 2}, false},
    };
    fixture *f = *test;

    for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
        wcow_container *web = create(f, cases[i].restart, works);
        const size_t before = fixture_calls(f, "HcsCreateComputeSystem");

        rest(f, web, &cases[i].before);
        /* "always" begins again and again: its first start fails, and that is the end. */
        assert_true(sim_fault(
            f->fake->sim, "{\"call\":\"HcsCreateProcess\",\"every\":true,\"hr\":\"0x80004005\"}"));
        ignore(wcow_monitor_run_at_boot(f->host, wcow_container_id(web), &f->err));
        sim_faults_clear(f->fake->sim);
        assert_int_equal(fixture_calls(f, "HcsCreateComputeSystem") - before, cases[i].comes);
        assert_ok(&f->err, wcow_container_remove(web, false, &f->err));
        wcow_container_free(web);
    }
}

/* Longer than a lull: whoever accepted for its monitor's main thread does so again in each pause.
 */
static void one_that_ends_after_a_while_is_heard_in_every_pause(void **test)
{
    static const char *const sleeps[] = {"sleep", "60", NULL};
    fixture *f = *test;

    for (uint32_t round = 1; round < 4; round++) {
        wcow_container *web = create(f, "always", sleeps);
        cleanup_state state *s = NULL;

        assert_ok(&f->err, wcow_container_start(web, NULL, NULL, &f->err));
        wait_for(f, web, round, PHASE_RUNNING, true);
        assert_ok(&f->err, wcow_container_stop(web, 1, &f->err));
        fixture_settle(f);
        s = look(f, web);
        assert_int_equal(s->phase, PHASE_EXITED);
        fixture_assert_clean(f);
        assert_ok(&f->err, wcow_container_remove(web, false, &f->err));
        wcow_container_free(web);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(one_that_fails_is_started_again_as_often_as_its_policy_says,
                                        fixture_set_up, fixture_tear_down),
        cmocka_unit_test_setup_teardown(what_ends_well_is_left_at_that_on_failure_and_by_no_policy,
                                        fixture_set_up, fixture_tear_down),
        cmocka_unit_test_setup_teardown(one_that_ends_after_a_while_is_heard_in_every_pause,
                                        fixture_set_up, fixture_tear_down),
        cmocka_unit_test_setup_teardown(who_stops_one_in_its_pause_ends_it, fixture_set_up,
                                        fixture_tear_down),
        cmocka_unit_test_setup_teardown(one_that_runs_is_stopped_for_good_whatever_its_policy,
                                        fixture_set_up, fixture_tear_down),
        cmocka_unit_test_setup_teardown(in_its_pause_it_counts_as_running_and_can_do_nothing,
                                        fixture_set_up, fixture_tear_down),
        cmocka_unit_test_setup_teardown(each_end_is_told_to_who_waits, fixture_set_up,
                                        fixture_tear_down),
        cmocka_unit_test_setup_teardown(a_start_begins_the_count_anew, fixture_set_up,
                                        fixture_tear_down),
        cmocka_unit_test_setup_teardown(a_restart_that_fails_is_the_end, fixture_set_up,
                                        fixture_tear_down),
        cmocka_unit_test_setup_teardown(whatever_fails_in_a_restart_it_comes_to_rest,
                                        fixture_set_up, fixture_tear_down),
        cmocka_unit_test_setup_teardown(with_the_host_come_back_those_whose_policy_says_so,
                                        fixture_set_up, fixture_tear_down),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
