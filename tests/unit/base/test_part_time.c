/* SPDX-License-Identifier: MIT */
#include "base/part_time.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>

#include <cmocka.h>

#include "base/condition.h"

#define ROUNDS 500u

/* An owner: what is to be done is a number, and its thread leaves as soon as that is zero. */
typedef struct owner {
    pthread_mutex_t lock;
    condition changed;
    part_time thread;
    unsigned to_do, done, came;
} owner;

static void *work(void *context)
{
    owner *o = context;

    pthread_mutex_lock(&o->lock);
    o->came++;
    while (o->to_do > 0) {
        o->to_do--;
        o->done++;
        condition_broadcast(&o->changed);
        pthread_mutex_unlock(&o->lock);
        pthread_mutex_lock(&o->lock);
    }
    part_time_leave(&o->thread);
    pthread_mutex_unlock(&o->lock);
    return NULL;
}

static int set_up(void **state)
{
    owner *o = calloc(1, sizeof(*o));

    if (!o || !condition_init(&o->changed)) {
        free(o);
        return -1;
    }
    pthread_mutex_init(&o->lock, NULL);
    *state = o;
    return 0;
}

static int tear_down(void **state)
{
    owner *o = *state;

    part_time_join(&o->thread);
    condition_free(&o->changed);
    pthread_mutex_destroy(&o->lock);
    free(o);
    return 0;
}

static void add(owner *o)
{
    pthread_mutex_lock(&o->lock);
    o->to_do++;
    assert_true(part_time_call(&o->thread, work, o));
    pthread_mutex_unlock(&o->lock);
}

static void await(owner *o, unsigned done)
{
    pthread_mutex_lock(&o->lock);
    while (o->done < done)
        condition_wait(&o->changed, &o->lock);
    pthread_mutex_unlock(&o->lock);
}

static void nothing_is_left_lying_however_often_it_leaves(void **state)
{
    owner *o = *state;

    for (unsigned i = 0; i < ROUNDS; i++) {
        add(o);
        if (i % 3 == 0)
            await(o, i + 1);
    }
    await(o, ROUNDS);
    part_time_join(&o->thread);
    assert_false(o->thread.works);
    assert_true(o->came > 1);
}

static void one_that_is_there_is_not_started_twice(void **state)
{
    owner *o = *state;

    pthread_mutex_lock(&o->lock); /* it stands at its beginning */
    for (unsigned i = 0; i < 10; i++) {
        o->to_do++;
        assert_true(part_time_call(&o->thread, work, o));
    }
    pthread_mutex_unlock(&o->lock);
    await(o, 10);
    part_time_join(&o->thread);
    assert_int_equal(o->came, 1);
}

static void one_that_never_came_has_ended(void **state)
{
    owner *o = *state;

    part_time_join(&o->thread);
    part_time_join(&o->thread);
    assert_int_equal(o->came, 0);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(nothing_is_left_lying_however_often_it_leaves, set_up,
                                        tear_down),
        cmocka_unit_test_setup_teardown(one_that_is_there_is_not_started_twice, set_up, tear_down),
        cmocka_unit_test_setup_teardown(one_that_never_came_has_ended, set_up, tear_down),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
