/* SPDX-License-Identifier: MIT */
/** Finding the detach keys ("ctrl-p,ctrl-q") in what a user types. */
#ifndef WCOW_CLIENT_DETACH_KEYS_H
#define WCOW_CLIENT_DETACH_KEYS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include <wcow/error.h>

#define DETACH_KEYS_LIMIT 16

/** The keys, and how many of them were just typed. Zero keys never match. */
typedef struct detach_keys {
    uint8_t keys[DETACH_KEYS_LIMIT];
    size_t count;
    size_t matched;
} detach_keys;

/** "ctrl-p,ctrl-q", "a,b"; NULL or "": Docker's default. WCOW_INVALID names the key. */
WCOW_CHECKED wcow_status detach_keys_parse(const char *specification, detach_keys *out,
                                           wcow_error *err);
/** Only checks them: before anything is begun that needs them. */
WCOW_CHECKED wcow_status detach_keys_check(const char *specification, wcow_error *err);

/**
 * Passes typed bytes on, holding back what may be the beginning of the keys.
 *
 * @param output  room for length + DETACH_KEYS_LIMIT bytes
 * @return true when the keys are complete: what came before them is in the output
 */
bool detach_keys_filter(detach_keys *keys, const uint8_t *input, size_t length, uint8_t *output,
                        size_t *produced);

#endif
