/* SPDX-License-Identifier: MIT */
/** Base64, as PAX records carry binary values. */
#ifndef WCOW_LAYER_BASE64_H
#define WCOW_LAYER_BASE64_H

#include <stdbool.h>
#include <stddef.h>

/** Decodes standard base64 with padding into fresh memory; false if malformed, or out of memory. */
bool base64_decode(const char *encoded, size_t length, unsigned char **out, size_t *size);

#endif
