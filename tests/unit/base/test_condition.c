/* SPDX-License-Identifier: MIT */
#include "base/condition.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>

#include <cmocka.h>

#define MUCH_LATER 3600000u

static condition changed;
static pthread_mutex_t lock = PTHREAD_MUTEX_INITIALIZER;
static bool done; /* under `lock` */

static int setup(void **state)
{
    (void)state;
    done = false;
    return condition_init(&changed) ? 0 : -1;
}

static int teardown(void **state)
{
    (void)state;
    condition_free(&changed);
    return 0;
}

static void *change(void *context)
{
    (void)context;
    pthread_mutex_lock(&lock);
    done = true;
    condition_broadcast(&changed);
    pthread_mutex_unlock(&lock);
    return NULL;
}

/* True if the change was seen before the deadline. */
static bool wait_for_change(uint64_t deadline)
{
    bool seen;

    pthread_mutex_lock(&lock);
    while (!done && condition_wait_until(&changed, &lock, deadline))
        continue;
    seen = done;
    pthread_mutex_unlock(&lock);
    return seen;
}

static void a_wait_lasts_until_its_deadline_and_not_longer(void **state)
{
    const uint64_t start = ticks_now();

    (void)state;
    assert_false(wait_for_change(ticks_after(300)));
    assert_true(ticks_now() - start >= 300);
    assert_true(ticks_now() - start < MUCH_LATER);
}

static void a_deadline_that_is_over_is_no_wait(void **state)
{
    (void)state;
    assert_false(wait_for_change(ticks_now()));
    assert_false(wait_for_change(0));
}

static void a_change_ends_a_wait(void **state)
{
    pthread_t changer;

    (void)state;
    assert_int_equal(pthread_create(&changer, NULL, change, NULL), 0);
    assert_true(wait_for_change(ticks_after(MUCH_LATER)));
    pthread_join(changer, NULL);
}

static void never_and_the_far_future_are_no_failures(void **state)
{
    pthread_t changer;

    (void)state;
    assert_true(ticks_after(UINT32_MAX) == TICKS_NEVER);
    assert_int_equal(pthread_create(&changer, NULL, change, NULL), 0);
    assert_true(wait_for_change(TICKS_NEVER));
    pthread_join(changer, NULL);
    done = false;
    assert_int_equal(pthread_create(&changer, NULL, change, NULL), 0);
    assert_true(wait_for_change(TICKS_NEVER - 1));
    pthread_join(changer, NULL);
}

static void what_is_left_until_a_deadline_is_told_as_calls_take_it(void **state)
{
    const uint64_t day = UINT64_C(24) * 3600 * 1000;

    (void)state;
    assert_int_equal(ticks_left(0), 0);
    assert_int_equal(ticks_left(ticks_now()), 0);
    assert_in_range(ticks_left(ticks_after(MUCH_LATER)), 1, MUCH_LATER);
    assert_int_equal(ticks_left(TICKS_NEVER), UINT32_MAX);
    assert_int_equal(ticks_left(TICKS_NEVER - 1), UINT32_MAX - 1); /* an end, however far */
    assert_int_equal(ticks_left(ticks_now() + 100 * day), UINT32_MAX - 1);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(a_wait_lasts_until_its_deadline_and_not_longer, setup,
                                        teardown),
        cmocka_unit_test_setup_teardown(a_deadline_that_is_over_is_no_wait, setup, teardown),
        cmocka_unit_test_setup_teardown(a_change_ends_a_wait, setup, teardown),
        cmocka_unit_test_setup_teardown(never_and_the_far_future_are_no_failures, setup, teardown),
        cmocka_unit_test(what_is_left_until_a_deadline_is_told_as_calls_take_it),
    };

    return cmocka_run_group_tests_name("base/condition", tests, NULL, NULL);
}
