/* SPDX-License-Identifier: MIT */
#include "base/handler.h"

#include <pthread.h>
#include <semaphore.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

/* A thread that calls a handler, and that can be met within the call. */
typedef struct caller {
    handler h;
    pthread_t thread;
    sem_t entered, leave;
    int event;
    bool found; /* handler_call() found a function */
    bool ended; /* what handler_clear() said within the call */
} caller;

#define AT_ONCE    0
#define MUCH_LATER 3600000

static void meet(void *context, int event)
{
    caller *c = context;

    c->event = event;
    sem_post(&c->entered);
    while (sem_wait(&c->leave) != 0)
        continue;
}

static void clear_itself(void *context, int event)
{
    caller *c = context;

    c->event = event;
    c->ended = handler_clear(&c->h, MUCH_LATER);
}

static void *call(void *context)
{
    caller *c = context;

    c->found = handler_call(&c->h, 7);
    return NULL;
}

static int setup(void **state)
{
    static caller c;

    c = (caller){.h = HANDLER_INIT, .ended = true};
    *state = &c;
    return sem_init(&c.entered, 0, 0) || sem_init(&c.leave, 0, 0);
}

static int teardown(void **state)
{
    caller *c = *state;

    return sem_destroy(&c->entered) || sem_destroy(&c->leave);
}

static void start(caller *c)
{
    assert_int_equal(pthread_create(&c->thread, NULL, call, c), 0);
    while (sem_wait(&c->entered) != 0)
        continue;
}

static void nothing_is_called_before_and_after(void **state)
{
    caller *c = *state;

    assert_false(handler_call(&c->h, 1));
    assert_true(handler_set(&c->h, meet, c));
    sem_post(&c->leave);
    assert_true(handler_call(&c->h, 2));
    assert_int_equal(c->event, 2);
    assert_true(handler_clear(&c->h, AT_ONCE));
    assert_false(handler_call(&c->h, 3));
    assert_int_equal(c->event, 2);
}

static void a_call_that_stays_is_told(void **state)
{
    caller *c = *state;

    assert_true(handler_set(&c->h, meet, c));
    start(c);
    assert_false(handler_clear(&c->h, AT_ONCE));
    sem_post(&c->leave);
    pthread_join(c->thread, NULL);
    assert_true(c->found);
    assert_true(handler_clear(&c->h, AT_ONCE));
}

static void *release(void *context)
{
    caller *c = context;

    sem_post(&c->leave);
    return NULL;
}

static void a_call_that_runs_is_waited_for(void **state)
{
    caller *c = *state;
    pthread_t releaser;

    assert_true(handler_set(&c->h, meet, c));
    start(c);
    assert_int_equal(pthread_create(&releaser, NULL, release, c), 0);
    assert_true(handler_clear(&c->h, MUCH_LATER));
    assert_int_equal(c->h.running, 0);
    pthread_join(releaser, NULL);
    pthread_join(c->thread, NULL);
    assert_true(c->found);
}

/* One that waited for itself would make this wait until the test's time is up. */
static void a_call_may_end_itself(void **state)
{
    caller *c = *state;

    assert_true(handler_set(&c->h, clear_itself, c));
    assert_true(handler_call(&c->h, 5));
    assert_int_equal(c->event, 5);
    assert_false(c->ended);
    assert_false(handler_call(&c->h, 6));
    assert_true(handler_clear(&c->h, AT_ONCE));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(nothing_is_called_before_and_after, setup, teardown),
        cmocka_unit_test_setup_teardown(a_call_that_stays_is_told, setup, teardown),
        cmocka_unit_test_setup_teardown(a_call_that_runs_is_waited_for, setup, teardown),
        cmocka_unit_test_setup_teardown(a_call_may_end_itself, setup, teardown),
    };

    return cmocka_run_group_tests_name("base/handler", tests, NULL, NULL);
}
