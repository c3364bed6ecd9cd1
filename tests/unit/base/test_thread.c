/* SPDX-License-Identifier: MIT */
#include "base/thread.h"

#include <pthread.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#define THREADS 500u

static pthread_mutex_t lock = PTHREAD_MUTEX_INITIALIZER;
static pthread_cond_t changed = PTHREAD_COND_INITIALIZER;
static unsigned ran;

static void *run(void *context)
{
    (void)context;
    pthread_mutex_lock(&lock);
    ran++;
    pthread_cond_broadcast(&changed);
    pthread_mutex_unlock(&lock);
    return NULL;
}

/* One that never runs makes this wait until the test's time is up. */
static void every_thread_runs_however_short_its_life(void **state)
{
    unsigned started = 0;

    (void)state;
    while (started < THREADS) {
        assert_true(thread_start_detached(run, NULL));
        started++;
        if (started % 2 == 0) /* two at a time */
            continue;
        pthread_mutex_lock(&lock);
        while (ran < started)
            pthread_cond_wait(&changed, &lock);
        pthread_mutex_unlock(&lock);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(every_thread_runs_however_short_its_life),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
