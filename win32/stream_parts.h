/* SPDX-License-Identifier: MIT */
/**
 * The kinds of handle that a stream may stand on. A kind is a table of functions over the stream:
 *
 *  - overlapped handles (pipes of containers and monitors): asynchronous calls, waited for;
 *  - others (standard streams, anonymous pipes, files): a read blocks its thread and cannot be
 * relied on to be cancelled, so a reader thread does it, one read at a time and only when asked;
 *  - consoles: the same, in UTF-16.
 */
#ifndef WIN32_STREAM_PARTS_H
#define WIN32_STREAM_PARTS_H

#include <stdatomic.h>
#include <stdbool.h>

#include "platform.h"
#include "port/stream.h"

typedef struct stream_kind {
    int32_t (*read)(stream *s, void *buffer, size_t size, DWORD milliseconds, size_t *got);
    int32_t (*write)(stream *s, const void *bytes, size_t size, size_t *done);
    /** Ends what blocks; the stream's cancel event is set already. */
    void (*cancel)(stream *s);
    /** Ends what runs and closes the handle, if it is owned. */
    void (*close)(stream *s);
} stream_kind;

typedef struct reader reader;

struct stream {
    const stream_kind *kind;
    HANDLE handle;
    HANDLE cancel; /* manual-reset event, set once and for ever: by stream_hurry(), too */
    atomic_bool cancelled, hurried;
    bool owned;
    bool pipe;             /* a real one: an empty message is no end */
    HANDLE events[2];      /* of overlapped reads and writes */
    uint64_t position;     /* of overlapped files */
    reader *reader;        /* NULL until the first read */
    atomic_ulong writer;   /* id of the thread that is in a blocking write, or 0 */
    unsigned char rest[4]; /* start of a UTF-8 sequence, to be continued by the next write */
    size_t rest_size;
};

extern const stream_kind stream_overlapped;
extern const stream_kind stream_blocking;
extern const stream_kind stream_console;

/** Success with *got = 0 where a failed read means the end; the error otherwise. */
int32_t stream_read_result(DWORD code, size_t *got);
int32_t stream_write_result(DWORD code);
/** One blocking write of a piece, that stream_cancel() can end where the system allows it. */
int32_t stream_write_blocking(stream *s,
                              BOOL (*write)(stream *s, const void *bytes, DWORD size,
                                            DWORD *written),
                              const void *bytes, size_t size, size_t *done);
void stream_cancel_blocking(stream *s);

/** Reads once, blocking; S_OK and *got = 0 is the end. `stop` is set when nobody waits any more. */
typedef int32_t reader_call(HANDLE handle, HANDLE stop, void *state, void *buffer, size_t size,
                            size_t *got);

/** The thread that reads for a stream. It owns the handle if told so. */
int32_t reader_new(HANDLE handle, bool owned, reader_call *call, reader **out);
int32_t reader_read(reader *r, HANDLE cancel, void *buffer, size_t size, DWORD milliseconds,
                    size_t *got);
/** Does not wait for a read that cannot be ended: the thread frees what is left when it returns. */
void reader_free(reader *r);

/** Bytes a reader's call may keep between two reads. */
#define READER_STATE_SIZE 16

/** Set when Ctrl-C came as an event although the console is raw; NULL when it is not raw. */
HANDLE console_raw_interrupt(void);

/** A console's line or keys as UTF-8 (a reader_call). */
int32_t console_read(HANDLE handle, HANDLE stop, void *state, void *buffer, size_t size,
                     size_t *got);

#endif
