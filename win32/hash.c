/* SPDX-License-Identifier: MIT */
/* SHA-256 and random bytes by CNG. */
#include "port/hash.h"

#include "platform.h"

#include <bcrypt.h>
#include <pthread.h>

struct sha256 {
    BCRYPT_HASH_HANDLE handle;
};

/* Opening a provider loads DLLs, so there is one, for good. */
static BCRYPT_ALG_HANDLE provider;

static void provider_open(void)
{
    if (BCryptOpenAlgorithmProvider(&provider, BCRYPT_SHA256_ALGORITHM, NULL, 0) < 0)
        provider = NULL;
}

/* A finished hash cannot be used again, unless it was made reusable, which Wine does not know. */
static bool hash_open(sha256 *hash)
{
    return BCryptCreateHash(provider, &hash->handle, NULL, 0, NULL, 0, 0) >= 0;
}

sha256 *sha256_new(void)
{
    static pthread_once_t once = PTHREAD_ONCE_INIT;
    sha256 *hash;

    pthread_once(&once, provider_open);
    hash = provider ? calloc(1, sizeof(*hash)) : NULL;
    if (hash && !hash_open(hash)) {
        free(hash);
        return NULL;
    }
    return hash;
}

void sha256_update(sha256 *hash, const void *bytes, size_t length)
{
    /* CNG takes its input through a pointer that is not const, and does not write there. */
    union {
        const void *in;
        UCHAR *out;
    } next = {.in = bytes};

    while (hash->handle && length > 0) {
        ULONG piece = length > 0x40000000 ? 0x40000000 : (ULONG)length;

        BCryptHashData(hash->handle, next.out, piece, 0);
        next.out += piece;
        length -= piece;
    }
}

void sha256_finish(sha256 *hash, char hex[SHA256_HEX_SIZE])
{
    static const char digits[] = "0123456789abcdef";
    UCHAR digest[SHA256_SIZE] = {0};

    if (hash->handle) {
        BCryptFinishHash(hash->handle, digest, sizeof(digest), 0);
        BCryptDestroyHash(hash->handle);
        hash->handle = NULL;
    }
    for (size_t i = 0; i < SHA256_SIZE; i++) {
        hex[2 * i] = digits[digest[i] >> 4];
        hex[2 * i + 1] = digits[digest[i] & 15];
    }
    hex[SHA256_HEX_SIZE - 1] = '\0';
    if (!hash_open(hash))
        hash->handle = NULL;
}

void sha256_free(sha256 *hash)
{
    if (!hash)
        return;
    if (hash->handle)
        BCryptDestroyHash(hash->handle);
    free(hash);
}

int32_t random_bytes(void *out, size_t length)
{
    NTSTATUS status = BCryptGenRandom(NULL, out, (ULONG)length, BCRYPT_USE_SYSTEM_PREFERRED_RNG);

    return status < 0 ? HR_NOT_SUPPORTED : HR_OK;
}
