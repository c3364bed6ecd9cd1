/* SPDX-License-Identifier: MIT */
/**
 * ttrpc's frames: ten bytes of header (length of the data, stream, type, flags; numbers with the
 * highest byte first), then the data.
 */
#ifndef WCOW_SHIM_TTRPC_FRAME_H
#define WCOW_SHIM_TTRPC_FRAME_H

#include "port/stream.h"
#include "shim/wire/message.h"

#define TTRPC_HEADER_SIZE 10

enum { TTRPC_REQUEST = 1, TTRPC_RESPONSE = 2, TTRPC_DATA = 3 };
enum { TTRPC_REMOTE_CLOSED = 1, TTRPC_REMOTE_OPEN = 2, TTRPC_NO_DATA = 4 };

typedef struct ttrpc_frame {
    uint32_t stream_id;
    uint8_t type, flags;
    bool too_long; /* more than WIRE_MOST_BYTES, which were read and are gone */
    uint8_t *bytes;
    size_t size;
} ttrpc_frame;

void ttrpc_frame_free(ttrpc_frame *f);

DEFINE_CLEANUP_VALUE(ttrpc_frame, ttrpc_frame, ttrpc_frame_free)
#define cleanup_ttrpc_frame CLEANUP(ttrpc_frame)

/**
 * Waits for the next frame.
 *
 * @param deadline  as of condition_wait_until(); TICKS_NEVER: as long as it takes
 * @param[out] ended  the other side has closed the connection, and there is no frame
 * @return WCOW_TIMEOUT if none has begun; whatever else fails, there is no next frame to be found
 */
WCOW_CHECKED wcow_status ttrpc_frame_read(stream *s, uint64_t deadline, ttrpc_frame *out,
                                          bool *ended, wcow_error *err);

/** The same of one that is to have begun by `begin`: then it is waited for as long as it takes. */
WCOW_CHECKED wcow_status ttrpc_frame_read_begun(stream *s, uint64_t begin, ttrpc_frame *out,
                                                bool *ended, wcow_error *err);

/** Adds a frame that holds a message to `out`, or nothing. */
WCOW_CHECKED wcow_status ttrpc_frame_add(text *out, uint32_t stream_id, uint8_t type,
                                         const pb_msgdesc_t *fields, const void *message,
                                         wcow_error *err);

#endif
