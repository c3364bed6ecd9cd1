/* SPDX-License-Identifier: MIT */
/**
 * The tasks that one shim has, and what becomes of them. A pod has a sandbox, the task with the
 * pod's own id, and containers, which need it; what is no pod has that task alone.
 *
 * A process – a task's first, or one that was added to it – is created, runs and has stopped. It
 * stops in two steps: it has *ended* when the process is gone, and is *finished* when its output is
 * written and, of a first process, the container is given back. Who waits for it is told when it is
 * finished.
 *
 * Everything may be called from every thread. What asks the backend takes as long as that, but for
 * lists and statistics, which have a limit; everything else is answered from memory.
 */
#ifndef WCOW_SHIM_TASK_POD_H
#define WCOW_SHIM_TASK_POD_H

#include "base/cleanup.h"
#include "shim/task/backend.h"

typedef struct task_pod task_pod;

#define TASK_MOST_CONTAINERS 128
#define TASK_MOST_PROCESSES  1024  /* of one container */
#define TASK_MOST_ID         256   /* bytes */
#define TASK_PATIENCE        8000u /* ms: for a teardown that is under way, and for statistics */
#define TASK_LIST_PATIENCE   2000u /* ms: for a list of processes */
/** Calls of one container that are under way and may never return: starting, new sizes and limits;
 * and as many that open the streams of a process that is added. Who comes while there are so many
 * waits. */
#define TASK_MOST_UNDER_WAY 3
#define TASK_PLACE_PATIENCE 2000u /* ms: for one of them to return */
#define TASK_STREAMS_PATIENCE                                                                      \
    15000u /* ms: the same of streams: a logger may take 12 s, see stdio.h */
#define TASK_STREAMS_CROWD                                                                         \
    1000u /* ms: if none has been given back for so long, no more than one waits for one */

/** As containerd numbers them. */
typedef enum task_status { TASK_CREATED = 1, TASK_RUNNING = 2, TASK_STOPPED = 3 } task_status;

/** Exit status of what has not exited. */
#define TASK_NOT_EXITED 255u

typedef struct task_end {
    uint32_t pid; /* 0: it was never started */
    uint32_t exit_status;
    int64_t exited_at;
} task_end;

/** What a process is at the moment; the texts are the process's, which is held until it is let go.
 */
typedef struct task_state {
    task_process *held;
    const char *id, *exec_id, *bundle;
    const char *input, *output, *error_output;
    bool terminal;
    task_status status;
    task_end end; /* its exit status is TASK_NOT_EXITED until then */
} task_state;

/** Somebody who waits for a process; called once, without locks. */
typedef struct task_waiter {
    void *context;
    void (*tell)(void *context, const task_end *end);
    void (*drop)(void *context); /* nobody wants to know any more */
} task_waiter;

/**
 * @param id  the pod's own: what its first task must be called
 * @param is_pod  whether it may have others
 * @param backend  borrowed
 * @return NULL: out of memory
 */
task_pod *task_pod_new(const char *id, bool is_pod, const task_backend *backend);
/**
 * Drops who waits. Nothing may be under way, but for questions that the backend owes an answer to,
 * which are waited for; and the backend must have finished what was deleted.
 */
void task_pod_free(task_pod *pod);

DEFINE_CLEANUP(task_pod, task_pod *, task_pod_free)
#define cleanup_task_pod CLEANUP(task_pod)

WCOW_CHECKED wcow_status task_create(task_pod *pod, const task_wish *wish, wcow_error *err);
WCOW_CHECKED wcow_status task_start(task_pod *pod, const char *id, const char *exec_id,
                                    uint32_t *pid, wcow_error *err);
/** To be let go with task_state_free(). */
WCOW_CHECKED wcow_status task_look(task_pod *pod, const char *id, const char *exec_id,
                                   task_state *out, wcow_error *err);
void task_state_free(task_state *state);
/**
 * What is being started is told the signal when it is, and KILL if the pod is unwanted by then;
 * this waits for no start.
 *
 * @param all  everything in the container, and of a pod's sandbox: in the pod
 */
WCOW_CHECKED wcow_status task_kill(task_pod *pod, const char *id, const char *exec_id,
                                   uint32_t number, bool all, wcow_error *err);
/**
 * Tells the waiter, now or later.
 *
 * @param caller  whose task_forget() drops it
 */
WCOW_CHECKED wcow_status task_wait(task_pod *pod, const char *id, const char *exec_id,
                                   uint64_t caller, const task_waiter *waiter, wcow_error *err);
void task_forget(task_pod *pod, uint64_t caller);
/** WCOW_CONFLICT if it runs. What is being created is given back, and was not found. */
WCOW_CHECKED wcow_status task_delete(task_pod *pod, const char *id, const char *exec_id,
                                     task_end *out, wcow_error *err);
WCOW_CHECKED wcow_status task_resize(task_pod *pod, const char *id, const char *exec_id,
                                     uint32_t width, uint32_t height, wcow_error *err);
WCOW_CHECKED wcow_status task_close_input(task_pod *pod, const char *id, const char *exec_id,
                                          wcow_error *err);
/** Takes one process of a list. */
typedef void task_add_process(void *to, const char *exec_id, const task_process_facts *facts);

/**
 * The processes in a container. One that runs has at least its first, if the backend cannot say, or
 * not within TASK_LIST_PATIENCE; one that has ended still has the pid that it had, and one that was
 * never started 0: containerd takes an empty list, and up to 2.2 a failure, for a task that is
 * lost.
 *
 * @param add  called for each, with its exec id: "" for the first, NULL for what was not added by
 * us
 */
WCOW_CHECKED wcow_status task_processes(task_pod *pod, const char *id, task_add_process *add,
                                        void *to, wcow_error *err);
/** WCOW_NOT_FOUND if it does not run; WCOW_TIMEOUT after TASK_PATIENCE, and at once while an
 * earlier question is not answered. */
WCOW_CHECKED wcow_status task_measure(task_pod *pod, const char *id, task_statistics *out,
                                      wcow_error *err);
/** WCOW_NOT_FOUND if it has ended, WCOW_CONFLICT if it is not started. */
WCOW_CHECKED wcow_status task_update(task_pod *pod, const char *id, const task_change *change,
                                     wcow_error *err);
/**
 * The pod is no longer wanted: what runs is killed, and the backend shut down when all of it is
 * finished. Of another id than the pod's own: nothing.
 */
void task_shut_down(task_pod *pod, const char *id);

/** Whether a pod has a container. */
typedef enum task_presence {
    TASK_ABSENT,
    TASK_GIVEN_UP, /* it was being created: it is given back, and its Create fails */
    TASK_PRESENT,
} task_presence;

/** Nobody will ask for a container any more that is not created yet. Waits for nothing. */
task_presence task_give_up(task_pod *pod, const char *id);

/** What a shim is there for. */
typedef enum task_need {
    TASK_NEED_NOTHING,  /* there is no task, nor is one being made */
    TASK_NEED_TASKS,    /* there is one */
    TASK_NEED_UNWANTED, /* there is one, and it was shut down: an end that takes its time */
} task_need;

task_need task_pod_need(task_pod *pod);

/* What the backend tells, from any thread: of a process that is started, or is being started. */

void task_process_ended(task_process *process, uint32_t exit_status, int64_t exited_at);
/** After it ended. */
void task_process_finished(task_process *process);

#endif
