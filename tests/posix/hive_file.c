/* SPDX-License-Identifier: MIT */
/* The format: github.com/msuhanov/regf, "Windows registry file format specification". */
#include "hive_file.h"

#include <stdlib.h>
#include <string.h>

#define BLOCK_SIZE 4096u
#define NONE       0xFFFFFFFFu
#define BINS_SIZE  40u /* where it stands in the base block */
#define CHECKSUM   508u
#define ROOT_CELL  32u /* after the bin's header */
#define ROOT_SIZE  88u
#define SECURITY   (ROOT_CELL + ROOT_SIZE) /* the cell of it */
#define REST       (SECURITY + SECURITY_SIZE)
#define ROOT_NAME  "ROOT"

/* O:BAG:SYD:(A;CI;KA;;;BA)(A;CI;KA;;;SY) */
static const unsigned char descriptor[] = {
    0x01, 0x00, 0x04, 0x80, 72, 0, 0,  0, 88,   0,    0,    0,    0,    0,    0,    0,    20, 0,
    0,    0, /* where they are: owner, group, no SACL, DACL */
    0x02, 0x00, 52,   0,    2,  0, 0,  0, 0x00, 0x02, 24,   0,    0x3F, 0x00, 0x0F, 0x00, 1,  2,
    0,    0,    0,    0,    0,  5, 32, 0, 0,    0,    0x20, 0x02, 0,    0,    0x00, 0x02, 20, 0,
    0x3F, 0x00, 0x0F, 0x00, 1,  1, 0,  0, 0,    0,    0,    5,    18,   0,    0,    0, /* the DACL
                                                                                        */
    1,    2,    0,    0,    0,  0, 0,  5, 32,   0,    0,    0,    0x20, 0x02, 0,    0,    1,  1,
    0,    0,    0,    0,    0,  5, 18, 0, 0,    0,
};
#define SECURITY_SIZE 128u /* of a cell: its size, 20 bytes, the descriptor, a multiple of 8 */

_Static_assert(sizeof(descriptor) == 100, "the offsets in it fit");

static void put(unsigned char *at, uint64_t value, size_t size)
{
    for (size_t i = 0; i < size; i++)
        at[i] = (unsigned char)(value >> 8 * i);
}

static uint32_t get32(const unsigned char *at)
{
    return (uint32_t)at[0] | (uint32_t)at[1] << 8 | (uint32_t)at[2] << 16 | (uint32_t)at[3] << 24;
}

static uint32_t checksum_of(const unsigned char *block)
{
    uint32_t checksum = 0;

    for (size_t i = 0; i < CHECKSUM; i += 4)
        checksum ^= get32(block + i);
    return checksum;
}

static void put_base_block(uint64_t time, unsigned char *block)
{
    memcpy(block, "regf", 4);
    put(block + 4, 1, 4); /* the two sequence numbers: equal, so it was written to its end */
    put(block + 8, 1, 4);
    put(block + 12, time, 8);
    put(block + 20, 1, 4); /* version 1.5 */
    put(block + 24, 5, 4);
    put(block + 32, 1, 4);
    put(block + 36, ROOT_CELL, 4);
    put(block + BINS_SIZE, BLOCK_SIZE, 4);
    put(block + 44, 1, 4);
    put(block + CHECKSUM, checksum_of(block), 4);
}

static void put_root_key(uint64_t time, unsigned char *key)
{
    memcpy(key, "nk", 2);
    put(key + 2, 0x2C, 2); /* the root, not to be deleted, a name of plain characters */
    put(key + 4, time, 8);
    put(key + 16, NONE, 4);
    put(key + 28, NONE, 4); /* no subkeys */
    put(key + 32, NONE, 4);
    put(key + 40, NONE, 4); /* no values; security; no class */
    put(key + 44, SECURITY, 4);
    put(key + 48, NONE, 4);
    put(key + 72, strlen(ROOT_NAME), 2);
    memcpy(key + 76, ROOT_NAME, strlen(ROOT_NAME));
}

/* Each one is in a ring: alone in this one. */
static void put_security(unsigned char *key)
{
    memcpy(key, "sk", 2);
    put(key + 4, SECURITY, 4);
    put(key + 8, SECURITY, 4);
    put(key + 12, 1, 4); /* keys that have it */
    put(key + 16, sizeof(descriptor), 4);
    memcpy(key + 20, descriptor, sizeof(descriptor));
}

static void put_bin(uint64_t time, unsigned char *bin)
{
    memcpy(bin, "hbin", 4);
    put(bin + 8, BLOCK_SIZE, 4);
    put(bin + 20, time, 8);
    put(bin + ROOT_CELL, (uint32_t)-ROOT_SIZE, 4); /* negative: in use */
    put_root_key(time, bin + ROOT_CELL + 4);
    put(bin + SECURITY, (uint32_t)-SECURITY_SIZE, 4);
    put_security(bin + SECURITY + 4);
    put(bin + REST, BLOCK_SIZE - REST, 4);
}

void hive_file_make(uint64_t time, unsigned char out[HIVE_FILE_SIZE])
{
    memset(out, 0, HIVE_FILE_SIZE);
    put_base_block(time, out);
    put_bin(time, out + BLOCK_SIZE);
}

bool hive_file_is_sound(const unsigned char *bytes, size_t size)
{
    if (size <= BLOCK_SIZE || size % BLOCK_SIZE || memcmp(bytes, "regf", 4) ||
        get32(bytes + CHECKSUM) != checksum_of(bytes) ||
        get32(bytes + BINS_SIZE) != size - BLOCK_SIZE)
        return false;
    for (size_t at = BLOCK_SIZE; at < size;) {
        uint32_t length = get32(bytes + at + 8);

        if (memcmp(bytes + at, "hbin", 4) || get32(bytes + at + 4) != at - BLOCK_SIZE || !length ||
            length % BLOCK_SIZE || length > size - at)
            return false;
        at += length;
    }
    return true;
}

unsigned char *hive_file_join(const unsigned char *base, size_t base_size,
                              const unsigned char *delta, size_t delta_size, size_t *size)
{
    size_t all = base_size + delta_size - BLOCK_SIZE;
    unsigned char *joined = malloc(all);

    if (!joined)
        return NULL;
    memcpy(joined, base, base_size);
    memcpy(joined + base_size, delta + BLOCK_SIZE, delta_size - BLOCK_SIZE);
    for (size_t at = base_size; at < all; at += get32(joined + at + 8))
        put(joined + at + 4, at - BLOCK_SIZE, 4);
    put(joined + BINS_SIZE, all - BLOCK_SIZE, 4);
    put(joined + CHECKSUM, checksum_of(joined), 4);
    *size = all;
    return joined;
}
