/* SPDX-License-Identifier: MIT */
/* Frames between a monitor and its clients. */
#include "link/protocol.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/error.h"
#include "base/text.h"

/* A peer that began a frame is given this long for the next piece of it. */
#define PIECE_MILLISECONDS 30000u
#define PROTOCOL_FIRST     1 /* all that we ask of a monitor so far, the first ones can do */

void frame_free(frame *f)
{
    free(f->bytes);
    *f = (frame)FRAME_INIT;
}

void frame_header(uint8_t header[FRAME_HEADER_SIZE], frame_type type, uint32_t length)
{
    header[0] = (uint8_t)type;
    for (unsigned i = 0; i < 4; i++)
        header[1 + i] = (uint8_t)(length >> (8 * i));
}

static int32_t read_piece(stream *s, void *buffer, size_t size, uint32_t milliseconds, size_t *got)
{
    if (milliseconds == FRAME_FOREVER)
        return stream_read(s, buffer, size, got);
    return stream_read_timeout(s, buffer, size, milliseconds, got);
}

/* Reads exactly `size` bytes; *ended if the stream was over before the first of them. */
static wcow_status read_exactly(stream *s, void *buffer, size_t size, uint32_t milliseconds,
                                bool *ended, wcow_error *err)
{
    size_t have = 0;

    *ended = false;
    while (have < size) {
        size_t got = 0;
        int32_t hr = read_piece(s, (char *)buffer + have, size - have, milliseconds, &got);

        if (hr == HR_WAIT_TIMEOUT)
            return error_set(err, WCOW_TIMEOUT, "no answer came in time");
        if (HR_FAILED(hr))
            return error_hresult(err, hr, "read from the pipe");
        if (!got && !have) {
            *ended = true;
            return WCOW_OK;
        }
        if (!got)
            return error_set(err, WCOW_CORRUPT, "the connection broke in the middle of a message");
        have += got;
        milliseconds = PIECE_MILLISECONDS;
    }
    return WCOW_OK;
}

static bool is_known(uint8_t type)
{
    return type && strchr("RSDEXiczoes", type);
}

/* What may be passed over: of a newer wcow, which does without. */
static bool is_optional(uint8_t type)
{
    return type >= 'a' && type <= 'z' && !is_known(type);
}

/* The bytes of a frame, of which the header said how many there are. */
static wcow_status read_bytes(stream *s, frame *f, wcow_error *err)
{
    cleanup_free char *bytes = malloc((size_t)f->length + 1);
    bool ended = false;
    wcow_status status = WCOW_OK;

    if (!bytes)
        return error_no_memory(err);
    if (f->length)
        status = read_exactly(s, bytes, f->length, PIECE_MILLISECONDS, &ended, err);
    if (!status && ended)
        status = error_set(err, WCOW_CORRUPT, "the connection broke in the middle of a message");
    if (status)
        return status;
    bytes[f->length] = '\0';
    f->bytes = TAKE(bytes);
    return WCOW_OK;
}

static wcow_status read_header(stream *s, uint32_t milliseconds, frame *out, wcow_error *err)
{
    uint8_t header[FRAME_HEADER_SIZE];
    bool ended;
    wcow_status status = read_exactly(s, header, sizeof header, milliseconds, &ended, err);

    *out = (frame)FRAME_INIT;
    if (status || ended)
        return status;
    out->type = (frame_type)header[0];
    for (unsigned i = 0; i < 4; i++)
        out->length |= (uint32_t)header[1 + i] << (8 * i);
    if (out->length <= FRAME_LIMIT && header[0] >= 'A' && header[0] <= 'Z' && !is_known(header[0]))
        return error_set(err, WCOW_UNSUPPORTED, "a frame of the kind '%c' is not known", header[0]);
    if (out->length > FRAME_LIMIT || !(is_known(header[0]) || is_optional(header[0])))
        return error_set(err, WCOW_CORRUPT, "the other side of the pipe is no wcow");
    return WCOW_OK;
}

wcow_status frame_read(stream *s, uint32_t milliseconds, frame *out, wcow_error *err)
{
    for (;;) {
        cleanup_frame frame next = FRAME_INIT;
        wcow_status status = read_header(s, milliseconds, &next, err);

        if (!status && next.type != FRAME_END)
            status = read_bytes(s, &next, err);
        if (status)
            return status;
        if (!is_optional((uint8_t)next.type)) {
            *out = next;
            next = (frame)FRAME_INIT;
            return WCOW_OK;
        }
    }
}

