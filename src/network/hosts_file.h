/* SPDX-License-Identifier: MIT */
/** A hosts file (C:\Windows\System32\drivers\etc\hosts) with names of ours. README.md says why. */
#ifndef WCOW_NETWORK_HOSTS_FILE_H
#define WCOW_NETWORK_HOSTS_FILE_H

#include <stddef.h>

#include "base/text.h"

/** A name and its address. All borrowed. */
typedef struct host_name {
    const char *name;
    const char *address;
} host_name;

/** Where it is on a system drive, below its root. */
#define HOSTS_FILE "Windows\\System32\\drivers\\etc\\hosts"

/** No file is read that is longer, and no more is written. */
#define HOSTS_FILE_LIMIT ((size_t)1 << 20)

/**
 * The text of a hosts file with these names, between two lines of comment at its end. What stood
 * between such lines before is gone; all else stays as it was, to the byte. Names that do not fit
 * into the limit are left out.
 */
void hosts_file_write(const char *old, size_t size, const host_name *names, size_t count,
                      text *out);

#endif
