/* SPDX-License-Identifier: MIT */
/* Stopping a run: who watches it is another thread, as in a monitor. */
#include "runtime/stopping.h"

#include <string.h>

#include "base/error.h"
#include "port/clock.h"
#include "runtime/errand.h"
#include "tests/unit/runtime/scene.h"

/* A run and the thread that watches it. */
typedef struct watched {
    scene scene;
    run run;
    wcow_error err; /* of who stops it */
    pthread_t watcher;
    uint32_t code;
    wcow_status status;
} watched;

static void *watch(void *context)
{
    watched *w = context;

    w->status = scene_end(&w->scene, &w->run, &w->code);
    return NULL;
}

/* With these limits; 0: the scene's own. */
static void start_within(watched *w, const char *command, const sim_options *options,
                         uint32_t shutdown, uint32_t terminate)
{
    w->err = (wcow_error)WCOW_ERROR_INIT;
    w->code = 99;
    scene_open(&w->scene, command, options);
    w->scene.request.build = options ? options->build : 0;
    if (terminate) {
        w->scene.request.limits.shutdown = shutdown;
        w->scene.request.limits.terminate = terminate;
    }
    assert_ok(&w->err, run_init(&w->run, &w->err));
    assert_ok(&w->err, run_begin(&w->run, &w->scene.request, &w->err));
    assert_int_equal(pthread_create(&w->watcher, NULL, watch, w), 0);
}

static void start(watched *w, const char *command, const sim_options *options)
{
    start_within(w, command, options, 0, 0);
}

static void finish(watched *w)
{
    pthread_join(w->watcher, NULL);
    assert_int_equal(w->status, WCOW_OK);
    run_free(&w->run);
    scene_close(&w->scene);
}

static void one_that_listens_ends_by_its_signal(void **state)
{
    watched w;

    (void)state;
    start(&w, "wait 3", NULL);
    assert_ok(&w.err, run_stop(&w.run, "CtrlShutdown", 20000, &w.err));
    assert_false(guard_await(w.run.guard));
    assert_int_equal(scene_calls(&w.scene, "DeactivateLayer"), 1); /* at rest, and no sooner */
    finish(&w);
    assert_int_equal(w.code, 3);
}

static void one_that_does_not_listen_is_terminated(void **state)
{
    watched w;
    const uint64_t begun = clock_ticks();

    (void)state;
    start(&w, "stuck", NULL);
    assert_ok(&w.err, run_stop(&w.run, "CtrlShutdown", 300, &w.err));
    assert_true(clock_ticks() - begun >= 300);
    assert_int_equal(scene_calls(&w.scene, "HcsTerminateProcess"), 1);
    finish(&w);
}

static void without_a_signal_there_is_no_patience(void **state)
{
    watched w;

    (void)state;
    start(&w, "wait 3", NULL);
    assert_ok(&w.err, run_stop(&w.run, NULL, 0, &w.err));
    assert_int_equal(scene_calls(&w.scene, "HcsSignalProcess"), 0);
    finish(&w);
    assert_int_not_equal(w.code, 3);
}

static void before_there_were_signals_the_system_is_shut_down(void **state)
{
    static const sim_options old = {.build = 14393};
    watched w;

    (void)state;
    start(&w, "ping", &old);
    assert_ok(&w.err, run_stop(&w.run, "CtrlShutdown", 20000, &w.err));
    assert_true(scene_calls(&w.scene, "HcsShutdownComputeSystem") >= 1);
    assert_int_equal(scene_calls(&w.scene, "HcsTerminateProcess"), 0);
    finish(&w);
}

static void a_process_that_cannot_be_killed_goes_with_its_system(void **state)
{
    watched w;

    (void)state;
    start(&w, "stuck", NULL);
    scene_fault(&w.scene,
                "{\"call\":\"HcsTerminateProcess\",\"every\":true,\"hr\":\"0x80004005\"}");
    assert_ok(&w.err, run_stop(&w.run, NULL, 0, &w.err));
    assert_int_equal(scene_calls(&w.scene, "HcsTerminateComputeSystem"), 1);
    finish(&w);
}

static void what_the_service_refuses_is_told(void **state)
{
    watched w;

    (void)state;
    start(&w, "stuck", NULL);
    scene_fault(&w.scene,
                "{\"call\":\"HcsTerminateProcess\",\"every\":true,\"hr\":\"0x80004005\"}");
    scene_fault(&w.scene,
                "{\"call\":\"HcsTerminateComputeSystem\",\"every\":true,\"hr\":\"0x80004005\"}");
    assert_int_equal(run_stop(&w.run, NULL, 0, &w.err), WCOW_FAILED);
    assert_non_null(strstr(w.err.message, "HcsTerminateComputeSystem"));
    sim_faults_clear(w.scene.fake->sim);
    w.err = (wcow_error)WCOW_ERROR_INIT;
    assert_ok(&w.err, run_stop(&w.run, NULL, 0, &w.err));
    finish(&w);
}

static void a_call_that_does_not_return_is_told_by_its_name(void **state)
{
    watched w;
    uint64_t begun;

    (void)state;
    start_within(&w, "stuck", NULL, 1000, 1000);
    begun = clock_ticks();
    scene_fault(&w.scene, "{\"call\":\"HcsTerminateProcess\",\"every\":true,\"delay\":3000}");
    scene_fault(&w.scene, "{\"call\":\"HcsTerminateComputeSystem\",\"every\":true,\"delay\":3000}");
    assert_fails(&w.err, WCOW_TIMEOUT, "HcsTerminateComputeSystem has not returned for 1 s",
                 run_stop(&w.run, NULL, 0, &w.err));
    assert_true(clock_ticks() - begun < 2900);
    assert_true(guard_retire(w.run.guard, 20000)); /* they return */
    pthread_join(w.watcher, NULL);
    run_free(&w.run);
    w.scene.may_leave = fake_hcs_handles(w.scene.hcs); /* if too late for the teardown */
    assert_ok(&w.err, scene_release(&w.scene, NULL));
    scene_close(&w.scene);
}

