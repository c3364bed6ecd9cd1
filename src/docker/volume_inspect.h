/* SPDX-License-Identifier: MIT */
/** A volume as `docker volume inspect` shows it. */
#ifndef WCOW_DOCKER_VOLUME_INSPECT_H
#define WCOW_DOCKER_VOLUME_INSPECT_H

#include <stdint.h>

/** What there is to say; all borrowed. */
typedef struct volume_facts {
    const char *name;
    const char *driver;
    const char *mountpoint;
    const char *const *labels; /* "key=value", ended by NULL; NULL: none */
    int64_t created;           /* nanoseconds since 1970; 0: nobody knows */
} volume_facts;

/** The JSON, with every member that Docker's has; malloc'ed. NULL: out of memory. */
char *volume_inspect_print(const volume_facts *facts);

#endif
