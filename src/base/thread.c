/* SPDX-License-Identifier: MIT */
#include "base/thread.h"

#include <pthread.h>

bool thread_start_detached(void *(*run)(void *), void *context)
{
    pthread_attr_t detached;
    pthread_t thread;
    bool started;

    if (pthread_attr_init(&detached))
        return false;
    started = !pthread_attr_setdetachstate(&detached, PTHREAD_CREATE_DETACHED) &&
              !pthread_create(&thread, &detached, run, context);
    pthread_attr_destroy(&detached);
    return started;
}
