/* SPDX-License-Identifier: MIT */
/* SHA-256 by OpenSSL's EVP, random bytes by the kernel. */
#include "port/hash.h"

#include <errno.h>
#include <openssl/evp.h>
#include <sys/random.h>

#include "base/error.h"
#include "codes.h"

struct sha256 {
    EVP_MD_CTX *context;
};

sha256 *sha256_new(void)
{
    sha256 *hash = calloc(1, sizeof(*hash));

    if (!hash)
        return NULL;
    hash->context = EVP_MD_CTX_new();
    if (!hash->context || EVP_DigestInit_ex(hash->context, EVP_sha256(), NULL) != 1) {
        sha256_free(hash);
        return NULL;
    }
    return hash;
}

void sha256_update(sha256 *hash, const void *bytes, size_t length)
{
    EVP_DigestUpdate(hash->context, bytes, length);
}

void sha256_finish(sha256 *hash, char hex[SHA256_HEX_SIZE])
{
    static const char digits[] = "0123456789abcdef";
    unsigned char digest[SHA256_SIZE] = {0};

    EVP_DigestFinal_ex(hash->context, digest, NULL);
    for (size_t i = 0; i < SHA256_SIZE; i++) {
        hex[2 * i] = digits[digest[i] >> 4];
        hex[2 * i + 1] = digits[digest[i] & 15];
    }
    hex[SHA256_HEX_SIZE - 1] = '\0';
    EVP_DigestInit_ex(hash->context, NULL, NULL);
}

void sha256_free(sha256 *hash)
{
    if (!hash)
        return;
    EVP_MD_CTX_free(hash->context);
    free(hash);
}

int32_t random_bytes(void *out, size_t length)
{
    unsigned char *next = out;

    while (length > 0) {
        ssize_t got = getrandom(next, length, 0);

        if (got < 0 && errno == EINTR)
            continue;
        if (got < 0)
            return hresult_last();
        next += got;
        length -= (size_t)got;
    }
    return HR_OK;
}
