/* SPDX-License-Identifier: MIT */
/** Files of registry hives, as far as the Linux half and the simulated host's offreg.dll need them.
 */
#ifndef POSIX_HIVE_FILE_H
#define POSIX_HIVE_FILE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define HIVE_FILE_SIZE 8192

/** The smallest hive: its base block, and one bin with an empty root key. `time` is a FILETIME. */
void hive_file_make(uint64_t time, unsigned char out[HIVE_FILE_SIZE]);

/** Whether it is one, by its base block and where its bins lie. */
bool hive_file_is_sound(const unsigned char *bytes, size_t size);

/**
 * A hive with the bins of both, which have sound files: what was in either can be found in it, the
 * base's first. No real merge: the keys of the second one are in no list.
 *
 * @param[out] out  malloc'ed; NULL when out of memory
 */
unsigned char *hive_file_join(const unsigned char *base, size_t base_size,
                              const unsigned char *delta, size_t delta_size, size_t *size);

#endif
