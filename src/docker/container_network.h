/* SPDX-License-Identifier: MIT */
/** The networks and ports of a container, as `docker inspect` shows them. */
#ifndef WCOW_DOCKER_CONTAINER_NETWORK_H
#define WCOW_DOCKER_CONTAINER_NETWORK_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/json.h"

/** Its end of a network. Texts are NULL where there is none, or nobody knows of it. */
typedef struct endpoint_facts {
    const char *network;        /* its name */
    const char *const *aliases; /* ended by NULL */
    const char *wished_address; /* what it is to have: the user's wish */
    const char *id;
    const char *network_id;
    const char *gateway;
    const char *ip_address;
    int prefix_length;
    const char *mac_address;
} endpoint_facts;

/** A port of the host that leads to one of the container's. */
typedef struct port_facts {
    const char *protocol; /* "tcp" */
    uint32_t container;
    uint32_t host; /* 0: one is chosen when it starts */
} port_facts;

/** All borrowed; lists of texts are ended by NULL, and NULL is an empty one. */
typedef struct network_facts {
    const char *mode; /* "nat", "none", "container:<id>", or the name of the first network */
    const endpoint_facts *endpoints;
    size_t endpoint_count;
    const port_facts *bindings; /* as wished, by container port */
    size_t binding_count;
    const port_facts *ports; /* as they are while it runs, by container port */
    size_t port_count;
    const char *const *exposed; /* "80/tcp" */
    const char *const *dns;
    const char *const *hosts; /* "name:address" */
    bool running;
    bool publish_all;
} network_facts;

/** Puts them into a container's JSON, which has Config, HostConfig and NetworkSettings. False: out
 * of memory. */
bool container_network_add(const network_facts *facts, cJSON *container);

#endif
