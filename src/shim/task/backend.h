/* SPDX-License-Identifier: MIT */
/**
 * What tasks need of whatever runs them: a table of functions, so that states and rules can be
 * tested without a service that runs anything.
 *
 * The functions may take their time, but must come to an end: pods hold no lock meanwhile.
 * `release` and `event` alone are called with a pod's lock held, and must neither wait nor call the
 * pod.
 *
 * From `create` on, the backend may speak of a process: until it was discarded, its start failed,
 * or it told task_process_finished(), which it must of everything that was started. The process,
 * its handle and its container's handle are there until then, whoever deletes it meanwhile.
 */
#ifndef WCOW_SHIM_TASK_BACKEND_H
#define WCOW_SHIM_TASK_BACKEND_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include <wcow/error.h>

/** A process of a task, whose life is told to task_process_ended() and task_process_finished(). */
typedef struct task_process task_process;

/** Nanoseconds since 1970; of what has not happened yet, this. */
#define TASK_NEVER INT64_MIN

/** What is to be made: a container with its first process, or one more process in it. */
typedef struct task_wish {
    const char *id;
    const char *exec_id; /* "": the first process, with the container */
    const char *bundle;  /* of a container */
    bool terminal;
    const char *input, *output, *error_output; /* "": there is none */
    const void *details; /* the request as it came: mounts, options, the process's specification */
} task_wish;

/** What the host knows of one process in a container. */
typedef struct task_process_facts {
    uint32_t pid;
    const char *image_name;
    int64_t created_at;
    uint64_t kernel_time, user_time; /* in 100 ns */
    uint64_t commit, private_set, shared_set;
} task_process_facts;

/** In nanoseconds, bytes and numbers. */
typedef struct task_statistics {
    int64_t timestamp, started_at;
    uint64_t uptime, total_time, user_time, kernel_time;
    uint64_t commit, commit_peak, private_set;
    uint64_t read_count, read_bytes, write_count, write_bytes;
} task_statistics;

/** New limits, or whatever else a running container is to be changed by. */
typedef struct task_change {
    const char *type; /* the name of the value's type, as it came */
    const char *value;
    size_t size;
} task_change;

typedef enum task_event_kind {
    TASK_EVENT_CREATE,
    TASK_EVENT_START,
    TASK_EVENT_EXIT,
    TASK_EVENT_DELETE,
    TASK_EVENT_EXEC_ADDED,
    TASK_EVENT_EXEC_STARTED,
} task_event_kind;

typedef struct task_event {
    task_event_kind kind;
    const char *id, *exec_id;
    uint32_t pid, exit_status;
    int64_t exited_at;
    const task_wish *wish; /* of TASK_EVENT_CREATE */
} task_event;

/** Takes one process of a list. */
typedef void task_add_facts(void *to, const task_process_facts *facts);

typedef struct task_backend {
    void *context;
    /**
     * Makes a container, or a process of one; `handle` stands for it from then on. The first
     * process's handle stands for the container, too. `discard` may follow at once.
     *
     * @param container  the first process's handle; NULL: it is to be made
     */
    wcow_status (*create)(void *context, void *container, const task_wish *wish,
                          task_process *owner, void **handle, wcow_error *err);
    /** Starts it. One that cannot be started is given back whole, a container with all that it
     * took. */
    wcow_status (*start)(void *context, void *handle, uint32_t *pid, wcow_error *err);
    /** Gives back what was never started; also from within task_process_finished() of the
     * container's first process. */
    void (*discard)(void *context, void *handle);
    /** Nothing of it is left: forget it. */
    void (*release)(void *context, void *handle);
    /** @param wait  for its result, a moment; else it is begun, and WCOW_OK unless it cannot be */
    wcow_status (*signal)(void *context, void *handle, uint32_t number, bool wait, wcow_error *err);
    wcow_status (*resize)(void *context, void *handle, uint32_t width, uint32_t height,
                          wcow_error *err);
    /** Of what was created, too: then it starts with an input that has ended. */
    wcow_status (*close_input)(void *context, void *handle, wcow_error *err);
    wcow_status (*processes)(void *context, void *handle, task_add_facts *add, void *to,
                             wcow_error *err);
    wcow_status (*statistics)(void *context, void *handle, task_statistics *out, wcow_error *err);
    wcow_status (*update)(void *context, void *handle, const task_change *change, wcow_error *err);
    void (*event)(void *context, const task_event *event);
    /** Nothing runs any more, nothing is wanted any more, and whoever waited is told. The last call
     * of all, without a lock; the pod may be freed when no call of others is under way. */
    void (*shut_down)(void *context);
} task_backend;

#endif
