/* SPDX-License-Identifier: MIT */
/** An image as `docker image inspect` shows it. */
#ifndef WCOW_DOCKER_IMAGE_INSPECT_H
#define WCOW_DOCKER_IMAGE_INSPECT_H

#include "oci/image_config.h"

/** What there is to say besides its own config. All borrowed; lists are ended by NULL. */
typedef struct image_facts {
    const char *id;             /* "sha256:…" */
    const char *const *tags;    /* every name of it: "web:1" … */
    const char *const *digests; /* … and "web@sha256:…" */
    const image_config *config;
    const char *folder; /* of its topmost layer; NULL: it is not imported */
    uint64_t size;      /* bytes */
    int64_t tagged;     /* when it was last given a name here; nanoseconds since 1970, 0: never */
} image_facts;

/** The JSON, with every member that Docker's has; malloc'ed. NULL: out of memory. */
char *image_inspect_print(const image_facts *facts);

#endif
