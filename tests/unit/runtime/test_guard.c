/* SPDX-License-Identifier: MIT */
/* Who may use a process, and for how long what they use stays. */
#include "runtime/guard.h"

#include "port/clock.h"
#include "tests/unit/status.h"

static void nobody_enters_before_it_runs_or_once_it_ends(void **state)
{
    guard *g = guard_new();

    (void)state;
    assert_non_null(g);
    assert_false(guard_enter(g));
    guard_set(g, STAGE_STARTING);
    assert_false(guard_enter(g));
    guard_open(g, NULL, NULL);
    assert_true(guard_enter(g));
    guard_set(g, STAGE_ENDING);
    assert_false(guard_enter(g));
    guard_leave(g);
    assert_true(guard_retire(g, 0));
    guard_set(g, STAGE_ENDED);
    assert_false(guard_enter(g));
    guard_drop(g);
}

static void one_who_does_not_come_back_is_waited_for_so_long(void **state)
{
    guard *g = guard_new();
    const uint64_t begun = clock_ticks();

    (void)state;
    guard_open(g, NULL, NULL);
    assert_true(guard_enter(g));
    assert_false(guard_retire(g, 100));
    assert_true(clock_ticks() - begun >= 100);
    guard_leave(g);
    assert_true(guard_retire(g, 0));
    guard_drop(g);
}

/* A thread with a part in it. */
typedef struct user {
    guard *guard;
    bool ran;
} user;

static void *leave_later(void *context)
{
    user *u = context;

    clock_sleep(50);
    guard_leave(u->guard);
    guard_drop(u->guard);
    return NULL;
}

static void who_comes_back_in_time_ends_the_wait_and_finds_its_lock(void **state)
{
    user u = {.guard = guard_new()};
    pthread_t thread;

    (void)state;
    guard_open(u.guard, NULL, NULL);
    assert_true(guard_enter(u.guard));
    guard_hold(u.guard);
    assert_int_equal(pthread_create(&thread, NULL, leave_later, &u), 0);
    assert_true(guard_retire(u.guard, 20000));
    guard_drop(u.guard); /* the other may still be on its way out of the lock */
    pthread_join(thread, NULL);
}

static void *await(void *context)
{
    user *u = context;

    u->ran = guard_await(u->guard);
    return NULL;
}

static bool what_a_waiter_learns(stage next)
{
    user u = {.guard = guard_new()};
    pthread_t thread;

    guard_set(u.guard, STAGE_STARTING);
    if (pthread_create(&thread, NULL, await, &u))
        return false;
    clock_sleep(20);
    if (next == STAGE_RUNNING)
        guard_open(u.guard, NULL, NULL);
    else
        guard_set(u.guard, next);
    pthread_join(thread, NULL);
    guard_drop(u.guard);
    return u.ran;
}

static void who_waits_for_its_start_learns_how_that_went(void **state)
{
    (void)state;
    assert_true(what_a_waiter_learns(STAGE_RUNNING));
    assert_false(what_a_waiter_learns(STAGE_ENDED));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(nobody_enters_before_it_runs_or_once_it_ends),
        cmocka_unit_test(one_who_does_not_come_back_is_waited_for_so_long),
        cmocka_unit_test(who_comes_back_in_time_ends_the_wait_and_finds_its_lock),
        cmocka_unit_test(who_waits_for_its_start_learns_how_that_went),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
