/* SPDX-License-Identifier: MIT */
/**
 * Byte streams: pipes of a container's process, monitor connections, this process's standard
 * streams. Chosen at link time (win32/stream.c: overlapped handles; tests/posix/stream.c:
 * descriptors).
 *
 * Calls block. One thread may read while another writes; stream_cancel() from a third makes both
 * return HR_OPERATION_ABORTED, now and for ever.
 */
#ifndef WCOW_PORT_STREAM_H
#define WCOW_PORT_STREAM_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/cleanup.h"

typedef struct stream stream;

/** Reads at least one byte; S_OK with *got == 0 is the end (a broken pipe is an end, too). */
int32_t stream_read(stream *s, void *buffer, size_t size, size_t *got);
/** The same with a limit; HR_WAIT_TIMEOUT if nothing came in time (nothing is lost). */
int32_t stream_read_timeout(stream *s, void *buffer, size_t size, uint32_t milliseconds,
                            size_t *got);
/** Writes all of it. HR_BROKEN_PIPE when nobody reads any more. */
int32_t stream_write(stream *s, const void *bytes, size_t size);
/**
 * The same; says how many bytes went, also when it fails, so that whoever has another reader goes
 * on behind them. Of the piece that a reader was taking when he went, a system may not know.
 */
int32_t stream_write_counted(stream *s, const void *bytes, size_t size, size_t *done);
void stream_cancel(stream *s);
/**
 * Of a connection (port/pipe.h) that is only read: reads wait no longer, now and for ever. What is
 * there is read, then HR_WAIT_TIMEOUT: for whoever knows that no more will come.
 */
void stream_hurry(stream *s);
/**
 * Of a connection (port/pipe.h): whether the other end is gone and all that it wrote is read. At
 * once, and beside whoever reads; what nobody has read yet hides the end.
 */
bool stream_is_over(stream *s);
/** Closes and frees; NULL is fine. No call may be under way. */
void stream_free(stream *s);

DEFINE_CLEANUP(stream, stream *, stream_free)
#define cleanup_stream CLEANUP(stream)

/** Several streams that one thread reads. */
typedef struct stream_readers stream_readers;

#define STREAM_READERS_MOST 2

/**
 * For pipes of a container's process; the streams are borrowed, and read by nobody else.
 *
 * @param block_size  how much is read at a time
 */
int32_t stream_readers_new(stream *const *streams, size_t count, size_t block_size,
                           stream_readers **out);
/**
 * Waits for whichever has something, in turn where several have.
 *
 * @param[out] bytes  valid until the next call
 * @param[out] got    0: that one has ended, was cancelled, or cannot be read; it is told once
 */
int32_t stream_readers_next(stream_readers *r, size_t *which, const void **bytes, size_t *got);
/** NULL is fine. */
void stream_readers_free(stream_readers *r);

DEFINE_CLEANUP(stream_readers, stream_readers *, stream_readers_free)
#define cleanup_stream_readers CLEANUP(stream_readers)

enum { STANDARD_INPUT, STANDARD_OUTPUT, STANDARD_ERROR };

/** This process's own standard stream; freeing it does not close the handle. */
int32_t stream_standard(int which, stream **out);

/** Wraps a native handle (HANDLE, or a descriptor as intptr_t); owned from then on, also on
 * failure. */
int32_t stream_from_native(intptr_t native, stream **out);

#endif
