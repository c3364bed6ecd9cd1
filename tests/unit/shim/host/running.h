/* SPDX-License-Identifier: MIT */
/** A shim's server on a thread, with a backend that runs nothing. */
#ifndef WCOW_TESTS_UNIT_SHIM_HOST_RUNNING_H
#define WCOW_TESTS_UNIT_SHIM_HOST_RUNNING_H

#include "shim/host/serving.h"
#include "tests/unit/shim/task/fake_backend.h"

typedef struct running {
    fake_backend backend; /* first: its context is this, too */
    serve_owner owner;
    void (*fake_event)(void *context, const task_event *event);
    serve_wish wish;
    char space[64];
    pthread_t thread;
    pthread_mutex_t lock; /* guards the following */
    condition changed;
    bool ready, ended, told_ending;
    wcow_status status;
    wcow_error err;
} running;

/** What serve() is to be called with; running_start() does that on a thread. */
void running_prepare(running *r, const char *space, const char *id, bool is_pod, const char *events,
                     uint32_t idle);
/** Starts it, and waits until it is ready or has failed. `space` NULL: a new one. */
void running_start(running *r, const char *space, const char *id, bool is_pod, const char *events,
                   uint32_t idle);
/** Waits for its end, and frees what it has; returns what serve() did. */
wcow_status running_end(running *r);
bool running_has_ended(running *r, uint32_t milliseconds);

#endif
