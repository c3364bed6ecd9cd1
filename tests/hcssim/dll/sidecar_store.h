/* SPDX-License-Identifier: MIT */
/**
 * The sidecar's records, in one file that all processes of the host have mapped: to put one costs
 * no system call, and whoever looks sees it at once. What is dropped or replaced makes room. A
 * process that is killed half way loses its record, and at worst the room of it.
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
/** The record in fresh memory; NULL if there is none. */
BYTE *store_get(uint64_t key, size_t *size);
void store_drop(uint64_t key);

/** How many bytes the records take, with the rooms of those that were dropped. */
uint64_t store_room(void);

/** A mark that stays, once set. */
void store_mark(void);
bool store_is_marked(void);

#endif
