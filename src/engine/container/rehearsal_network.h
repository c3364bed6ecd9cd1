/* SPDX-License-Identifier: MIT */
/** The networks of a host that is not there: for rehearsal.c alone. */
#ifndef WCOW_ENGINE_CONTAINER_REHEARSAL_NETWORK_H
#define WCOW_ENGINE_CONTAINER_REHEARSAL_NETWORK_H

#include "base/json.h"
#include "engine/container/attachment.h"
#include "engine/host/host.h"

typedef struct rehearsal_network {
    wcow_host *host;
    const attachment_list *networks; /* of the container */
    size_t endpoints;                /* made so far */
} rehearsal_network;

/** What HNS puts out for "GET /networks/"; NULL: out of memory. */
cJSON *rehearsal_network_answer(rehearsal_network *r, const char *what, const char *body);

#endif
