/* SPDX-License-Identifier: MIT */
/** A network as `docker network inspect` shows it. */
#ifndef WCOW_DOCKER_NETWORK_INSPECT_H
#define WCOW_DOCKER_NETWORK_INSPECT_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

typedef struct subnet_facts {
    const char *subnet;
    const char *gateway;          /* "": none */
    const char *const *auxiliary; /* "name=address" */
} subnet_facts;

/** Who is on it. */
typedef struct attached_facts {
    const char *container; /* its id, or "ep-" and the endpoint's */
    const char *name;
    const char *endpoint;
    const char *mac_address;
    const char *ip_address; /* "172.40.0.2/16" */
} attached_facts;

/** All borrowed; lists of texts are ended by NULL, and NULL is an empty one. */
typedef struct network_facts {
    const char *name;
    const char *id;
    const char *driver;
    int64_t created; /* nanoseconds since 1970, 0: nobody knows */
    bool internal, attachable;
    const char *const *options; /* "key=value" */
    const char *const *labels;
    const char *addresses; /* who gives them out: Docker's IPAM driver */
    const subnet_facts *subnets;
    size_t subnet_count;
    const attached_facts *attached;
    size_t attached_count;
} network_facts;

/** The JSON, with every member that Docker's has; malloc'ed. NULL: out of memory. */
char *network_inspect_print(const network_facts *facts);

#endif
