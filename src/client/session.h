/* SPDX-License-Identifier: MIT */
/**
 * This process's standard streams, tied to a process in a container: raw console, typed input,
 * detach keys, changes of the window's size, Ctrl-C.
 */
#ifndef WCOW_CLIENT_SESSION_H
#define WCOW_CLIENT_SESSION_H

#include <wcow/container.h>

#include "base/condition.h"
#include "client/detach_keys.h"
#include "port/console.h"
#include "port/stream.h"

/** The other end. Called on threads of the session. */
typedef struct session_target {
    void *context;
    bool (*input)(void *context, const void *bytes, size_t length); /* false: no more of it */
    void (*input_end)(void *context);
    void (*resize)(void *context, uint16_t columns, uint16_t rows);
    void (*interrupt)(void *context, int event); /* CONSOLE_CTRL_C… */
    /* The user detached or gave up, or the session ends: end the caller's wait, and calls of the
     * above that are under way unless they may hang. */
    void (*wake)(void *context);
    /* The calls go to the service: they may come together, and one may never return. Others come
     * one at a time. */
    bool may_hang;
} session_target;

/** So many Ctrl-C, and the client itself leaves, as docker's does. */
#define SESSION_PATIENCE 3

typedef struct session {
    const wcow_attach_options *options;
    session_target target;
    bool tty;
    bool begun;
    detach_keys keys;
    pthread_mutex_t lock;    /* guards the flags below */
    pthread_mutex_t sending; /* one call of a target at a time that may not hang */
    condition changed;
    bool detached;
    bool given_up; /* Ctrl-C for the third time */
    bool ended;
    unsigned interrupts;
    int events[SESSION_PATIENCE - 1]; /* what to pass on of them */
    bool interrupts_over;             /* nothing is passed on any more */
    stream *in, *out, *err;
    console_mode *mode;
    pthread_t input_thread, size_thread, interrupt_thread;
    bool has_input_thread, has_size_thread, has_interrupt_thread;
} session;

/** Checks the options. Nothing is touched yet. */
WCOW_CHECKED wcow_status session_init(session *s, const wcow_attach_options *options, bool tty,
                                      const session_target *target, wcow_error *err);
/** Size of the console, 0 if there is none. */
void session_size(const session *s, uint16_t *columns, uint16_t *rows);
/** Opens the streams and starts passing input on: before the first output, so that it is not
 * echoed. */
WCOW_CHECKED wcow_status session_begin(session *s, wcow_error *err);
/** Writes output. WCOW_CANCELLED if nobody reads this process's output any more. */
WCOW_CHECKED wcow_status session_output(session *s, bool is_error, const void *bytes, size_t length,
                                        wcow_error *err);
/** The user typed the detach keys. */
bool session_detached(session *s);
/** The user wants no more of it. */
bool session_given_up(session *s);
/**
 * Ends the threads and gives the console back. Also after session_init() alone.
 *
 * @return false if a call of a target that may hang has not returned: session and target must stay
 *         where they are for as long as this process lives
 */
bool session_end(session *s);

#endif
