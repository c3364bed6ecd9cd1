/* SPDX-License-Identifier: MIT */
/* IPv4 addresses and prefixes as HNS writes them. */
#include "hns_address.h"

#include <stdio.h>

bool address_parse(const char *printed, uint32_t *out)
{
    unsigned a, b, c, d;
    char rest;

    if (sscanf(printed, "%3u.%3u.%3u.%3u%c", &a, &b, &c, &d, &rest) != 4 || a > 255 || b > 255 ||
        c > 255 || d > 255)
        return false;
    *out = a << 24 | b << 16 | c << 8 | d;
    return true;
}

void address_print(uint32_t address, char out[ADDRESS_TEXT_SIZE])
{
    snprintf(out, ADDRESS_TEXT_SIZE, "%u.%u.%u.%u", address >> 24, address >> 16 & 255,
             address >> 8 & 255, address & 255);
}

uint32_t prefix_mask(const prefix *p)
{
    return ~0u << (32 - p->length);
}

bool prefix_parse(const char *printed, prefix *out)
{
    char address[20];
    unsigned length;
    char rest;

    if (sscanf(printed, "%19[0-9.]/%2u%c", address, &length, &rest) != 2 || length < 8 ||
        length > 30 || !address_parse(address, &out->address))
        return false;
    out->length = length;
    return (out->address & ~prefix_mask(out)) == 0;
}

bool prefix_overlaps(const prefix *a, const prefix *b)
{
    uint32_t mask = prefix_mask(a->length < b->length ? a : b);

    return (a->address & mask) == (b->address & mask);
}
