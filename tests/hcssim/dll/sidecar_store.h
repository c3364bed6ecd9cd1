/* SPDX-License-Identifier: MIT */
/**
 * The sidecar's records, in one file that all processes of the host have mapped: to put one costs
 * no system call, and whoever looks sees it at once. A process that is killed half way leaves
 * nothing of its record but the room for it.
 */
#ifndef HCSSIM_DLL_SIDECAR_STORE_H
#define HCSSIM_DLL_SIDECAR_STORE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include <windows.h>

/** Replaces the record of that key by the two pieces, one behind the other. */
bool store_put(uint64_t key, const void *head, size_t head_size, const void *rest,
               size_t rest_size);
/** The record, which stays as it is even if another replaces it; NULL if there is none. */
const BYTE *store_find(uint64_t key, size_t *size);
void store_drop(uint64_t key);

/** A mark that stays, once set. */
void store_mark(void);
bool store_is_marked(void);

#endif
