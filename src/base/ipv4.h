/* SPDX-License-Identifier: MIT */
/** IPv4 addresses and prefixes, as people and HNS write them. */
#ifndef WCOW_BASE_IPV4_H
#define WCOW_BASE_IPV4_H

#include <stdbool.h>
#include <stdint.h>

/** "172.20.0.0/16": the address may have bits behind the prefix. */
typedef struct ipv4_prefix {
    uint32_t address; /* the first number is the highest byte */
    uint32_t length;  /* 0 to 32 */
} ipv4_prefix;

/** "172.20.0.1" and nothing else; *out untouched on failure. */
bool ipv4_parse(const char *printed, uint32_t *out);
bool ipv4_parse_prefix(const char *printed, ipv4_prefix *out);

#define IPV4_TEXT_SIZE 19 /* with a prefix's length */

void ipv4_print(uint32_t address, char out[IPV4_TEXT_SIZE]);
void ipv4_print_prefix(const ipv4_prefix *prefix, char out[IPV4_TEXT_SIZE]);

/** Without what stands behind the prefix. */
ipv4_prefix ipv4_masked(const ipv4_prefix *prefix);
bool ipv4_contains(const ipv4_prefix *prefix, uint32_t address);
bool ipv4_overlap(const ipv4_prefix *a, const ipv4_prefix *b);

#endif
