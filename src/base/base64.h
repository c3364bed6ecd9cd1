/* SPDX-License-Identifier: MIT */
/** Base64: PAX records carry binary values so, HTTP carries passwords. */
#ifndef WCOW_BASE_BASE64_H
#define WCOW_BASE_BASE64_H

#include <stdbool.h>
#include <stddef.h>

/**
 * Decodes standard base64 with padding into fresh memory; false if malformed, or out of memory.
 * Ends of lines do not count, wherever they are: Docker and Go's library read it so.
 */
bool base64_decode(const char *encoded, size_t length, unsigned char **out, size_t *size);

/** With padding, in fresh memory; NULL when out of memory. */
char *base64_encode(const void *bytes, size_t size);

#endif
