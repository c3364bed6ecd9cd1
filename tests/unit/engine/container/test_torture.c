/* SPDX-License-Identifier: MIT */
/*
 * Every call to the outside failed in turn: whatever fails, the failure is told with a message, and
 * after `rm -f` and a prune nothing is left of the container.
 */
#include "tests/unit/engine/fixture.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/error.h"
#include "engine/container/container.h"

static const char *const ping[] = {"ping", NULL};

/* Fails the nth call to the service from now on; 0 none. */
static void fail_service(fixture *f, unsigned nth, bool after)
{
    cleanup_free char *fault =
        text_format("{\"nth\":%u,\"hr\":\"0x80004005\"%s}", nth, after ? ",\"after\":true" : "");

    sim_faults_clear(f->fake->sim);
    if (nth)
        assert_true(sim_fault(f->fake->sim, fault));
}

/* Removes what there is of it, by force, and checks that nothing stays. */
static void clean_up(fixture *f, const char *name)
{
    wcow_container *container = NULL;
    wcow_prune_report report;

    if (!wcow_container_open(f->host, name, &container, NULL))
        assert_ok(&f->err, wcow_container_remove(container, true, &f->err));
    wcow_container_free(container);
    assert_ok(&f->err, wcow_host_prune(f->host, NULL, &report, &f->err));
    fixture_assert_clean(f);
}

static void assert_told(fixture *f)
{
    assert_int_not_equal(f->err.status, WCOW_OK);
    assert_int_not_equal(f->err.message[0], '\0');
}

/* One life, each step of which may fail: then the error tells it, and the rest is not tried. */
static wcow_status live(fixture *f)
{
    wcow_container_spec spec = WCOW_CONTAINER_SPEC_INIT;
    wcow_container *container = NULL;
    wcow_status status;

    memset(&f->err, 0, sizeof f->err);
    spec.image = IMAGE;
    spec.name = "victim";
    spec.command = ping;
    status = wcow_container_create(f->host, &spec, &container, &f->err);
    if (!status)
        status = wcow_container_start(container, NULL, NULL, &f->err);
    if (!status)
        status = wcow_container_stop(container, 0, &f->err);
    if (!status)
        status = wcow_container_remove(container, false, &f->err);
    wcow_container_free(container);
    return status;
}

static void torture_service(fixture *f, bool after)
{
    size_t failures = 0;
    unsigned nth = 1;

    for (;; nth++) {
        fail_service(f, nth, after);

        const wcow_status status = live(f);
        const size_t hit = sim_faults_hit(f->fake->sim);

        sim_faults_clear(f->fake->sim);
        if (status) {
            failures++;
            assert_told(f);
        }
        /* A handle that the service refuses to close is its own; everything else succeeded then. */
        if (!status) {
            fixture_settle(f);
            f->may_leave += f->leaked;
            f->leaked = 0;
        }
        clean_up(f, "victim");
        if (!hit)
            break;
    }
    printf("%u calls to the service failed in turn, %zu were told\n", nth - 1, failures);
    assert_true(failures > 10);
}

static void any_failing_call_to_the_service_is_told_and_cleaned_up_after(void **state)
{
    torture_service(*state, false);
}

static void a_call_that_is_carried_out_and_fails_is_cleaned_up_after(void **state)
{
    torture_service(*state, true);
}

static void any_failing_access_to_files_is_told_and_cleaned_up_after(void **state)
{
    fixture *f = *state;
    size_t failures = 0;
    size_t nth = 1;

    for (;; nth++) {
        faulty_files_fail(&f->faulty, nth);

        const wcow_status status = live(f);
        const size_t hit = f->faulty.failed;

        faulty_files_fail(&f->faulty, 0);
        if (status) {
            failures++;
            assert_told(f);
        }
        clean_up(f, "victim");
        f->faulty.failed = 0;
        if (!hit)
            break;
    }
    printf("%zu accesses to files failed in turn, %zu were told\n", nth - 1, failures);
    assert_true(failures > 20);
}

static void any_failing_access_of_the_monitor_is_cleaned_up_after(void **state)
{
    fixture *f = *state;
    size_t nth = 1;

    for (;; nth++) {
        faulty_files_fail(&f->monitors, nth);

        const wcow_status status = live(f);
        const size_t hit = f->monitors.failed;

        faulty_files_fail(&f->monitors, 0);
        if (status)
            assert_told(f);
        clean_up(f, "victim");
        f->monitors.failed = 0;
        if (!hit)
            break;
    }
    printf("%zu accesses of the monitor failed in turn\n", nth - 1);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(
            any_failing_call_to_the_service_is_told_and_cleaned_up_after, fixture_set_up,
            fixture_tear_down),
        cmocka_unit_test_setup_teardown(a_call_that_is_carried_out_and_fails_is_cleaned_up_after,
                                        fixture_set_up, fixture_tear_down),
        cmocka_unit_test_setup_teardown(any_failing_access_to_files_is_told_and_cleaned_up_after,
                                        fixture_set_up, fixture_tear_down),
        cmocka_unit_test_setup_teardown(any_failing_access_of_the_monitor_is_cleaned_up_after,
                                        fixture_set_up, fixture_tear_down),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
