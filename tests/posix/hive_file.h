/* SPDX-License-Identifier: MIT */
/** Files of registry hives, as far as the Linux half and the simulated host's offreg.dll need them. */
#ifndef POSIX_HIVE_FILE_H
#define POSIX_HIVE_FILE_H

#include <stdint.h>

#define HIVE_FILE_SIZE 8192

/** The smallest hive: its base block, and one bin with an empty root key. `time` is a FILETIME. */
void hive_file_make(uint64_t time, unsigned char out[HIVE_FILE_SIZE]);

#endif
