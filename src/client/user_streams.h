/* SPDX-License-Identifier: MIT */
/**
 * What a user sits at: three byte streams, and perhaps a console. A table, so that each front end
 * brings its own: a command the standard streams of its process (below), a test a script, a server
 * a connection of a client's.
 */
#ifndef WCOW_CLIENT_USER_STREAMS_H
#define WCOW_CLIENT_USER_STREAMS_H

#include "port/console.h"
#include "port/stream.h"

/** Told of an interrupt (CONSOLE_CTRL_C…) on a thread of the console's: returns at once. */
typedef void user_interrupt(void *context, int event);

/**
 * int32_t is an HRESULT; `which` is STANDARD_INPUT, STANDARD_OUTPUT or STANDARD_ERROR. Of each
 * stream one thread reads or writes at a time; output and error may be written to at once.
 */
typedef struct user_streams user_streams;
struct user_streams {
    /** Once, before anything is read or written. No other stream is used than those opened. */
    int32_t (*open)(user_streams *u, bool input, bool output, bool error);
    /** Reads at least one byte; success with *got == 0 is the end. */
    int32_t (*read)(user_streams *u, void *buffer, size_t size, size_t *got);
    /** From another thread: a read returns HR_OPERATION_ABORTED, now and for ever. */
    void (*cancel_read)(user_streams *u);
    /** Writes all of it; a failure when nobody reads any more. */
    int32_t (*write)(user_streams *u, int which, const void *bytes, size_t length);
    /** At the end, whether it was opened or not. */
    void (*close)(user_streams *u);

    bool (*is_console)(user_streams *u, int which);
    /** Of the console that shows the output; a failure: there is none. */
    int32_t (*size)(user_streams *u, uint16_t *columns, uint16_t *rows);
    /** Gives keys as they are typed, unseen, and lets VT sequences through; or only hides what is
     * typed. One of the two, once. */
    int32_t (*raw)(user_streams *u);
    int32_t (*hide)(user_streams *u);
    /** As it was before raw() or hide(), if that was called. */
    void (*restore)(user_streams *u);
    /** Whom to tell of Ctrl-C and the like from now on, in place of ending the process… */
    void (*on_interrupt)(user_streams *u, user_interrupt *call, void *context);
    /** … and no more. Returns when no call runs. */
    void (*default_interrupts)(user_streams *u);
};

/** This process's standard streams and its console: port/stream.h, port/console.h. */
typedef struct standard_streams {
    user_streams table;
    stream *streams[3]; /* by STANDARD_INPUT…; NULL: not wanted */
    console_mode *mode;
} standard_streams;

/** @return its table, which is true as long as `s` stays where it is */
user_streams *standard_streams_init(standard_streams *s);

#endif
