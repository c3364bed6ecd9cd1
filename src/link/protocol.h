/* SPDX-License-Identifier: MIT */
/**
 * What a monitor and its clients say to each other: frames of {u8 type, u32 length (little-endian),
 * bytes} over a pipe. A client sends one request, then perhaps input; the monitor sends one reply,
 * or output and at last FRAME_EXIT.
 *
 * Both may be of different versions of wcow. A request says which version of the protocol a monitor
 * has to speak to carry it out ("needs"; without it: the first); one that does not answers so, in
 * words, and so it does to what it has never heard of. Members of JSON and frames whose type is a
 * small letter may be added at any time: who does not know them passes them over. Frames of a new
 * capital letter are sent only to who has said that it knows them.
 */
#ifndef WCOW_LINK_PROTOCOL_H
#define WCOW_LINK_PROTOCOL_H

#include <stdbool.h>
#include <stdint.h>

#include "base/json.h"
#include "base/step.h"
#include "port/stream.h"

typedef enum frame_type {
    FRAME_END = 0,       /* not sent: the other side has closed the connection */
    FRAME_REQUEST = 'R', /* {"do":"start|attach|exec|stop|kill|wait|leave", …} */
    FRAME_STARTED = 'S', /* {"pid":n} */
    FRAME_DONE = 'D',    /* the request is carried out */
    FRAME_ERROR = 'E',   /* a wcow_error, whole */
    /*
     * {"code":n,"error":{a wcow_error}}: the container has ended and is torn down. Without "code"
     * it is unknown, and "error" says why; with it, "error" is what went wrong after the end.
     */
    FRAME_EXIT = 'X',
    FRAME_INPUT = 'i', /* bytes for its standard input */
    FRAME_INPUT_END = 'c',
    FRAME_RESIZE = 'z', /* {"columns":n,"rows":n} */
    FRAME_OUTPUT = 'o',
    FRAME_ERROR_OUTPUT = 'e',
    FRAME_STEP = 's' /* {"step":text,"at":step_clock()}, for a request with "steps":true */
} frame_type;

#define PROTOCOL_VERSION 1

#define FRAME_HEADER_SIZE 5
#define FRAME_LIMIT       (1u << 20) /* larger ones are a breach of the protocol */

typedef struct frame {
    frame_type type;
    uint32_t length;
    char *bytes; /* NUL-terminated, NULL when empty */
} frame;

#define FRAME_INIT                                                                                 \
    {                                                                                              \
        FRAME_END, 0, NULL                                                                         \
    }

void frame_free(frame *f);
DEFINE_CLEANUP_VALUE(frame, frame, frame_free)
#define cleanup_frame CLEANUP(frame)

void frame_header(uint8_t header[FRAME_HEADER_SIZE], frame_type type, uint32_t length);

#define FRAME_FOREVER UINT32_MAX

/**
 * Reads the next frame that is known; FRAME_END when the other side has closed.
 *
 * @return WCOW_TIMEOUT if none began in time, WCOW_CORRUPT for anything that is no frame,
 *         WCOW_UNSUPPORTED for one that must be understood and is not
 */
WCOW_CHECKED wcow_status frame_read(stream *s, uint32_t milliseconds, frame *out, wcow_error *err);

/** Writes a frame, whole. Not for two threads at once. */
WCOW_CHECKED wcow_status frame_write(stream *s, frame_type type, const void *bytes, size_t length,
                                     wcow_error *err);
WCOW_CHECKED wcow_status frame_write_json(stream *s, frame_type type, const cJSON *value,
                                          wcow_error *err);

/** FRAME_REQUEST's JSON, {"do":what,"needs":…}: more is added. NULL when out of memory. */
cJSON *request_new(const char *what);

/** FRAME_STEP's JSON. NULL when out of memory. */
cJSON *step_to_json(const char *what, uint64_t when);
/** And back: hands it on as "monitor: " and what is done. What cannot be read is no step. */
void step_from_frame(const frame *f, const step_sink *sink);

/** An error as JSON and back; nothing of it is lost. */
cJSON *error_to_json(const wcow_error *error);
/** Returns the status it found; WCOW_FAILED if the JSON is no error. */
wcow_status error_from_json(const cJSON *json, wcow_error *out);
/** FRAME_ERROR's; returns the status it found, or WCOW_CORRUPT. */
WCOW_CHECKED wcow_status error_from_frame(const frame *f, wcow_error *err);
/** FRAME_EXIT's JSON. `code` NULL: unknown; `error` with WCOW_OK: none. NULL when out of memory. */
cJSON *exit_to_json(const uint32_t *code, const wcow_error *error);
/**
 * And back.
 *
 * @param[out] warning  what went wrong after the end, or WCOW_OK; may be NULL
 * @return WCOW_EXIT_UNKNOWN, or what else kept the code from being known
 */
WCOW_CHECKED wcow_status exit_from_frame(const frame *f, uint32_t *code, wcow_error *warning,
                                         wcow_error *err);
/** Parses the JSON of a frame; WCOW_CORRUPT if it is none. */
WCOW_CHECKED wcow_status frame_json(const frame *f, cJSON **out, wcow_error *err);

#endif
