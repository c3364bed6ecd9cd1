/* SPDX-License-Identifier: MIT */
/** Processes and tasks of a pod: what they are made of, and how they come to their end. */
#ifndef WCOW_SHIM_TASK_LIFETIME_H
#define WCOW_SHIM_TASK_LIFETIME_H

#include <pthread.h>

#include "base/condition.h"
#include "shim/task/pod.h"

#define TASK_KILL 9u

typedef struct task task;

/** What is asked of the backend with a limit. */
typedef enum question { QUESTION_PROCESSES, QUESTION_STATISTICS, QUESTIONS } question;

typedef struct waiting {
    struct waiting *next;
    uint64_t caller;
    task_waiter waiter;
    task_end end; /* what it is told, once it is taken out of its process */
} waiting;

/* All of a pod is guarded by the pod's lock, but for what never changes. */
struct task_process {
    task_process *next;
    task *owner;
    task_process *first; /* of an added one, which holds it: its handle is the container's */
    char *exec_id, *input, *output, *error_output;
    bool terminal;
    void *handle;     /* the backend's; NULL until it is made */
    size_t users;     /* its task's list, the backend, added ones, and whoever works with it */
    uint64_t visited; /* the rounds of killing that came to it, a bit each */
    bool making;      /* being made: nobody finds it yet */
    bool unwanted;    /* deleted while it was made */
    bool backends;    /* the backend is a user: it may still speak of it */
    bool busy;        /* being started or discarded */
    bool noted;       /* killed while it was busy: to be told when it is not */
    uint32_t number;  /* with what */
    bool ended, over; /* over: finished, and everybody told */
    bool told_finished;
    bool overdue[QUESTIONS]; /* the backend has not answered one in time, and still owes it */
    task_status status;
    task_end end;
    waiting *waiters;
};

/** Calls of the backend on one container that may never return. */
typedef enum task_call {
    TASK_SERVICE_CALL, /* it enters the service */
    TASK_STREAMS_CALL, /* it only opens a process's streams */
    TASK_CALLS
} task_call;

typedef struct task_places {
    size_t under_way; /* calls that have one, see process_enter() */
    size_t returned;  /* of those */
    bool stuck;       /* one has waited for a place in vain, and none was given back since */
    uint64_t since;   /* ticks_now() when the last one was taken or given back */
    bool awaited;     /* somebody waits for one although they have been slow for long */
} task_places;

struct task {
    task *next;
    task_pod *pod;
    char *id, *bundle;
    task_process *processes; /* the first one is the last of the list */
    size_t count;            /* of all that exist, deleted ones that are in use included */
    task_places places[TASK_CALLS];
};

struct task_pod {
    const task_backend *backend;
    char *id;
    bool is_pod;
    pthread_mutex_t lock; /* guards the following */
    condition changed;
    task *tasks;
    uint64_t rounds; /* of killing, that are under way */
    size_t backends; /* processes that the backend may still speak of */
    size_t telling;  /* threads that tell waiters of an end */
    size_t asking;   /* threads that ask the backend */
    bool unwanted, shut;
};

/* ---- under the lock ---- */

/** NULL: out of memory. With one user: its task's list. */
task_process *process_new(task *owner, const task_wish *wish);
task *task_of(task_pod *pod, const char *id);
task_process *first_process(const task *t);
/** NULL: there is none. It may be one that is being made. */
task_process *process_any(task_pod *pod, const char *id, const char *exec_id);
/** NULL: there is none, or none yet. */
task_process *process_of(task_pod *pod, const char *id, const char *exec_id);
/**
 * Takes one of the places that a container has for such calls, TASK_MOST_UNDER_WAY for each; the
 * lock is given back while it waits for one. Threads are few, and other containers need them, too:
 * one in which calls are stuck loses no more of them than it has places; where opening streams is
 * slow, one more: for the rest of its patience one waits, the others for TASK_STREAMS_CROWD.
 *
 * @return WCOW_TIMEOUT if none was given back in time, and at once if that was so before
 */
WCOW_CHECKED wcow_status process_enter(task_process *p, task_call call, wcow_error *err);
void process_leave(task_process *p, task_call call);
/** Takes it out of its lists. */
void process_remove(task_process *p);
/** One user less; frees it with the last one, and its task with its last process. */
void process_let_go(task_process *p);
/** The backend speaks of it from now on, or no more: then it is a user less. Somebody else is one.
 */
void process_to_backend(task_process *p);
void process_from_backend(task_process *p);
/** Tells of an event. */
void process_event(const task_process *p, task_event_kind kind, const task_wish *wish);
/** It has stopped, and nobody knows how. */
void process_fail(task_process *p);
/**
 * It is over: its event is told, and what is left of its container ends with a first process. The
 * lock is given back meanwhile if something was only created; whoever calls is a user.
 *
 * @return who is to be told, with pod_leave()
 */
waiting *process_over(task_process *p);
/** Gives back what was never started, and adds who waits for it. As process_over(). */
waiting *process_discard(task_process *p, waiting *list);
/** Gives the lock back while it tells those who wait of their ends. */
void pod_tell(task_pod *pod, waiting *list);
/**
 * Gives the lock back, tells those who wait of their ends, and then the backend that all is done,
 * if it is. That is the last touch of the pod.
 */
void pod_leave(task_pod *pod, waiting *list);

/* ---- without it ---- */

/** Takes the lock, finds a process, and holds it. A failure gives the lock back. */
WCOW_CHECKED wcow_status process_hold(task_pod *pod, const char *id, const char *exec_id,
                                      task_process **out, wcow_error *err);
/** Lets it go, and gives the lock back, which is held. */
void process_unhold(task_pod *pod, task_process *p);
wcow_status process_missing(const char *id, const char *exec_id, wcow_error *err);

void tell_waiters(waiting *first);
void drop_waiters(waiting *first);

#endif
