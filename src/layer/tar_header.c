/* SPDX-License-Identifier: MIT */
/* Header blocks of tars: ustar, and what GNU tar adds (base-256 numbers). */
#include "layer/tar_header.h"

#include <string.h>

#include "base/text.h"

char *tar_field_text(const char *field, size_t size)
{
    return text_copy_bytes(field, strnlen(field, size));
}

/* Two's complement, big-endian, of which the first bit only says that it is not octal. */
static bool parse_base256(const unsigned char *field, size_t size, int64_t *out)
{
    bool negative = (field[0] & 0x40) != 0;
    uint64_t number = negative ? UINT64_MAX : 0;

    for (size_t i = 0; i < size; i++) {
        unsigned char byte = field[i];

        if (i == 0)
            byte = (unsigned char)(negative ? byte | 0x80 : byte & 0x7f);
        if (number >> 55 != (negative ? UINT64_MAX >> 55 : 0))
            return false;
        number = number << 8 | byte;
    }
    *out = (int64_t)number;
    return (*out < 0) == negative;
}

bool tar_number(const char *field, size_t size, int64_t *out)
{
    int64_t number = 0;
    size_t i = 0;

    if ((unsigned char)field[0] & 0x80)
        return parse_base256((const unsigned char *)field, size, out);
    while (i < size && field[i] == ' ')
        i++;
    for (; i < size && field[i] >= '0' && field[i] <= '7'; i++) {
        if (number > INT64_MAX >> 3)
            return false;
        number = number << 3 | (field[i] - '0');
    }
    for (; i < size; i++) {
        if (field[i] != ' ' && field[i] != '\0')
            return false;
    }
    *out = number;
    return true;
}

bool tar_checksum_fits(const tar_header *h)
{
    const unsigned char *bytes = (const unsigned char *)h;
    int64_t expected;
    int64_t plain = 0;
    int64_t with_signs = 0;

    if (!tar_number(h->checksum, sizeof(h->checksum), &expected))
        return false;
    for (size_t i = 0; i < TAR_BLOCK_SIZE; i++) {
        bool own = i >= offsetof(tar_header, checksum) &&
                   i < offsetof(tar_header, checksum) + sizeof(h->checksum);
        unsigned char byte = own ? ' ' : bytes[i];

        plain += byte;
        with_signs += (signed char)byte;
    }
    return expected == plain || expected == with_signs;
}

bool tar_is_gnu(const tar_header *h)
{
    return memcmp(h->magic, "ustar ", 6) == 0;
}

static bool is_ustar(const tar_header *h)
{
    return memcmp(h->magic, "ustar", 6) == 0;
}

char *tar_header_name(const tar_header *h)
{
    if (is_ustar(h) && h->prefix[0])
        return text_format("%.*s/%.*s", (int)sizeof(h->prefix), h->prefix, (int)sizeof(h->name),
                           h->name);
    return tar_field_text(h->name, sizeof(h->name));
}

tar_kind tar_kind_of(char type)
{
    switch (type) {
    case '0':
    case '7': /* contiguous: POSIX lets one treat it as a regular file */
        return TAR_FILE;
    case '1':
        return TAR_HARD_LINK;
    case '2':
        return TAR_SYMBOLIC_LINK;
    case '5':
        return TAR_DIRECTORY;
    default:
        return TAR_OTHER;
    }
}
