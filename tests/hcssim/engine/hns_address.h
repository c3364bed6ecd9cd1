/* SPDX-License-Identifier: MIT */
/** IPv4 addresses and prefixes as HNS writes them. */
#ifndef HCSSIM_ENGINE_HNS_ADDRESS_H
#define HCSSIM_ENGINE_HNS_ADDRESS_H

#include <stdbool.h>
#include <stdint.h>

#define ADDRESS_TEXT_SIZE 16

#define ANY_PREFIX "0.0.0.0/0" /* "choose one", from dockerd without a wish of the user's */
#define NO_ADDRESS "0.0.0.0"

typedef struct prefix {
    uint32_t address;
    unsigned length;
} prefix;

bool address_parse(const char *printed, uint32_t *out);
void address_print(uint32_t address, char out[ADDRESS_TEXT_SIZE]);

uint32_t prefix_mask(const prefix *p);
/** "172.20.0.0/16", with nothing set behind the prefix. */
bool prefix_parse(const char *printed, prefix *out);
bool prefix_overlaps(const prefix *a, const prefix *b);

#endif
