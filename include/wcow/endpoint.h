/* SPDX-License-Identifier: MIT */
/** A container's end of a network: what it is to be, and joining and leaving networks. */
#ifndef WCOW_ENDPOINT_H
#define WCOW_ENDPOINT_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include <wcow/container.h>

#ifdef __cplusplus
extern "C" {
#endif

/** What an endpoint is to be. Initialise with WCOW_ENDPOINT_SPEC_INIT; all strings are borrowed. */
typedef struct wcow_endpoint_spec {
    size_t size;                /**< set by the initialiser */
    const char *network;        /**< its name, or digits of its id; NULL, "nat" or "default": the
                                     host's default network */
    const char *const *aliases; /**< NULL-terminated names besides the container's own; not on the
                                     default network */
    const char *ip_address;     /**< NULL: the network chooses */
    const char *mac_address;    /**< "00:15:5d:aa:bb:cc"; NULL: the network chooses */
} wcow_endpoint_spec;

#define WCOW_ENDPOINT_SPEC_INIT                                                                    \
    {                                                                                              \
        sizeof(wcow_endpoint_spec), NULL, NULL, NULL, NULL                                         \
    }

/** A published port of a running container. */
typedef struct wcow_port_info {
    bool udp;           /**< else it is TCP */
    uint16_t container; /**< its port in the container */
    uint16_t host;      /**< and that of the host */
} wcow_port_info;

/**
 * The ports of a container that are published now, by container port; none while it does not run.
 *
 * @param[out] out  one block, owned by the caller, wcow_free()
 */
WCOW_API WCOW_CHECKED wcow_status wcow_container_ports(wcow_container *container,
                                                       wcow_port_info **out, size_t *count,
                                                       wcow_error *err);

/**
 * Connects a container to one more network: for its next start, and, while it runs, at once.
 *
 * @return WCOW_NOT_FOUND if there is no such network, WCOW_CONFLICT if it is on it already or can
 *         be on none
 */
WCOW_API WCOW_CHECKED wcow_status wcow_container_connect(wcow_container *container,
                                                         const wcow_endpoint_spec *spec,
                                                         wcow_error *err);

/**
 * Takes it off a network.
 *
 * @param force  also when the service does not let go: then the endpoint is deleted all the same
 * @return WCOW_NOT_FOUND if it is not on that network
 */
WCOW_API WCOW_CHECKED wcow_status wcow_container_disconnect(wcow_container *container,
                                                            const char *network, bool force,
                                                            wcow_error *err);

#ifdef __cplusplus
}
#endif

#endif
