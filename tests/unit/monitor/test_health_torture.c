/* SPDX-License-Identifier: MIT */
/* Health checks for weeks, and on a host where calls fail. */
#include "tests/unit/engine/fixture.h"

#include <stdlib.h>

#include "base/condition.h"
#include "base/error.h"
#include "port/clock.h"

#define MILLISECOND INT64_C(1000000)

static const char *const ping[] = {"ping", NULL};

static wcow_container *start(fixture *f)
{
    wcow_container_spec spec = WCOW_CONTAINER_SPEC_INIT;
    wcow_container *web = NULL;

    spec.image = IMAGE;
    spec.name = "web";
    spec.command = ping;
    spec.health_command = "exit 0";
    spec.health_interval = MILLISECOND;
    assert_ok(&f->err, wcow_container_create(f->host, &spec, &web, &f->err));
    assert_ok(&f->err, wcow_container_start(web, NULL, NULL, &f->err));
    return web;
}

static void end(fixture *f, wcow_container *web)
{
    assert_ok(&f->err, wcow_container_remove(web, true, &f->err));
    fixture_settle(f);
    fixture_assert_clean(f);
    wcow_container_free(web);
}

/* Each file call of its monitor fails in turn while it is probed: it goes on, and is probed again.
 */
static void whatever_cannot_be_written_down_the_checks_go_on(void **test)
{
    fixture *f = *test;
    wcow_container *web = start(f);

    for (size_t nth = 1; nth <= 40; nth++) {
        const uint64_t give_up = ticks_after(20000);

        faulty_files_fail(&f->monitors, nth);
        while (!f->monitors.failed && ticks_now() < give_up)
            clock_sleep(1);
        assert_int_equal(f->monitors.failed, 1);
    }
    faulty_files_fail(&f->monitors, 0);
    for (const uint64_t give_up = ticks_after(20000);; clock_sleep(5)) {
        cleanup_free char *status = fixture_inspect(f, web, "State.Health.Status");

        if (text_equal(status, "healthy"))
            break;
        assert_true(ticks_now() < give_up);
    }
    end(f, web);
}

/* As many as WCOW_PROBES says: 10,000 are what a probe every 30 s makes in three and a half days.
 */
static size_t probes_wanted(void)
{
    const char *wanted = getenv("WCOW_PROBES");

    return wanted ? (size_t)strtoul(wanted, NULL, 10) : 200;
}

static void thousands_of_probes_leave_nothing(void **test)
{
    const size_t wanted = probes_wanted();
    fixture *f = *test;
    const uint64_t give_up = ticks_after(1400000);
    wcow_container *web;
    size_t handles = 0;
    size_t made = 0;

    web = start(f);
    while (made < wanted) {
        made = fixture_calls(f, "HcsCreateProcess");
        if (!handles && made > 100)
            handles = fixture_left(f, "handles");
        assert_true(ticks_now() < give_up);
        clock_sleep(made ? 1000 : 20); /* to look takes the service longer than a probe */
    }
    /* of the probe that is under way at either look */
    assert_true(fixture_left(f, "handles") <= handles + 2);
    assert_true(f->monitors.open <= 3);
    end(f, web);
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, fixture_set_up, fixture_tear_down)

int main(void)
{
    static const struct CMUnitTest tests[] = {
        TEST(whatever_cannot_be_written_down_the_checks_go_on),
        TEST(thousands_of_probes_leave_nothing),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
