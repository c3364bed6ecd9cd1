/* SPDX-License-Identifier: MIT */
/** --network, once or several times, and the options that go with it. */
#ifndef WCOW_CLI_NETWORK_OPTIONS_H
#define WCOW_CLI_NETWORK_OPTIONS_H

#include <wcow/endpoint.h>

#include "base/strings.h"

/** As the command line has them: these belong to the first network. */
struct network_options {
    string_list networks, aliases;
    const char *ip_address, *mac_address;
};

/** One network; its texts are its own. */
struct network_item {
    char *network, *ip_address, *mac_address;
    string_list aliases;
    wcow_endpoint_spec spec; /* of these */
};

/** What the library is asked for. Zero-initialise. */
struct network_request {
    struct network_item *items;
    const wcow_endpoint_spec **endpoints; /* ended by NULL; NULL: `mode` says it all */
    const char *mode; /* "none", "container:x", one network; NULL: the default */
    size_t count;
};

/**
 * Reads "nat", and Docker's long form "name=nat,alias=web,ip=172.20.0.5,mac-address=…".
 *
 * @param[out] out  to be freed in any case
 */
WCOW_CHECKED wcow_status network_request_make(struct network_request *out,
                                              const struct network_options *options,
                                              wcow_error *err);
void network_request_free(struct network_request *request);

#endif
