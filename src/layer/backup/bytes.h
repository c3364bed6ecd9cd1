/* SPDX-License-Identifier: MIT */
/** Little-endian numbers, as Windows stores them. */
#ifndef WCOW_LAYER_BACKUP_BYTES_H
#define WCOW_LAYER_BACKUP_BYTES_H

#include <stdint.h>

#include "base/text.h"

static inline void bytes_add_u16(text *out, uint16_t number)
{
    text_add_char(out, (char)(number & 0xff));
    text_add_char(out, (char)(number >> 8));
}

static inline void bytes_add_u32(text *out, uint32_t number)
{
    bytes_add_u16(out, (uint16_t)(number & 0xffff));
    bytes_add_u16(out, (uint16_t)(number >> 16));
}

static inline void bytes_add_u64(text *out, uint64_t number)
{
    bytes_add_u32(out, (uint32_t)(number & 0xffffffff));
    bytes_add_u32(out, (uint32_t)(number >> 32));
}

static inline uint16_t bytes_u16(const unsigned char *bytes)
{
    return (uint16_t)(bytes[0] | bytes[1] << 8);
}

static inline uint32_t bytes_u32(const unsigned char *bytes)
{
    return (uint32_t)bytes_u16(bytes) | (uint32_t)bytes_u16(bytes + 2) << 16;
}

static inline uint64_t bytes_u64(const unsigned char *bytes)
{
    return (uint64_t)bytes_u32(bytes) | (uint64_t)bytes_u32(bytes + 4) << 32;
}

#endif
