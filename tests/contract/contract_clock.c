/* SPDX-License-Identifier: MIT */
/* What port/clock.h promises. */
#include "contract.h"

#include "port/clock.h"

static void the_time_is_of_this_century(void **state)
{
    (void)state;
    assert_true(clock_now() > INT64_C(1700000000) * 1000000000);
    assert_true(clock_now() < INT64_C(4102444800) * 1000000000);
}

static void ticks_never_go_back(void **state)
{
    uint64_t before = clock_ticks();

    (void)state;
    for (int i = 0; i < 10000; i++) {
        uint64_t now = clock_ticks();

        assert_true(now >= before);
        before = now;
    }
}

/* The tick of Windows is up to 16 ms long. */
static void sleeping_takes_its_time(void **state)
{
    uint64_t before = clock_ticks();

    (void)state;
    clock_sleep(60);
    assert_true(clock_ticks() - before >= 40);
}

/* Each time is taken between two ticks, since a busy machine may pause the test anywhere. */
static void both_clocks_go_at_one_pace(void **state)
{
    uint64_t before_start = clock_ticks();
    int64_t start = clock_now();
    uint64_t after_start = clock_ticks();
    uint64_t before_end;
    int64_t passed;

    (void)state;
    clock_sleep(100);
    before_end = clock_ticks();
    passed = (clock_now() - start) / 1000000;
    assert_true(passed >= (int64_t)(before_end - after_start) - 40);
    assert_true(passed <= (int64_t)(clock_ticks() - before_start) + 40);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(the_time_is_of_this_century),
        cmocka_unit_test(ticks_never_go_back),
        cmocka_unit_test(sleeping_takes_its_time),
        cmocka_unit_test(both_clocks_go_at_one_pace),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
