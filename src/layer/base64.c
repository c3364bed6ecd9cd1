/* SPDX-License-Identifier: MIT */
/* Base64. */
#include "layer/base64.h"

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

bool base64_decode(const char *encoded, size_t length, unsigned char **out, size_t *size)
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
