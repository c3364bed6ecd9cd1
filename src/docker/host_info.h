/* SPDX-License-Identifier: MIT */
/** A host as `docker info` shows it. */
#ifndef WCOW_DOCKER_HOST_INFO_H
#define WCOW_DOCKER_HOST_INFO_H

#include <stdbool.h>
#include <stdint.h>

/** What there is to say. All borrowed; lists are ended by NULL, and NULL is an empty one. */
typedef struct host_facts {
    const char *name;
    const char *version; /* of wcow */
    const char *root;    /* folder of the store */
    const char *isolation;
    int64_t now; /* nanoseconds since 1970 */

    uint64_t containers;
    uint64_t containers_running;
    uint64_t containers_paused;
    uint64_t containers_stopped;
    uint64_t images;

    const char *kernel; /* "10.0.20348.2031" */
    const char *os;     /* its name */
    const char *os_type;
    int processors;
    uint64_t memory; /* bytes */
    bool elevated;

    const char *service_error; /* why the service does not answer; NULL: it does */
    int compute_systems;

    const char *const *insecure_registries; /* hosts, or networks in CIDR form */
    const char *const *registry_mirrors;
    const char *http_proxy; /* these as they were given: who shows them hides passwords */
    const char *https_proxy;
    const char *no_proxy;
} host_facts;

/** The JSON, with every member that Docker's has; malloc'ed. NULL: out of memory. */
char *host_info_print(const host_facts *facts);

#endif