static void a_teardown_that_is_stuck_is_told_by_its_call(void **state)
{
    watched w;

    (void)state;
    start_within(&w, "stuck", NULL, 100, 500);
    scene_fault(&w.scene, "{\"call\":\"UnprepareLayer\",\"every\":true,\"delay\":3000}");
    assert_fails(&w.err, WCOW_TIMEOUT,
                 "its process has ended, but UnprepareLayer, DeactivateLayer has not returned",
                 run_stop(&w.run, NULL, 0, &w.err));
    finish(&w);
}

/* ---- impatience ---- */

static void hold_up(watched *w, const char *call, unsigned milliseconds, const char *more)
{
    cleanup_free char *fault =
        text_format("{\"call\":\"%s\",\"every\":true,\"delay\":%u%s}", call, milliseconds, more);

    scene_fault(&w->scene, fault);
}

/* Whoever asks again for what is under way takes no thread more, and is told how that went. */
static void a_call_under_way_is_shared(void **state)
{
    static const errand_kind kinds[] = {ERRAND_KILL_ALONE, ERRAND_SHUTDOWN};
    static const char *const calls[] = {"HcsTerminateProcess", "HcsShutdownComputeSystem"};
    watched w;

    (void)state;
    start(&w, "stuck", NULL);
    for (size_t i = 0; i < 2; i++) {
        hold_up(&w, calls[i], 1500, ",\"hr\":\"0x80004005\"");
        for (int n = 0; n < 3; n++)
            assert_ok(&w.err, errand_try(w.run.guard, kinds[i], NULL, 100, &w.err));
        assert_int_equal(errand_try(w.run.guard, kinds[i], NULL, 20000, &w.err), WCOW_FAILED);
        assert_non_null(strstr(w.err.message, calls[i]));
        assert_int_equal(scene_calls(&w.scene, calls[i]), 1);
        w.err = (wcow_error)WCOW_ERROR_INIT;
    }
    sim_faults_clear(w.scene.fake->sim);
    assert_ok(&w.err, run_stop(&w.run, NULL, 0, &w.err));
    finish(&w);
}

/* The service notes a call when it returns. */
static void await_errands(watched *w)
{
    guard *g = w->run.guard;

    pthread_mutex_lock(&g->lock);
    while (g->errands)
        condition_wait(&g->changed, &g->lock);
    pthread_mutex_unlock(&g->lock);
}

static void signals_are_sent_again_but_not_without_end(void **state)
{
    watched w;

    (void)state;
    start(&w, "stuck", NULL);
    hold_up(&w, "HcsSignalProcess", 2000, "");
    for (unsigned n = 0; n < ERRAND_MOST_SIGNALS + 3; n++)
        assert_ok(&w.err, errand_try(w.run.guard, ERRAND_SIGNAL, "CtrlC", 20, &w.err));
    assert_ok(&w.err, errand_try(w.run.guard, ERRAND_SIGNAL, "CtrlBreak", 200, &w.err));
    await_errands(&w);
    assert_int_equal(scene_calls(&w.scene, "HcsSignalProcess"), ERRAND_MOST_SIGNALS + 1);
    assert_ok(&w.err, run_stop(&w.run, NULL, 0, &w.err));
    finish(&w);
}

/* ---- signals ---- */

static void a_signal_is_sent_and_nothing_more(void **state)
{
    watched w;

    (void)state;
    start(&w, "wait 4", NULL);
    assert_ok(&w.err, run_signal(&w.run, "CtrlC", &w.err));
    finish(&w);
    assert_int_equal(w.code, 4);
}

static void before_there_were_signals_each_of_them_shuts_down(void **state)
{
    static const sim_options old = {.build = 14393};
    watched w;

    (void)state;
    start(&w, "ping", &old);
    assert_ok(&w.err, run_signal(&w.run, "CtrlC", &w.err));
    finish(&w);
    assert_int_equal(w.err.status, WCOW_OK);
}

static void one_that_has_ended_takes_no_signal(void **state)
{
    watched w;

    (void)state;
    start(&w, "exit 0", NULL);
    pthread_join(w.watcher, NULL);
    assert_fails(&w.err, WCOW_STOPPED, "it has ended", run_signal(&w.run, "CtrlC", &w.err));
    w.err = (wcow_error)WCOW_ERROR_INIT;
    assert_ok(&w.err, run_stop(&w.run, "CtrlShutdown", 20000, &w.err));
    run_free(&w.run);
    scene_close(&w.scene);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(one_that_listens_ends_by_its_signal),
        cmocka_unit_test(one_that_does_not_listen_is_terminated),
        cmocka_unit_test(without_a_signal_there_is_no_patience),
        cmocka_unit_test(before_there_were_signals_the_system_is_shut_down),
        cmocka_unit_test(a_process_that_cannot_be_killed_goes_with_its_system),
        cmocka_unit_test(what_the_service_refuses_is_told),
        cmocka_unit_test(a_call_that_does_not_return_is_told_by_its_name),
        cmocka_unit_test(a_teardown_that_is_stuck_is_told_by_its_call),
        cmocka_unit_test(a_call_under_way_is_shared),
        cmocka_unit_test(signals_are_sent_again_but_not_without_end),
        cmocka_unit_test(a_signal_is_sent_and_nothing_more),
        cmocka_unit_test(before_there_were_signals_each_of_them_shuts_down),
        cmocka_unit_test(one_that_has_ended_takes_no_signal),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
