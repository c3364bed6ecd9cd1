/* SPDX-License-Identifier: MIT */
/**
 * A user's streams, tied to a process in a container: raw console, typed input, detach keys,
 * changes of the window's size, Ctrl-C. Between two tables: the streams (user_streams.h) and the
 * process at the other end.
 *
 *     user_streams ── input, size, interrupts ──> session ──> session_target
 *                  <────────── output ── session_output() <── whoever reads the process's output
 */
#ifndef WCOW_CLIENT_SESSION_H
#define WCOW_CLIENT_SESSION_H

#include <wcow/error.h>

#include "base/condition.h"
#include "client/detach_keys.h"
#include "client/user_streams.h"

typedef struct session_options {
    user_streams *streams;     /* opened and closed by the session */
    bool input, output, error; /* which of them take part */
    bool interrupts;           /* pass Ctrl-C and Ctrl-Break on; not where there is a tty, which
                                  gets them as keys */
    bool tty;                  /* the process has a console */
    const char *detach_keys;   /* "ctrl-p,ctrl-q" style; NULL: that one */
    bool stays;                /* of who watches it here: output that nobody reads any more ends the
                                  session only when the process has ended */
} session_options;

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
    session_options options;
    session_target target;
    detach_keys keys;
    bool begun;
    bool opened;             /* the streams are */
    uint16_t columns, rows;  /* what the other end was last told of the console's size */
    pthread_mutex_t lock;    /* guards the flags below */
    pthread_mutex_t sending; /* one call of a target at a time that may not hang */
    condition changed;
    bool detached;
    bool given_up; /* Ctrl-C for the third time */
    bool ended;
    unsigned interrupts;
    int events[SESSION_PATIENCE - 1]; /* what to pass on of them */
    bool interrupts_over;             /* nothing is passed on any more */
    pthread_t input_thread, size_thread, interrupt_thread;
    bool has_input_thread, has_size_thread, has_interrupt_thread;
} session;

/** Checks the options. Nothing is touched yet. */
WCOW_CHECKED wcow_status session_init(session *s, const session_options *options,
                                      const session_target *target, wcow_error *err);
/** Before it begins: the size of the user's console, which the process is to have; 0 if there is
 * none, or the process has none. Changes from there on are told. */
void session_size(session *s, uint16_t *columns, uint16_t *rows);
/** Passes Ctrl-C on from now on, if it is to be: a process that is being started gets it as soon as
 * it runs. Else that begins with the session. */
WCOW_CHECKED wcow_status session_take_interrupts(session *s, wcow_error *err);
/** Opens the streams and starts passing input on: before the first output, so that it is not
 * echoed. */
WCOW_CHECKED wcow_status session_begin(session *s, wcow_error *err);
/** Writes output. WCOW_CANCELLED if nobody reads it any more. */
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
