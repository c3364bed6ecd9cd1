/* SPDX-License-Identifier: MIT */
/**
 * Protobuf messages. The structs and tables of NAME.proto are made by nanopb (NAME.pb.h); here is
 * what they share.
 *
 * A decoded message holds no memory: its texts, its bytes and its lists point into the bytes it was
 * decoded from, which must stay for as long as it is used. One that is to be encoded points to what
 * its maker has. Every message begins as {0}, which is what all of its fields are by default.
 */
#ifndef WCOW_SHIM_WIRE_MESSAGE_H
#define WCOW_SHIM_WIRE_MESSAGE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include <pb.h>

#include "base/text.h"

/** What ttrpc lets a message be. */
#define WIRE_MOST_BYTES (4u * 1024 * 1024)
/** Entries of a list: mounts and their options, metadata, annotations. */
#define WIRE_MOST_ENTRIES 32

/** Borrowed. A text is UTF-8 without a NUL in it, and not ended by one. */
typedef struct wire_bytes {
    const uint8_t *data;
    size_t size;
} wire_bytes;

/** A repeated field; each entry is a text, or a message that has yet to be decoded. */
typedef struct wire_list {
    size_t count;
    wire_bytes entries[WIRE_MOST_ENTRIES];
} wire_list;

/** Decodes and encodes what is wire_bytes or wire_list: the callback in nanopb's tables. */
bool wire_field(pb_istream_t *in, pb_ostream_t *out, const pb_field_t *field);

/**
 * Decodes a message. Fields that it does not know are passed over.
 *
 * @param fields  NAME_fields of the generated header
 * @param what  names it in the error: "Create's request"
 * @param[in,out] message  {0}; of no use after a failure
 * @return WCOW_INVALID if it is damaged, is longer than WIRE_MOST_BYTES, has a list of more than
 *         WIRE_MOST_ENTRIES, or a text that is not UTF-8
 */
WCOW_CHECKED wcow_status wire_decode(const pb_msgdesc_t *fields, wire_bytes bytes, const char *what,
                                     void *message, wcow_error *err);

/**
 * Adds an encoded message to `out`, whose failure (text_take) is told here. Of two messages, one
 * after the other, the lists are joined: that is how a list gets more entries than
 * WIRE_MOST_ENTRIES.
 *
 * @return WCOW_INVALID if it is longer than WIRE_MOST_BYTES
 */
WCOW_CHECKED wcow_status wire_encode(const pb_msgdesc_t *fields, const void *message, text *out,
                                     wcow_error *err);

/** A NUL-terminated copy (malloc). */
char *wire_copy(wire_bytes bytes);
/** What points to a C string; NULL: nothing. */
wire_bytes wire_text(const char *string);
/** What points to the bytes of a text. */
wire_bytes wire_of(const text *t);
/** Whether it is this text. */
bool wire_is(wire_bytes bytes, const char *string);

#endif
