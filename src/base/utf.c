/* SPDX-License-Identifier: MIT */
/* UTF-8 and UTF-16, with unpaired surrogates as WTF-8. */
#include "base/utf.h"

#include <stdlib.h>
#include <string.h>

#define REPLACEMENT 0xFFFDu
#define INVALID     0xFFFFFFFFu

/* What the lead byte of a sequence says: how long, which bits, and the least value (overlong
 * check). */
typedef struct sequence {
    uint8_t mask, lead;
    size_t length;
    uint32_t least;
} sequence;

static const sequence sequences[] = {
    {0x80, 0x00, 1, 0x0},
    {0xE0, 0xC0, 2, 0x80},
    {0xF0, 0xE0, 3, 0x800},
    {0xF8, 0xF0, 4, 0x10000},
};

/* What decode() does, of anything but ASCII, of which nearly all texts are. */
static uint32_t decode_sequence(const unsigned char *bytes, size_t left, size_t *used)
{
    for (size_t i = 0; i < sizeof(sequences) / sizeof(sequences[0]); i++) {
        const sequence *s = &sequences[i];
        uint32_t value;

        if ((bytes[0] & s->mask) != s->lead)
            continue;
        if (s->length > left)
            return INVALID;
        value = (uint32_t)(bytes[0] & ~s->mask);
        for (size_t k = 1; k < s->length; k++) {
            if ((bytes[k] & 0xC0) != 0x80)
                return INVALID;
            value = value << 6 | (bytes[k] & 0x3Fu);
        }
        if (value < s->least || value > 0x10FFFF)
            return INVALID;
        *used = s->length;
        return value;
    }
    return INVALID;
}

/* Decodes one code point, surrogates included; INVALID (and one byte used) if there is none. */
static inline uint32_t decode(const unsigned char *bytes, size_t left, size_t *used)
{
    *used = 1;
    return bytes[0] < 0x80 ? bytes[0] : decode_sequence(bytes, left, used);
}

static bool is_surrogate(uint32_t value)
{
    return value >= 0xD800 && value <= 0xDFFF;
}

/* Bytes of ASCII that it begins with, in eights. */
static size_t skip_ascii(const char *bytes, size_t length)
{
    uint64_t eight;
    size_t i = 0;

    for (; length - i >= sizeof eight; i += sizeof eight) {
        memcpy(&eight, bytes + i, sizeof eight);
        if (eight & UINT64_C(0x8080808080808080))
            break;
    }
    return i;
}

bool utf8_valid(const char *bytes, size_t length)
{
    const unsigned char *where = (const unsigned char *)bytes;
    size_t used;

    for (size_t i = skip_ascii(bytes, length); i < length;) {
        uint32_t value = decode(where + i, length - i, &used);

        if (value == INVALID || is_surrogate(value))
            return false;
        i += used;
        i += skip_ascii(bytes + i, length - i);
    }
    return true;
}

char *utf8_mended(const char *bytes, size_t length)
{
    static const char replacement[] = "\xEF\xBF\xBD";
    const unsigned char *where = (const unsigned char *)bytes;
    size_t made = 0;
    size_t used;
    char *mended;

    if (length >= SIZE_MAX / 3)
        return NULL;
    mended = malloc(length * 3 + 1);
    if (!mended)
        return NULL;
    for (size_t i = 0; i < length; i += used) {
        uint32_t value = decode(where + i, length - i, &used);

        if (value == INVALID || is_surrogate(value)) {
            used = 1;
            memcpy(mended + made, replacement, 3);
            made += 3;
        } else {
            memcpy(mended + made, bytes + i, used);
            made += used;
        }
    }
    mended[made] = '\0';
    return mended;
}

uint16_t *utf16_from_utf8(const char *utf8, size_t bytes, size_t *length)
{
    const unsigned char *where = (const unsigned char *)utf8;
    uint16_t *units;
    size_t count = 0;
    size_t used;

    /* A byte never makes more than one unit: four bytes make the two units of a pair. */
    if (bytes >= SIZE_MAX / sizeof(*units))
        return NULL;
    units = malloc((bytes + 1) * sizeof(*units));
    if (!units)
        return NULL;

    for (size_t i = 0; i < bytes; i += used) {
        uint32_t value = decode(where + i, bytes - i, &used);

        if (value == INVALID)
            value = REPLACEMENT;
        if (value >= 0x10000) {
            units[count++] = (uint16_t)(0xD800 + ((value - 0x10000) >> 10));
            units[count++] = (uint16_t)(0xDC00 + ((value - 0x10000) & 0x3FF));
        } else {
            units[count++] = (uint16_t)value;
        }
    }
    units[count] = 0;
    if (length)
        *length = count;
    return units;
}

static size_t encode(uint32_t value, unsigned char *out)
{
    size_t length = value < 0x80 ? 1 : value < 0x800 ? 2 : value < 0x10000 ? 3 : 4;

    for (size_t i = length - 1; i > 0; i--) {
        out[i] = (unsigned char)(0x80 | (value & 0x3F));
        value >>= 6;
    }
    out[0] = (unsigned char)(sequences[length - 1].lead | value);
    return length;
}

char *utf8_from_utf16(const uint16_t *utf16, size_t units)
{
    unsigned char *bytes;
    size_t length = 0;

    if (units >= SIZE_MAX / 3)
        return NULL;
    bytes = malloc(units * 3 + 1);
    if (!bytes)
        return NULL;

    for (size_t i = 0; i < units; i++) {
        uint32_t value = utf16[i];
        bool high = value >= 0xD800 && value <= 0xDBFF;

        if (high && i + 1 < units && utf16[i + 1] >= 0xDC00 && utf16[i + 1] <= 0xDFFF) {
            value = 0x10000 + ((value - 0xD800) << 10) + (utf16[i + 1] - 0xDC00u);
            i++;
        }
        length += encode(value, bytes + length);
    }
    bytes[length] = '\0';
    return (char *)bytes;
}