wcow_status frame_write(stream *s, frame_type type, const void *bytes, size_t length,
                        wcow_error *err)
{
    uint8_t header[FRAME_HEADER_SIZE];
    int32_t hr;

    if (length > FRAME_LIMIT)
        return error_set(err, WCOW_INVALID, "a message of %zu bytes is too long", length);
    frame_header(header, type, (uint32_t)length);
    hr = stream_write(s, header, sizeof header);
    if (HR_SUCCEEDED(hr) && length)
        hr = stream_write(s, bytes, length);
    return error_check(err, hr, "write to the pipe");
}

wcow_status frame_write_json(stream *s, frame_type type, const cJSON *value, wcow_error *err)
{
    cleanup_free char *printed = value ? json_print(value) : NULL;

    if (!printed)
        return error_no_memory(err);
    return frame_write(s, type, printed, strlen(printed), err);
}

wcow_status frame_json(const frame *f, cJSON **out, wcow_error *err)
{
    return json_parse(f->bytes ? f->bytes : "", f->length, "a message of the monitor", out, err);
}

cJSON *request_new(const char *what)
{
    cleanup_json cJSON *request = cJSON_CreateObject();

    if (!request || !json_add_text(request, "do", what) ||
        !json_add_integer(request, "needs", PROTOCOL_FIRST))
        return NULL;
    return TAKE(request);
}

cJSON *step_to_json(const char *what, uint64_t when)
{
    cleanup_json cJSON *json = cJSON_CreateObject();

    if (!json || !json_add_text(json, "step", what) || !json_add_integer(json, "at", (int64_t)when))
        return NULL;
    return TAKE(json);
}

void step_from_frame(const frame *f, const step_sink *sink)
{
    cleanup_json cJSON *json = NULL;
    cleanup_free char *what = NULL;

    if (!sink || !sink->done || frame_json(f, &json, NULL))
        return;
    what = text_format("monitor: %s", json_text(json, "step", "?"));
    if (what)
        sink->done(sink->context, what, (uint64_t)json_integer(json, "at", 0));
}

cJSON *error_to_json(const wcow_error *error)
{
    cleanup_json cJSON *json = cJSON_CreateObject();

    if (!json || !json_add_integer(json, "status", error->status) ||
        !json_add_integer(json, "hresult", error->hresult) ||
        !json_add_text(json, "message", error->message) ||
        !json_add_text(json, "events", error->events) || !json_add_text(json, "hint", error->hint))
        return NULL;
    return TAKE(json);
}

wcow_status error_from_json(const cJSON *json, wcow_error *out)
{
    const int64_t status = json_integer(json, "status", WCOW_FAILED);
    wcow_error error = WCOW_ERROR_INIT;

    /* A newer wcow may have kinds that we do not know. */
    error_kind(&error,
               status > WCOW_OK && status <= WCOW_EXIT_UNKNOWN ? (wcow_status)status : WCOW_FAILED);
    error.hresult = (int32_t)json_integer(json, "hresult", 0);
    snprintf(error.message, sizeof error.message, "%s",
             json_text(json, "message", "unknown error"));
    snprintf(error.events, sizeof error.events, "%s", json_text(json, "events", ""));
    snprintf(error.hint, sizeof error.hint, "%s", json_text(json, "hint", ""));
    if (out)
        *out = error;
    return error.status;
}

wcow_status error_from_frame(const frame *f, wcow_error *err)
{
    cleanup_json cJSON *json = NULL;
    wcow_status status = frame_json(f, &json, err);

    return status ? status : error_from_json(json, err);
}

cJSON *exit_to_json(const uint32_t *code, const wcow_error *error)
{
    cleanup_json cJSON *json = cJSON_CreateObject();

    if (!json || (code && !json_add_integer(json, "code", *code)) ||
        (error->status && !json_add(json, "error", error_to_json(error))))
        return NULL;
    return TAKE(json);
}

wcow_status exit_from_frame(const frame *f, uint32_t *code, wcow_error *warning, wcow_error *err)
{
    cleanup_json cJSON *json = NULL;
    const cJSON *error;
    wcow_status status = frame_json(f, &json, err);

    if (status)
        return status;
    error = json_member(json, "error");
    if (!json_member(json, "code"))
        return error_from_json(error, err);
    *code = (uint32_t)json_integer(json, "code", 0);
    if (error && warning)
        (void)error_from_json(error, warning);
    return WCOW_OK;
}
