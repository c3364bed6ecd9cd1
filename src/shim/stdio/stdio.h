/* SPDX-License-Identifier: MIT */
/**
 * What one process of a task reads from and writes to, at the client's side: the pipes that
 * containerd's client listens on, a logger of its own (`binary:`), or a file (`file:`). The
 * process's side are the runtime's `streams`, which hand output to the sink made here.
 *
 * The order, whoever runs the process:
 *
 *  - stdio_open() before anything else is taken: a name that does not answer fails the call;
 *  - streams_begin() with stdio_sink();
 *  - stdio_begin_input();
 *  - the process ends: stdio_last_words(), its readers have only so long from now on;
 *  - streams_drain();
 *  - stdio_finish(): gives up what is not written, closes: the client sees the end of output;
 *  - streams_finish(), before or after it: once finished, the sink throws away, and takes no time;
 *  - stdio_free().
 *
 * Before its end a process waits for a reader who has gone, as containerd has while it is
 * restarted: he is dialled again. After it, whatever a reader or a logger does, the sink
 * comes to an end within what stdio_last_words() allows, so nothing stops a teardown. A disk alone
 * may keep it for ever: then the streams are left behind, see stdio_sink().
 */
#ifndef WCOW_SHIM_STDIO_STDIO_H
#define WCOW_SHIM_STDIO_STDIO_H

#include "port/files.h"
#include "runtime/streams.h"

typedef struct stdio stdio;

/** "" or NULL: there is no such stream, no such name. All is borrowed for the call. */
typedef struct stdio_names {
    const char *space;     /* containerd's namespace; of loggers */
    const char *container; /* the container's id; of loggers */
    const char *exec;      /* the process's id, of one that was added */
    bool terminal;
    const char *input, *output, *error_output; /* as Create and Exec name them */
} stdio_names;

/** In milliseconds. */
typedef struct stdio_limits {
    uint32_t dial; /* until all pipes are connected */
    uint32_t
        retry; /* how long a reader may be gone before his output is thrown away; 0: for ever */
    uint32_t logger_start; /* until a logger says that it is ready */
    uint32_t logger_end;   /* until it has ended, after its streams have; then it is killed; less
                            * if less is left of the last words, but 2 s in any case */
} stdio_limits;

#define STDIO_LIMITS_INIT                                                                          \
    {                                                                                              \
        .dial = 5000, .retry = 0, .logger_start = 10000, .logger_end = 10000                       \
    }

/**
 * Connects to all that is named, or starts the logger.
 *
 * @param files  for `file:`; borrowed until stdio_free()
 * @return WCOW_INVALID for a name that is none of ours, WCOW_CONFLICT for a terminal with a stream
 * for errors; of a pipe that nobody listens on WCOW_FAILED, since callers take "not found" for the
 *         task; WCOW_TIMEOUT of a logger that is not ready in time
 */
WCOW_CHECKED wcow_status stdio_open(files_port *files, const stdio_names *names,
                                    const stdio_limits *limits, stdio **out, wcow_error *err);

/** Whether the process is to have such a stream at all. */
bool stdio_has_input(const stdio *s);
bool stdio_has_output(const stdio *s);
bool stdio_has_error_output(const stdio *s);
/** The process id of its logger, for whoever notes it; 0: it has none. */
uint32_t stdio_logger_id(const stdio *s);

/**
 * Where the process's output goes. `ended` of the result is NULL: whoever drains the streams knows.
 * It may be called until streams_finish(). A disk that does not answer may keep whoever is in it:
 * then streams_abandon() instead of streams_free(), and stdio_free() when that is done.
 */
streams_sink stdio_sink(stdio *s);

/**
 * From now on what the client types goes to the process, and its end ends the process's input. Does
 * nothing without an input. The streams are borrowed until stdio_finish() has returned.
 */
WCOW_CHECKED wcow_status stdio_begin_input(stdio *s, streams *to, wcow_error *err);
/**
 * The client sends no more (CloseIO): what has come is still passed on, then the process's input
 * ends. Before stdio_begin_input(), too. Returns at once.
 */
void stdio_close_input(stdio *s);

/**
 * The process has ended: what the sink has in its hands, and what still comes, is written within
 * that time or thrown away; readers who are gone are dialled more often. The last 2 s of it are for
 * a logger to end, which is written to no more. Returns at once.
 */
void stdio_last_words(stdio *s, uint32_t milliseconds);
/**
 * Waits until what the sink has in its hands is written, so many milliseconds at most, or what is
 * left of stdio_last_words(); whatever comes later is thrown away. Ends the input, closes all, and
 * waits for a logger's end, within its limit and what is left.
 *
 * @return false if the service has not returned from a call that ends the process's input
 *         (streams_close_input()): a thread is still in it, so the streams must not be freed, ever
 */
bool stdio_finish(stdio *s, uint32_t milliseconds);
/** Of what was only opened, too. After streams_finish(). NULL is fine. */
void stdio_free(stdio *s);

DEFINE_CLEANUP(stdio, stdio *, stdio_free)
#define cleanup_stdio CLEANUP(stdio)

#endif
