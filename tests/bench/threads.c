/* SPDX-License-Identifier: MIT */
/* `bench_threads COUNT`: so many threads that wait, and nothing else: what the system takes for
 * each. */
#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>

static void *wait_for_ever(void *lock)
{
    pthread_mutex_lock(lock);
    return NULL;
}

int main(int argc, char **argv)
{
    static pthread_mutex_t lock = PTHREAD_MUTEX_INITIALIZER;
    const int count = argc > 1 ? atoi(argv[1]) : 0;

    pthread_mutex_lock(&lock);
    for (int i = 0; i < count; i++) {
        pthread_t thread;

        if (pthread_create(&thread, NULL, wait_for_ever, &lock))
            return 1;
    }
    puts("ready");
    fflush(stdout);
    return getchar() == EOF ? 0 : 1;
}
