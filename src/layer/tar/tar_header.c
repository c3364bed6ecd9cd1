/* SPDX-License-Identifier: MIT */
/*
 * Header blocks of tars: ustar, what GNU tar and star put in its place, base-256 numbers. What is
 * malformed is judged as Go's archive/tar does, which is what everyone reads Windows layers with.
 */
#include "layer/tar/tar_header.h"

#include <string.h>

#include "base/text.h"

char *tar_field_text(const char *field, size_t size)
{
    return text_copy_bytes(field, strnlen(field, size));
}

/* Two's complement, big-endian, of which the first bit only says that it is not octal. */
static bool parse_base256(const unsigned char *field, size_t size, int64_t *out)
{
    unsigned char invert = field[0] & 0x40 ? 0xff : 0;
    uint64_t number = 0;

    for (size_t i = 0; i < size; i++) {
        unsigned char byte = field[i] ^ invert;

        if (number >> 56)
            return false;
        number = number << 8 | (i == 0 ? byte & 0x7fu : byte);
    }
    if (number > INT64_MAX)
        return false;
    *out = invert ? -(int64_t)number - 1 : (int64_t)number;
    return true;
}

static bool is_filler(char c)
{
    return c == ' ' || c == '\0';
}

/* A number that takes all 64 bits is taken for a negative one. */
static bool parse_octal(const char *field, size_t size, int64_t *out)
{
    uint64_t number = 0;

    while (size > 0 && is_filler(*field)) {
        field++;
        size--;
    }
    while (size > 0 && is_filler(field[size - 1]))
        size--;
    /* What comes after a NUL within does not count. */
    for (size_t i = 0; i < size && field[i]; i++) {
        if (field[i] < '0' || field[i] > '7' || number >> 61)
            return false;
        number = number << 3 | (uint64_t)(field[i] - '0');
    }
    *out = (int64_t)number;
    return true;
}

bool tar_number(const char *field, size_t size, int64_t *out)
{
    if ((unsigned char)field[0] & 0x80)
        return parse_base256((const unsigned char *)field, size, out);
    return parse_octal(field, size, out);
}

bool tar_checksum_fits(const tar_header *h)
{
    tar_header blank = *h;
    const unsigned char *bytes = (const unsigned char *)&blank;
    int64_t expected;
    unsigned plain = 0;
    unsigned high = 0;

    if (!parse_octal(h->checksum, sizeof(h->checksum), &expected))
        return false;
    memset(blank.checksum, ' ', sizeof(blank.checksum));
    for (size_t i = 0; i < TAR_BLOCK_SIZE; i++) {
        plain += bytes[i];
        high += bytes[i] >> 7;
    }
    /* Old programs add the bytes up as signed ones. */
    return expected == plain || expected == (int64_t)plain - 256 * (int64_t)high;
}

tar_format tar_format_of(const tar_header *h)
{
    if (memcmp(h->magic, "ustar", 6) == 0)
        return memcmp((const char *)h + STAR_TRAILER, "tar", 4) == 0 ? TAR_FORMAT_STAR
                                                                     : TAR_FORMAT_USTAR;
    if (memcmp(h->magic, "ustar ", 6) == 0 && memcmp(h->version, " ", 2) == 0)
        return TAR_FORMAT_GNU;
    return TAR_FORMAT_V7;
}

static bool take_time(const tar_header *h, size_t offset, tar_time *out)
{
    const char *field = (const char *)h + offset;
    int64_t seconds;

    if (!tar_number(field, TAR_NUMBER_SIZE, &seconds))
        return false;
    *out = (tar_time){true, seconds, 0};
    return true;
}

/* GNU leaves times out that it does not know. */
static bool take_gnu_times(const tar_header *h, tar_time *access, tar_time *change)
{
    const char *block = (const char *)h;

    return (!block[GNU_ACCESS_TIME] || take_time(h, GNU_ACCESS_TIME, access)) &&
           (!block[GNU_CHANGE_TIME] || take_time(h, GNU_CHANGE_TIME, change));
}

bool tar_header_times(const tar_header *h, tar_entry *out)
{
    tar_time access = {0};
    tar_time change = {0};

    if (!take_time(h, offsetof(tar_header, mtime), &out->write))
        return false;
    switch (tar_format_of(h)) {
    case TAR_FORMAT_STAR:
        return take_time(h, STAR_ACCESS_TIME, &out->access) &&
               take_time(h, STAR_CHANGE_TIME, &out->change);
    case TAR_FORMAT_GNU:
        if (take_gnu_times(h, &access, &change)) {
            out->access = access;
            out->change = change;
        }
        return true;
    default:
        return true;
    }
}

bool tar_header_is_sound(const tar_header *h)
{
    int64_t number;

    if (!tar_number(h->mode, sizeof(h->mode), &number) ||
        !tar_number(h->uid, sizeof(h->uid), &number) ||
        !tar_number(h->gid, sizeof(h->gid), &number))
        return false;
    return tar_format_of(h) == TAR_FORMAT_V7 || (tar_number(h->major, sizeof(h->major), &number) &&
                                                 tar_number(h->minor, sizeof(h->minor), &number));
}

static bool is_ascii(const char *bytes, size_t length)
{
    for (size_t i = 0; i < length; i++)
        if ((unsigned char)bytes[i] >= 0x80)
            return false;
    return true;
}

/* How much of the prefix there is. */
static size_t prefix_length(const tar_header *h)
{
    size_t length = strnlen(h->prefix, sizeof(h->prefix));
    tar_time ignored;

    switch (tar_format_of(h)) {
    case TAR_FORMAT_USTAR:
        return length;
    case TAR_FORMAT_STAR:
        return length < STAR_PREFIX_SIZE ? length : STAR_PREFIX_SIZE;
    case TAR_FORMAT_GNU:
        /* Go's writer once put a prefix there. What is no time, but may be a name, is one. */
        return !take_gnu_times(h, &ignored, &ignored) && is_ascii(h->prefix, length) ? length : 0;
    default:
        return 0;
    }
}

char *tar_header_name(const tar_header *h)
{
    size_t prefix = prefix_length(h);

    if (prefix > 0)
        return text_format("%.*s/%.*s", (int)prefix, h->prefix, (int)sizeof(h->name), h->name);
    return tar_field_text(h->name, sizeof(h->name));
}

tar_kind tar_kind_of(char type)
{
    switch (type) {
    case '0':
    case 'S': /* a sparse file of GNU's */
        return TAR_FILE;
    case '1':
        return TAR_HARD_LINK;
    case '2':
        return TAR_SYMBOLIC_LINK;
    case '5':
        return TAR_DIRECTORY;
    default: /* '7' as well: others restore such files without their contents, which is no choice */
        return TAR_OTHER;
    }
}
