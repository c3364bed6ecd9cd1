/* SPDX-License-Identifier: MIT */
/* What a container takes of the host: one sample, and a watch that takes them again and again. */
#include "tests/unit/engine/fixture.h"

#include <stdlib.h>
#include <string.h>

#include <wcow/stats.h>

#include "base/condition.h"
#include "base/error.h"
#include "port/clock.h"

static const char *const ping[] = {"ping", NULL};

static void inject(fixture *f, const char *fault)
{
    assert_true(sim_fault(f->fake->sim, fault));
}

static wcow_container *started(fixture *f, const char *name)
{
    wcow_container *container = fixture_create(f, name, ping);

    assert_ok(&f->err, wcow_container_start(container, NULL, NULL, &f->err));
    return container;
}

static void drop(fixture *f, wcow_container *container)
{
    assert_ok(&f->err, wcow_container_remove(container, true, &f->err));
    wcow_container_free(container);
}

/* ---- arithmetic ---- */

/* One second, of which two processors have 20,000,000 units. */
static void percent_counts_all_processors(void **state)
{
    const wcow_stats before = {.read = 5000000000, .cpu = 1000, .processors = 2};
    wcow_stats now = {.read = 6000000000, .cpu = 10001000, .processors = 2};

    (void)state;
    assert_true(wcow_stats_cpu_percent(&before, &now) == 50.0);
    now.cpu = 20001000;
    assert_true(wcow_stats_cpu_percent(&before, &now) == 100.0);
    now.cpu = before.cpu;
    assert_true(wcow_stats_cpu_percent(&before, &now) == 0.0);
}

static void percent_of_no_time_or_a_clock_that_went_back_is_none(void **state)
{
    const wcow_stats before = {.read = 5000000000, .cpu = 1000, .processors = 2};
    wcow_stats now = {.read = 5000000000, .cpu = 9000, .processors = 2};

    (void)state;
    assert_true(wcow_stats_cpu_percent(&before, &now) == 0.0);
    now.read = before.read + 99; /* less than one unit */
    assert_true(wcow_stats_cpu_percent(&before, &now) == 0.0);
    now.read = before.read - 3600 * INT64_C(1000000000);
    assert_true(wcow_stats_cpu_percent(&before, &now) == 0.0);
    now.read = before.read + 1000000000;
    now.processors = 0;
    assert_true(wcow_stats_cpu_percent(&before, &now) == 0.0);
}

/* Back by an hour, on by an hour, back by most of the second: one second has passed in any case. */
static void percent_does_not_depend_on_who_sets_the_clock(void **state)
{
    static const int64_t shifts[] = {-3600000, 3600000, -990};

    (void)state;
    for (size_t i = 0; i < sizeof shifts / sizeof shifts[0]; i++) {
        const wcow_stats before = {
            .read = 7200000000000, .ticks = 1000, .cpu = 1000, .processors = 2};
        const wcow_stats now = {.read = before.read + (1000 + shifts[i]) * 1000000,
                                .ticks = 2000,
                                .cpu = 10001000,
                                .processors = 2};

        assert_true(wcow_stats_cpu_percent(&before, &now) == 50.0);
    }
}

static void percent_across_two_runs_is_none(void **state)
{
    const wcow_stats before = {.read = 5000000000, .cpu = 500000, .processors = 2};
    const wcow_stats now = {.read = 6000000000, .cpu = 10, .processors = 2};

    (void)state;
    assert_true(wcow_stats_cpu_percent(&before, &now) == 0.0);
}

/* ---- one sample ---- */

static void a_sample_has_what_both_services_count(void **state)
{
    fixture *f = *state;
    wcow_container *web = started(f, "web");
    const int64_t begun = clock_now();
    wcow_stats *s = NULL;

    assert_ok(&f->err, wcow_container_stats(web, &s, &f->err));
    assert_true(s->read >= begun);
    assert_true(s->started > 0 && s->started <= s->counted);
    assert_in_range(s->uptime, (s->counted - s->started) / 100 - 1,
                    (s->counted - s->started) / 100 + 1);
    assert_true(s->private_working_set > 0);
    assert_int_equal(s->processors, f->host->processors);
    assert_true(s->network_known);
    assert_int_equal(fixture_calls(f, "HcsGetComputeSystemProperties"), 1);
    wcow_free(s);
    drop(f, web);
    fixture_assert_clean(f);
}

static void one_that_does_not_run_has_none(void **state)
{
    fixture *f = *state;
    wcow_container *web = fixture_create(f, "web", ping);
    wcow_stats *s = NULL;

    assert_fails(&f->err, WCOW_CONFLICT, "container web is not running",
                 wcow_container_stats(web, &s, &f->err));
    assert_null(s);
    assert_ok(&f->err, wcow_container_start(web, NULL, NULL, &f->err));
    assert_ok(&f->err, wcow_container_stop(web, 0, &f->err));
    assert_fails(&f->err, WCOW_CONFLICT, "container web is not running",
                 wcow_container_stats(web, &s, &f->err));
    drop(f, web);
}

static void a_network_service_that_fails_hides_no_memory(void **state)
{
    fixture *f = *state;
    wcow_container *web = started(f, "web");
    wcow_stats *s = NULL;

    inject(f, "{\"call\":\"HNSCall\",\"nth\":1,\"hr\":\"0x80004005\"}");
    assert_ok(&f->err, wcow_container_stats(web, &s, &f->err));
    assert_false(s->network_known);
    assert_true(s->private_working_set > 0);
    wcow_free(s);
    drop(f, web);
}

