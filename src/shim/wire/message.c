/* SPDX-License-Identifier: MIT */
#include "shim/wire/message.h"

#include <string.h>

#include <pb_decode.h>
#include <pb_encode.h>

#include "base/error.h"
#include "base/utf.h"

/* ---- decoding ---- */

/* Where a stream is in the bytes; nanopb's streams for parts of a message share their maker's. */
typedef struct cursor {
    const uint8_t *at;
} cursor;

static bool read_bytes(pb_istream_t *in, pb_byte_t *buffer, size_t size)
{
    cursor *c = in->state;

    if (buffer)
        memcpy(buffer, c->at, size);
    c->at += size;
    return true;
}

/* What is left of a part of the message, which is read with that. */
static wire_bytes take_rest(pb_istream_t *in)
{
    cursor *c = in->state;
    wire_bytes rest = {c->at, in->bytes_left};

    c->at += rest.size;
    in->bytes_left = 0;
    return rest;
}

static bool is_text(wire_bytes bytes)
{
    return bytes.size == 0 || (utf8_valid((const char *)bytes.data, bytes.size) &&
                               !memchr(bytes.data, '\0', bytes.size));
}

static bool decode_field(pb_istream_t *in, const pb_field_t *field)
{
    wire_bytes *one = field->pData;
    wire_list *list = field->pData;
    wire_bytes bytes;

    /* Of a number nanopb gives a stream of its own, over its own memory, whose error is lost. */
    if (in->callback != read_bytes)
        return false;
    bytes = take_rest(in);
    if (PB_LTYPE(field->type) == PB_LTYPE_STRING && !is_text(bytes))
        PB_RETURN_ERROR(in, "a text that is not UTF-8");
    if (PB_HTYPE(field->type) != PB_HTYPE_REPEATED) {
        *one = bytes;
        return true;
    }
    if (list->count == WIRE_MOST_ENTRIES)
        PB_RETURN_ERROR(in, "too many entries");
    list->entries[list->count++] = bytes;
    return true;
}

wcow_status wire_decode(const pb_msgdesc_t *fields, wire_bytes bytes, const char *what,
                        void *message, wcow_error *err)
{
    cursor c = {bytes.data};
    pb_istream_t in = {.callback = read_bytes, .state = &c, .bytes_left = bytes.size};

    if (bytes.size > WIRE_MOST_BYTES)
        return error_set(err, WCOW_INVALID, "%s is too long: %zu bytes", what, bytes.size);
    if (!pb_decode(&in, fields, message))
        return error_set(err, WCOW_INVALID, "%s is damaged: %s", what,
                         in.errmsg ? in.errmsg : "a number where text belongs");
    return WCOW_OK;
}

/* ---- encoding ---- */

static bool write_bytes(pb_ostream_t *out, const pb_byte_t *bytes, size_t size)
{
    text *t = out->state;

    text_add_bytes(t, bytes, size);
    return !t->failed;
}

static bool encode_entry(pb_ostream_t *out, const pb_field_t *field, wire_bytes bytes)
{
    return pb_encode_tag_for_field(out, field) && pb_encode_string(out, bytes.data, bytes.size);
}

static bool encode_field(pb_ostream_t *out, const pb_field_t *field)
{
    const wire_bytes *one = field->pData;
    const wire_list *list = field->pData;

    if (PB_HTYPE(field->type) != PB_HTYPE_REPEATED)
        return one->size == 0 || encode_entry(out, field, *one);
    for (size_t i = 0; i < list->count; i++) {
        if (!encode_entry(out, field, list->entries[i]))
            return false;
    }
    return true;
}

wcow_status wire_encode(const pb_msgdesc_t *fields, const void *message, text *out, wcow_error *err)
{
    pb_ostream_t stream = {.callback = write_bytes, .state = out, .max_size = WIRE_MOST_BYTES};

    if (pb_encode(&stream, fields, message))
        return WCOW_OK;
    if (out->failed)
        return error_no_memory(err);
    return error_set(err, WCOW_INVALID, "a message cannot be sent: %s", PB_GET_ERROR(&stream));
}

bool wire_field(pb_istream_t *in, pb_ostream_t *out, const pb_field_t *field)
{
    return in ? decode_field(in, field) : encode_field(out, field);
}

/* ---- texts ---- */

char *wire_copy(wire_bytes bytes)
{
    return text_copy_bytes((const char *)bytes.data, bytes.size);
}

wire_bytes wire_text(const char *string)
{
    return string ? (wire_bytes){(const uint8_t *)string, strlen(string)} : (wire_bytes){0};
}

wire_bytes wire_of(const text *t)
{
    return (wire_bytes){(const uint8_t *)text_get(t), t->length};
}

bool wire_is(wire_bytes bytes, const char *string)
{
    return bytes.size == strlen(string) &&
           (bytes.size == 0 || memcmp(bytes.data, string, bytes.size) == 0);
}
