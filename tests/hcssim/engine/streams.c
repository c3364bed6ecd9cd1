/* SPDX-License-Identifier: MIT */
/*
 * What a transport file holds: attributes and a Win32 backup stream (facts §6.4, §6.6), checked as
 * strictly as importers make it.
 */
#include "transport.h"

#define STREAM_HEADER   20u
#define ATTRIBUTES_SIZE 4u

enum {
    STREAM_DATA = 1,
    STREAM_ATTRIBUTES = 2,
    STREAM_SECURITY = 3,
    STREAM_ALTERNATE = 4,
    STREAM_REPARSE = 8,
    STREAM_SPARSE = 9,
};

/* The streams that importers write, in the order they write them. */
static const uint32_t stream_order[] = {STREAM_SECURITY, STREAM_ATTRIBUTES, STREAM_REPARSE,
                                        STREAM_DATA,     STREAM_SPARSE,     STREAM_ALTERNATE};

static uint64_t little_endian(const uint8_t *bytes, size_t size)
{
    uint64_t value = 0;

    while (size--)
        value = value << 8 | bytes[size];
    return value;
}

typedef struct stream_head {
    uint32_t id;
    uint64_t size;
    uint32_t name_size;
} stream_head;

/* Reads a header at `at`; false when it does not fit into what is left. */
static bool read_head(const uint8_t *bytes, size_t size, size_t at, stream_head *out)
{
    size_t left = size - at;

    if (left < STREAM_HEADER)
        return false;
    out->id = (uint32_t)little_endian(bytes + at, 4);
    out->size = little_endian(bytes + at + 8, 8);
    out->name_size = (uint32_t)little_endian(bytes + at + 16, 4);
    left -= STREAM_HEADER;
    return out->name_size <= left && out->size <= left - out->name_size;
}

/* Its place in the order, from 1; 0 for a kind that no importer writes. */
static size_t place_of(uint32_t id)
{
    for (size_t i = 0; i < sizeof(stream_order) / sizeof(stream_order[0]); i++)
        if (stream_order[i] == id)
            return i + 1;
    return 0;
}

/* Blocks and alternate streams may be several; `last` is the place of the stream before. */
static const char *check_head(const stream_head *head, size_t *last)
{
    bool several = head->id == STREAM_SPARSE || head->id == STREAM_ALTERNATE;
    size_t place = place_of(head->id);

    if (!place)
        return "has a stream of an unknown kind";
    if (place < *last || (place == *last && !several))
        return "has streams in another order, or twice";
    *last = place;
    if ((head->id == STREAM_ALTERNATE) != (head->name_size > 0) || head->name_size % 2)
        return "has a name where none belongs, or none where one does";
    if (head->id == STREAM_SPARSE && head->size < 8)
        return "has a sparse block without an offset";
    return NULL;
}

/* A self-relative descriptor: revision, flags, and four offsets within it. */
static bool is_security(const uint8_t *body, uint64_t size)
{
    if (size < 20 || body[0] != 1 || !(little_endian(body + 2, 2) & 0x8000u))
        return false;
    for (size_t at = 4; at < 20; at += 4)
        if (little_endian(body + at, 4) >= size)
            return false;
    return true;
}

/* Names and values one after the other, the last without a next. */
static bool is_attributes(const uint8_t *body, uint64_t size)
{
    uint64_t at = 0;

    for (;;) {
        uint64_t next;

        if (at + 8 > size || at + 8 + body[at + 5] + 1 + little_endian(body + at + 6, 2) > size)
            return false;
        next = little_endian(body + at, 4);
        if (!next)
            return true;
        if (next % 4)
            return false;
        at += next;
    }
}

/* A link or junction, as long as it says, with both names within. */
static bool is_reparse(const uint8_t *body, uint64_t size)
{
    uint64_t tag = size < 16 ? 0 : little_endian(body, 4);
    uint64_t names = tag == 0xA000000Cu ? 20 : 16;

    if (tag != 0xA000000Cu && tag != 0xA0000003u)
        return false;
    if (size < names || little_endian(body + 4, 2) != size - 8)
        return false;
    return names + little_endian(body + 8, 2) + little_endian(body + 10, 2) <= size &&
           names + little_endian(body + 12, 2) + little_endian(body + 14, 2) <= size;
}

static const char *check_body(const stream_head *head, const uint8_t *body)
{
    if (head->id == STREAM_SECURITY && !is_security(body, head->size))
        return "has a security descriptor that is none";
    if (head->id == STREAM_ATTRIBUTES && !is_attributes(body, head->size))
        return "has extended attributes that are none";
    if (head->id == STREAM_SPARSE && little_endian(body, 8) > (uint64_t)1 << 32)
        return "has a sparse block far away";
    if (head->id == STREAM_REPARSE && !is_reparse(body, head->size))
        return "has reparse data that is none";
    return NULL;
}

static const char *check_all(const uint8_t *bytes, size_t size, streams_summary *out)
{
    size_t at = ATTRIBUTES_SIZE;
    size_t place = 0;
    stream_head head;

    while (at < size) {
        const uint8_t *body;
        const char *wrong;

        if (!read_head(bytes, size, at, &head))
            return "ends within a stream";
        body = bytes + at + STREAM_HEADER + head.name_size;
        wrong = check_head(&head, &place);
        if (!wrong)
            wrong = check_body(&head, body);
        if (wrong)
            return wrong;
        out->data = out->data || head.id == STREAM_DATA || head.id == STREAM_SPARSE;
        out->reparse = out->reparse || head.id == STREAM_REPARSE;
        at += STREAM_HEADER + head.name_size + (size_t)head.size;
    }
    return NULL;
}

const char *streams_check(const void *bytes, size_t size, streams_summary *out)
{
    const char *wrong;

    *out = (streams_summary){0};
    if (size < ATTRIBUTES_SIZE)
        return "has no attributes";
    out->attributes = (uint32_t)little_endian(bytes, ATTRIBUTES_SIZE);
    wrong = check_all(bytes, size, out);
    if (!wrong && out->reparse != !!(out->attributes & SIM_ATTRIBUTE_REPARSE))
        return "its attributes and its reparse data disagree";
    return wrong;
}
