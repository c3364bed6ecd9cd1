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
 * Else what takes three seconds, and at least so many: a busy machine makes few. */
#define PROBES_AT_LEAST 200u
#define PROBES_TIME     3000u

static bool enough(size_t made, uint64_t begun)
{
    const char *wanted = getenv("WCOW_PROBES");

    if (wanted)
        return made >= strtoul(wanted, NULL, 10);
    return made >= PROBES_AT_LEAST && ticks_now() - begun > PROBES_TIME;
}

/* The handles of the container and of its monitor; those of the probe under way come and go. */
static size_t fewest_handles(fixture *f)
{
    size_t fewest = SIZE_MAX;

    for (int i = 0; i < 50; i++) {
        const size_t now = fixture_left(f, "handles");

        fewest = now < fewest ? now : fewest;
        clock_sleep(1);
    }
    return fewest;
}

static void thousands_of_probes_leave_nothing(void **test)
{
    fixture *f = *test;
    const uint64_t begun = ticks_now();
    const uint64_t give_up = ticks_after(1400000);
    wcow_container *web = start(f);
    size_t handles = 0;
    size_t made = 0;

    while (!enough(made, begun)) {
        made = fixture_calls(f, "HcsCreateProcess");
        if (!handles && made > 100)
            handles = fewest_handles(f);
        assert_true(ticks_now() < give_up);
        clock_sleep(20);
    }
    assert_true(fewest_handles(f) <= handles);
    assert_true(f->monitors.open <= 3);
    print_message("%zu probes\n", made);
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
