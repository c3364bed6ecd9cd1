/* SPDX-License-Identifier: MIT */
/**
 * Endpoints of the Host Network Service: a container's connection to a network. HCS attaches those
 * of the container's EndpointList when it starts; the endpoint itself stays until it is deleted.
 */
#ifndef WCOW_NETWORK_ENDPOINT_H
#define WCOW_NETWORK_ENDPOINT_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include <wcow/error.h>

#include "base/cleanup.h"
#include "base/strings.h"
#include "port/hcs.h"

/** One endpoint; strings are owned, "" where HNS tells nothing. Zero-initialise. */
typedef struct hns_endpoint {
    char *id;
    char *name;
    char *network_id;
    char *network_name;
    char *ip_address;
    char *gateway;
    char *mac_address; /* as Docker shows it: "00:15:5d:aa:bb:cc" */
    uint32_t prefix_length;
} hns_endpoint;

#define HNS_ENDPOINT_INIT                                                                          \
    {                                                                                              \
        NULL, NULL, NULL, NULL, NULL, NULL, NULL, 0                                                \
    }

void hns_endpoint_free(hns_endpoint *endpoint);
DEFINE_CLEANUP_VALUE(hns_endpoint, hns_endpoint, hns_endpoint_free)
#define cleanup_endpoint CLEANUP(hns_endpoint)

/**
 * Makes an endpoint on a network, with the names of other containers resolved by HNS
 * (EnableInternalDNS). It is named "wcow-<container id>": Docker leaves the name out, but an
 * endpoint that a crash left behind before its id was written down could not be told from others'
 * then.
 */
WCOW_CHECKED wcow_status hns_endpoint_create(hcs_port *port, const char *network_id,
                                             const char *container_id, hns_endpoint *out,
                                             wcow_error *err);

/** WCOW_NOT_FOUND if there is none of that id. */
WCOW_CHECKED wcow_status hns_endpoint_get(hcs_port *port, const char *id, hns_endpoint *out,
                                          wcow_error *err);

/** Deletes it; one that is not there is a success. */
WCOW_CHECKED wcow_status hns_endpoint_delete(hcs_port *port, const char *id, wcow_error *err);

/** All endpoints of the host, as one array to be freed with hns_endpoints_free(). */
WCOW_CHECKED wcow_status hns_endpoints(hcs_port *port, hns_endpoint **out, size_t *count,
                                       wcow_error *err);
void hns_endpoints_free(hns_endpoint *endpoints, size_t count);

/** Ids of the endpoints that are attached to a compute system and to no other, whoever made them.
 */
WCOW_CHECKED wcow_status hns_endpoints_of(hcs_port *port, const char *system, string_list *out,
                                          wcow_error *err);

/** The container that an endpoint of wcow was made for (borrowed from its name); NULL: others' one.
 */
const char *hns_endpoint_container(const hns_endpoint *endpoint);

#endif
