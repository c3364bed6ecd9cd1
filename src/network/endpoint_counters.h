/* SPDX-License-Identifier: MIT */
/** What went through an endpoint, as the Host Network Service counts. */
#ifndef WCOW_NETWORK_ENDPOINT_COUNTERS_H
#define WCOW_NETWORK_ENDPOINT_COUNTERS_H

#include <stdint.h>

#include <wcow/error.h>

#include "port/hcs.h"

typedef struct endpoint_counters {
    uint64_t received_bytes, received_packets, received_dropped;
    uint64_t sent_bytes, sent_packets, sent_dropped;
} endpoint_counters;

/**
 * Adds those of one endpoint. The compute service has counters of its own for the same; Docker
 * shows these, and so do we.
 *
 * @return WCOW_NOT_FOUND if there is none of that id
 */
WCOW_CHECKED wcow_status endpoint_counters_add(hcs_port *port, const char *endpoint,
                                               endpoint_counters *sum, wcow_error *err);

#endif
