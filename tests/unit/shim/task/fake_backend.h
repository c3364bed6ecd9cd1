/* SPDX-License-Identifier: MIT */
/**
 * A backend that runs nothing: it notes what is asked of it, fails when it is told to, and holds a
 * call up until it may go on. Its processes end when the test says so.
 */
#ifndef WCOW_TESTS_UNIT_SHIM_TASK_FAKE_BACKEND_H
#define WCOW_TESTS_UNIT_SHIM_TASK_FAKE_BACKEND_H

#include <pthread.h>

#include "base/condition.h"
#include "base/text.h"
#include "shim/task/pod.h"

#define FAKE_MOST_PROCESSES 2048

typedef struct fake_process {
    char id[80], exec_id[80];
    task_process *owner; /* NULL: released */
    bool started, ended, finished;
    uint32_t pid;
} fake_process;

typedef struct fake_backend {
    task_backend table;
    pthread_mutex_t lock; /* guards the following */
    condition changed;
    text calls;  /* "create web|start web|…" */
    text events; /* "create web|exit web 3|…" */
    fake_process processes[FAKE_MOST_PROCESSES];
    size_t count;
    uint32_t next_pid;
    const char *fails;   /* the call that fails next, and no other */
    wcow_status failure; /* as what */
    const char *held;    /* the call that does not return until fake_let_go() */
    size_t inside;       /* calls that are held */
    unsigned shut_downs;
    void (*at_end)(void *context); /* called by shut_down; NULL: nothing is */
    void *at_end_context;
    char changed_by[80]; /* the last change's type */
    const task_process_facts
        *facts; /* the only process there is; NULL: the one asked for, and another */
    bool alone; /* there is no other process than the one asked for */
    task_statistics measured;
    bool exits_early; /* what is started has ended and is finished before start returns */
} fake_backend;

void fake_backend_init(fake_backend *f);
/** Fails if a handle was not released. */
void fake_backend_free(fake_backend *f);
/** Until then, a call of that name is held. */
void fake_hold(fake_backend *f, const char *call);
/** Waits until so many calls are held. */
void fake_await_held(fake_backend *f, size_t count);
void fake_let_go(fake_backend *f);
/** Waits until these are the calls so far. */
void fake_await_calls(fake_backend *f, const char *expected);
/** A process ends, or is finished; waits for it to be started first. */
void fake_end(fake_backend *f, const char *id, const char *exec_id, uint32_t exit_status);
void fake_finish(fake_backend *f, const char *id, const char *exec_id);
/** Finishes it if it has ended and is not finished. */
void fake_finish_ended(fake_backend *f, const char *id, const char *exec_id);
/** The texts so far, which are empty from then on (malloc). */
char *fake_take_calls(fake_backend *f);
char *fake_take_events(fake_backend *f);

#endif
