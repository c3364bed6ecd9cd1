/* SPDX-License-Identifier: MIT */
#include "base/part_time.h"

/* The thread that left has at most a lock to give back, which it does not wait for. */
bool part_time_call(part_time *p, void *(*run)(void *), void *context)
{
    if (p->works)
        return true;
    part_time_join(p);
    p->started = !pthread_create(&p->thread, NULL, run, context);
    p->works = p->started;
    return p->works;
}

void part_time_leave(part_time *p)
{
    p->works = false;
}

void part_time_join(part_time *p)
{
    if (p->started)
        pthread_join(p->thread, NULL);
    p->started = false;
}
