/* SPDX-License-Identifier: MIT */
/** What a caller wants of networks for a new container, from spec to record. */
#ifndef WCOW_ENGINE_CONTAINER_NETWORK_WISH_H
#define WCOW_ENGINE_CONTAINER_NETWORK_WISH_H

#include "engine/container/record.h"
#include "oci/image_config.h"

/** Zero-initialise. */
typedef struct network_wish {
    char *mode; /* Docker's NetworkMode: "nat", a network's name, "none", "container:<id>" */
    attachment_list networks;
    port_list ports;
    string_list exposed; /* "80/tcp": the user's, and those published */
    string_list hosts;   /* "name:address" */
    char *hostname;      /* of the container whose network is shared; NULL: none is */
} network_wish;

void network_wish_free(network_wish *wish);

/** Reads a spec's members, and checks what needs neither image nor service. */
WCOW_CHECKED wcow_status network_wish_take(const wcow_container_spec *spec, network_wish *out,
                                           wcow_error *err);

/**
 * Looks at what it names: networks of the host (none but the default one: nobody is asked), the
 * container whose network is shared, which then stands in `mode` by its id.
 */
WCOW_CHECKED wcow_status network_wish_check(wcow_host *host, network_wish *wish, wcow_error *err);

/**
 * Hands it over to a record that knows its isolation, with the ports that the image exposes.
 *
 * @param warnings  what of it cannot be had is told there
 */
WCOW_CHECKED wcow_status network_wish_record(network_wish *wish, const wcow_container_spec *spec,
                                             const image_config *source, record *out,
                                             string_list *warnings, wcow_error *err);

/** What the mode "container:<id>" shares the network of; NULL: it is another mode. */
const char *network_mode_container(const char *mode);

#endif
