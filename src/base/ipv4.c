/* SPDX-License-Identifier: MIT */
/* IPv4 addresses and prefixes. */
#include "base/ipv4.h"

#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#include "base/number.h"

/* One number of an address: no sign, no blank, no leading zero (which some take for octal). */
static bool parse_number(const char *digits, size_t length, uint64_t most, uint32_t *out)
{
    char copy[4] = "";
    uint64_t number;

    if (length == 0 || length >= sizeof(copy) || (digits[0] == '0' && length > 1))
        return false;
    memcpy(copy, digits, length);
    if (!number_parse(copy, most, &number))
        return false;
    *out = (uint32_t)number;
    return true;
}

static bool parse_address(const char *printed, size_t length, uint32_t *out)
{
    uint32_t address = 0;
    const char *end = printed + length;

    for (int i = 0; i < 4; i++) {
        size_t digits = strcspn(printed, "./");
        uint32_t number;

        if (printed + digits > end || !parse_number(printed, digits, 255, &number))
            return false;
        address = address << 8 | number;
        printed += digits;
        if (i < 3 && (printed >= end || *printed++ != '.'))
            return false;
    }
    if (printed != end)
        return false;
    *out = address;
    return true;
}

bool ipv4_parse(const char *printed, uint32_t *out)
{
    return parse_address(printed, strlen(printed), out);
}

bool ipv4_parse_prefix(const char *printed, ipv4_prefix *out)
{
    const char *slash = strchr(printed, '/');
    ipv4_prefix prefix;

    if (!slash || !parse_address(printed, (size_t)(slash - printed), &prefix.address) ||
        !parse_number(slash + 1, strlen(slash + 1), 32, &prefix.length))
        return false;
    *out = prefix;
    return true;
}

void ipv4_print(uint32_t address, char out[IPV4_TEXT_SIZE])
{
    snprintf(out, IPV4_TEXT_SIZE, "%u.%u.%u.%u", address >> 24, address >> 16 & 255u,
             address >> 8 & 255u, address & 255u);
}

void ipv4_print_prefix(const ipv4_prefix *prefix, char out[IPV4_TEXT_SIZE])
{
    size_t length;

    ipv4_print(prefix->address, out);
    length = strlen(out);
    snprintf(out + length, IPV4_TEXT_SIZE - length, "/%u", prefix->length & 63u);
}

static uint32_t mask_of(uint32_t length)
{
    return length == 0 ? 0 : ~UINT32_C(0) << (32 - length);
}

ipv4_prefix ipv4_masked(const ipv4_prefix *prefix)
{
    return (ipv4_prefix){prefix->address & mask_of(prefix->length), prefix->length};
}

bool ipv4_contains(const ipv4_prefix *prefix, uint32_t address)
{
    return ((prefix->address ^ address) & mask_of(prefix->length)) == 0;
}

bool ipv4_overlap(const ipv4_prefix *a, const ipv4_prefix *b)
{
    const uint32_t shorter = a->length < b->length ? a->length : b->length;

    return ((a->address ^ b->address) & mask_of(shorter)) == 0;
}