/* Whatever fails: the sample is there, or it is told why not; nothing stays open. */
static void any_failing_call_is_told(void **state)
{
    fixture *f = *state;
    wcow_container *web = started(f, "web");
    size_t failures = 0;
    unsigned nth = 1;

    for (;; nth++) {
        cleanup_free char *fault = text_format("{\"nth\":%u,\"hr\":\"0x80004005\"}", nth);
        wcow_stats *s = NULL;
        wcow_error err = WCOW_ERROR_INIT;

        sim_faults_clear(f->fake->sim);
        inject(f, fault);

        const wcow_status status = wcow_container_stats(web, &s, &err);
        const size_t hit = sim_faults_hit(f->fake->sim);

        f->may_leave = fake_hcs_handles(f->fake->hcs); /* it refused to close them */
        assert_int_equal(status == WCOW_OK, s != NULL);
        assert_int_equal(status == WCOW_OK, err.message[0] == '\0');
        failures += status != WCOW_OK;
        wcow_free(s);
        if (!hit)
            break;
    }
    sim_faults_clear(f->fake->sim);
    assert_true(failures >= 2); /* open, properties */
    drop(f, web);
}

static void a_service_that_does_not_answer_is_an_error_in_time(void **state)
{
    fixture *f = *state;
    wcow_container *web = started(f, "web");
    wcow_stats *s = NULL;

    f->host->limits.answer = 300;
    inject(f, "{\"call\":\"HcsGetComputeSystemProperties\",\"every\":true,\"delay\":2000}");

    const uint64_t begun = clock_ticks();

    assert_fails(&f->err, WCOW_TIMEOUT,
                 "the Host Compute Service has not told its statistics in time",
                 wcow_container_stats(web, &s, &f->err));
    assert_true(clock_ticks() - begun < 1800);
    assert_int_equal(f->host->strays, 1);
    sim_faults_clear(f->fake->sim);

    for (unsigned tries = 0; tries < 500; tries++) { /* it comes back after all */
        pthread_mutex_lock(&f->host->lock);
        const unsigned strays = f->host->strays;
        pthread_mutex_unlock(&f->host->lock);
        if (!strays)
            break;
        clock_sleep(20);
    }
    assert_int_equal(f->host->strays, 0);
    f->host->limits.answer = 5000;
    drop(f, web);
}

/* ---- a watch ---- */

static void a_watch_goes_on_until_its_container_ends(void **state)
{
    fixture *f = *state;
    wcow_container *web = started(f, "web");
    wcow_stats_watch *watch = NULL;
    wcow_stats *first = NULL;
    wcow_stats *second = NULL;
    wcow_stats *none = NULL;

    assert_ok(&f->err, wcow_stats_watch_start(web, &watch, &f->err));
    assert_ok(&f->err, wcow_stats_watch_latest(watch, 1, 5000, &first, &f->err));
    assert_true(first->cpu_percent == 0.0);
    assert_ok(&f->err, wcow_stats_watch_latest(watch, 2, 10000, &second, &f->err));
    assert_true(second->read >= first->read + 900000000);

    assert_ok(&f->err, wcow_container_stop(web, 0, &f->err));
    assert_fails(&f->err, WCOW_CONFLICT, "container web is not running",
                 wcow_stats_watch_latest(watch, 1000, 10000, &none, &f->err));
    wcow_stats_watch_free(watch);
    wcow_free(first);
    wcow_free(second);
    drop(f, web);
}

static void a_watch_goes_on_over_a_failure(void **state)
{
    fixture *f = *state;
    wcow_container *web = started(f, "web");
    wcow_stats_watch *watch = NULL;
    wcow_stats *s = NULL;

    inject(f, "{\"call\":\"HcsGetComputeSystemProperties\",\"nth\":1,\"hr\":\"0x80004005\"}");
    assert_ok(&f->err, wcow_stats_watch_start(web, &watch, &f->err));
    assert_int_equal(wcow_stats_watch_latest(watch, 1, 5000, &s, &f->err), WCOW_FAILED);
    assert_non_null(strstr(f->err.message, "cannot read the statistics of container 'web'"));
    for (unsigned tries = 0; tries < 500 && !s; tries++) {
        clock_sleep(20);
        (void)!wcow_stats_watch_latest(watch, 1, 0, &s, NULL);
    }
    assert_non_null(s);
    wcow_free(s);
    wcow_stats_watch_free(watch);
    drop(f, web);
}

int main(void)
{
#define TEST(name) cmocka_unit_test_setup_teardown(name, fixture_set_up, fixture_tear_down)
    static const struct CMUnitTest tests[] = {
        cmocka_unit_test(percent_counts_all_processors),
        cmocka_unit_test(percent_of_no_time_or_a_clock_that_went_back_is_none),
        cmocka_unit_test(percent_does_not_depend_on_who_sets_the_clock),
        cmocka_unit_test(percent_across_two_runs_is_none),
        TEST(a_sample_has_what_both_services_count),
        TEST(one_that_does_not_run_has_none),
        TEST(a_network_service_that_fails_hides_no_memory),
        TEST(any_failing_call_is_told),
        TEST(a_service_that_does_not_answer_is_an_error_in_time),
        TEST(a_watch_goes_on_until_its_container_ends),
        TEST(a_watch_goes_on_over_a_failure),
    };

    return cmocka_run_group_tests_name("stats", tests, NULL, NULL);
}
