/* SPDX-License-Identifier: MIT */
/* Base64. */
#include "base/base64.h"

#include <stdlib.h>

static int digit_of(char c)
{
    if (c >= 'A' && c <= 'Z')
        return c - 'A';
    if (c >= 'a' && c <= 'z')
        return c - 'a' + 26;
    if (c >= '0' && c <= '9')
        return c - '0' + 52;
    if (c == '+')
        return 62;
    return c == '/' ? 63 : -1;
}

/* Decodes the group of four at `encoded`, of which the last `padding` are '='. */
static bool decode_group(const char *encoded, int padding, unsigned char *out)
{
    unsigned bits = 0;

    for (int i = 0; i < 4; i++) {
        int digit = i < 4 - padding ? digit_of(encoded[i]) : 0;

        if (digit < 0)
            return false;
        bits = bits << 6 | (unsigned)digit;
    }
    for (int i = 0; i < 3 - padding; i++)
        out[i] = (unsigned char)(bits >> (16 - 8 * i));
    return true;
}

/* What is left without the ends of lines (malloc). */
static char *join_lines(const char *encoded, size_t length, size_t *out)
{
    char *joined = malloc(length + 1);
    size_t made = 0;

    for (size_t i = 0; joined && i < length; i++)
        if (encoded[i] != '\n' && encoded[i] != '\r')
            joined[made++] = encoded[i];
    *out = made;
    return joined;
}

static bool decode(const char *encoded, size_t length, unsigned char **out, size_t *size)
{
    unsigned char *bytes;
    size_t made = 0;

    if (length % 4 != 0)
        return false;
    bytes = malloc(length / 4 * 3 + 1);
    if (!bytes)
        return false;
    for (size_t i = 0; i < length; i += 4) {
        int padding = 0;

        if (i + 4 == length)
            padding = encoded[i + 3] != '=' ? 0 : encoded[i + 2] != '=' ? 1 : 2;
        if (!decode_group(encoded + i, padding, bytes + made)) {
            free(bytes);
            return false;
        }
        made += (size_t)(3 - padding);
    }
    *out = bytes;
    *size = made;
    return true;
}

bool base64_decode(const char *encoded, size_t length, unsigned char **out, size_t *size)
{
    char *joined = join_lines(encoded, length, &length);
    bool fine = joined && decode(joined, length, out, size);

    free(joined);
    return fine;
}

char *base64_encode(const void *bytes, size_t size)
{
    static const char digits[] = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
    const unsigned char *from = bytes;
    char *encoded = malloc((size + 2) / 3 * 4 + 1);
    size_t made = 0;

    if (!encoded)
        return NULL;
    for (size_t i = 0; i < size; i += 3) {
        size_t left = size - i;
        unsigned bits = (unsigned)from[i] << 16 | (left > 1 ? (unsigned)from[i + 1] << 8 : 0) |
                        (left > 2 ? (unsigned)from[i + 2] : 0);

        encoded[made++] = digits[bits >> 18];
        encoded[made++] = digits[bits >> 12 & 63];
        encoded[made++] = left > 1 ? digits[bits >> 6 & 63] : '=';
        encoded[made++] = left > 2 ? digits[bits & 63] : '=';
    }
    encoded[made] = '\0';
    return encoded;
}
