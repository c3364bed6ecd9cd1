/* SPDX-License-Identifier: MIT */
/* GUIDs in the Windows layout. */
#include "base/guid.h"

#include <string.h>

/* Which byte each pair of digits stands for: the first three fields are little-endian. */
static const uint8_t order[16] = {3, 2, 1, 0, 5, 4, 7, 6, 8, 9, 10, 11, 12, 13, 14, 15};

static bool dash_before(size_t pair)
{
    return pair == 4 || pair == 6 || pair == 8 || pair == 10;
}

void guid_print(const guid *g, char text[GUID_TEXT_SIZE])
{
    static const char digits[] = "0123456789abcdef";
    char *where = text;

    for (size_t i = 0; i < 16; i++) {
        uint8_t byte = g->bytes[order[i]];

        if (dash_before(i))
            *where++ = '-';
        *where++ = digits[byte >> 4];
        *where++ = digits[byte & 15];
    }
    *where = '\0';
}

static int digit_value(char c)
{
    if (c >= '0' && c <= '9')
        return c - '0';
    if (c >= 'a' && c <= 'f')
        return c - 'a' + 10;
    if (c >= 'A' && c <= 'F')
        return c - 'A' + 10;
    return -1;
}

bool guid_parse(const char *text, guid *out)
{
    bool braced = *text == '{';
    guid parsed;

    text += braced;
    for (size_t i = 0; i < 16; i++) {
        int high, low;

        if (dash_before(i) && *text++ != '-')
            return false;
        high = digit_value(text[0]);
        low = high < 0 ? -1 : digit_value(text[1]);
        if (low < 0)
            return false;
        parsed.bytes[order[i]] = (uint8_t)(high << 4 | low);
        text += 2;
    }
    if (strcmp(text, braced ? "}" : "") != 0)
        return false;
    *out = parsed;
    return true;
}
