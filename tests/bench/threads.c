/* SPDX-License-Identifier: MIT */
/* `bench_threads COUNT`: so many threads that wait, and nothing else: what the system takes for
 * each. */
#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>

static pthread_barrier_t here;
static pthread_mutex_t held = PTHREAD_MUTEX_INITIALIZER;

static void *wait_for_ever(void *unused)
{
    pthread_barrier_wait(&here);
    pthread_mutex_lock(&held);
    return unused;
}

int main(int argc, char **argv)
{
    const int count = argc > 1 ? atoi(argv[1]) : 0;

    pthread_mutex_lock(&held);
    if (count < 0 || pthread_barrier_init(&here, NULL, (unsigned)count + 1))
        return 1;
    for (int i = 0; i < count; i++) {
        pthread_t thread;

        if (pthread_create(&thread, NULL, wait_for_ever, NULL))
            return 1;
    }
    pthread_barrier_wait(&here);
    puts("ready");
    fflush(stdout);
    return getchar() == EOF ? 0 : 1;
}
