/* SPDX-License-Identifier: MIT */
/* Who accepts for a monitor: a thread, or the main one while a container runs on. */
#include "tests/unit/engine/fixture.h"
#include "tests/unit/support/own_resources.h"

#include "port/clock.h"

static const char *const ping[] = {"ping", NULL};

static int set_up(void **test)
{
    *test = fixture_with_image(NULL);
    return 0;
}

static int tear_down(void **test)
{
    fixture_free(*test);
    return 0;
}

/* The fewest of this process, whose monitors are threads, for a while: those of a client that has
 * just gone end soon. */
static size_t threads_at_rest(void)
{
    size_t fewest = own_threads();

    for (int i = 0; i < 40; i++) {
        const size_t now = own_threads();

        fewest = now < fewest ? now : fewest;
        clock_sleep(10);
    }
    return fewest;
}

static void a_container_that_runs_on_takes_a_thread_less_and_answers_all_the_same(void **test)
{
    fixture *f = *test;
    size_t threads[2];

    for (size_t lull = 0; lull < 2; lull++) {
        wcow_container *web = fixture_create(f, "web", ping);
        uint32_t code = 0;

        f->host->limits.lull = lull ? 10 : 60000;
        assert_ok(&f->err, wcow_container_start(web, NULL, NULL, &f->err));
        threads[lull] = threads_at_rest();
        for (int round = 0; round < 3; round++)
            assert_ok(&f->err, wcow_container_start(web, NULL, NULL, &f->err));
        assert_ok(&f->err, wcow_container_stop(web, 0, &f->err));
        assert_ok(&f->err, wcow_container_wait(web, &code, &f->err));
        assert_ok(&f->err, wcow_container_remove(web, true, &f->err));
        wcow_container_free(web);
        fixture_settle(f);
    }
    assert_int_equal(threads[0], threads[1] + 1);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(
            a_container_that_runs_on_takes_a_thread_less_and_answers_all_the_same, set_up,
            tear_down),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
