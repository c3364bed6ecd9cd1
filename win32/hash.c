/* SPDX-License-Identifier: MIT */
/*
 * SHA-256 by CNG. Its DLL is loaded when it is first needed: it costs a quarter of the time that a
 * program takes to start, and most commands hash nothing. Random bytes come from the same source
 * without it: rand_s (RtlGenRandom), for nearly every container begins with an id.
 */
#define _CRT_RAND_S /* stdlib.h declares rand_s() */
#include <stdlib.h>
#include <string.h>

#include "port/hash.h"

#include "platform.h"

#include <bcrypt.h>
#include <pthread.h>

struct sha256 {
    BCRYPT_HASH_HANDLE handle;
};

/* What we use of bcrypt.dll. */
#define CNG_FUNCTIONS(X)                                                                           \
    X(BCryptOpenAlgorithmProvider)                                                                 \
    X(BCryptCreateHash)                                                                            \
    X(BCryptHashData)                                                                              \
    X(BCryptFinishHash)                                                                            \
    X(BCryptDestroyHash)

#define CNG_MEMBER(name) __typeof__(name) *name;
static struct {
    CNG_FUNCTIONS(CNG_MEMBER)
} cng;

/* Opening a provider loads more DLLs, so there is one, for good. NULL when CNG is not there. */
static BCRYPT_ALG_HANDLE provider;

static void load(void)
{
    HMODULE library = system_library(L"bcrypt.dll");

    if (!library)
        return;
#define CNG_RESOLVE(name)                                                                          \
    cng.name = (__typeof__(cng.name))(void (*)(void))GetProcAddress(library, #name);
    CNG_FUNCTIONS(CNG_RESOLVE)
    if (cng.BCryptOpenAlgorithmProvider(&provider, BCRYPT_SHA256_ALGORITHM, NULL, 0) < 0)
        provider = NULL;
}

static bool cng_ready(void)
{
    static pthread_once_t once = PTHREAD_ONCE_INIT;

    pthread_once(&once, load);
    return provider != NULL;
}

/* A finished hash cannot be used again. One that was made reusable could, but Wine 8 gets it wrong.
 */
static bool hash_open(sha256 *hash)
{
    return cng.BCryptCreateHash(provider, &hash->handle, NULL, 0, NULL, 0, 0) >= 0;
}

sha256 *sha256_new(void)
{
    sha256 *hash = cng_ready() ? calloc(1, sizeof(*hash)) : NULL;

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

        cng.BCryptHashData(hash->handle, next.out, piece, 0);
        next.out += piece;
        length -= piece;
    }
}

void sha256_finish(sha256 *hash, char hex[SHA256_HEX_SIZE])
{
    static const char digits[] = "0123456789abcdef";
    UCHAR digest[SHA256_SIZE] = {0};

    if (hash->handle) {
        cng.BCryptFinishHash(hash->handle, digest, sizeof(digest), 0);
        cng.BCryptDestroyHash(hash->handle);
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
        cng.BCryptDestroyHash(hash->handle);
    free(hash);
}

int32_t random_bytes(void *out, size_t length)
{
    unsigned char *next = out;
    unsigned word;

    while (length > 0) {
        const size_t piece = length < sizeof(word) ? length : sizeof(word);

        if (rand_s(&word))
            return HR_NOT_SUPPORTED;
        memcpy(next, &word, piece);
        next += piece;
        length -= piece;
    }
    return HR_OK;
}
