/* SPDX-License-Identifier: MIT */
/** SHA-256 and random bytes of the system (CNG on Windows, OpenSSL on Linux). Link-time. */
#ifndef WCOW_PORT_HASH_H
#define WCOW_PORT_HASH_H

#include <stddef.h>
#include <stdint.h>

#include "base/cleanup.h"

typedef struct sha256 sha256;

#define SHA256_SIZE     32
#define SHA256_HEX_SIZE 65

/** NULL when out of memory or without a provider. */
sha256 *sha256_new(void);
void sha256_update(sha256 *hash, const void *bytes, size_t length);
/** Writes 64 lower-case digits and a NUL, and resets the hash for another round. */
void sha256_finish(sha256 *hash, char hex[SHA256_HEX_SIZE]);
void sha256_free(sha256 *hash);

DEFINE_CLEANUP(sha256, sha256 *, sha256_free)
#define cleanup_sha256 CLEANUP(sha256)

int32_t random_bytes(void *out, size_t length);

#endif
