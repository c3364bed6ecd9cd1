/* SPDX-License-Identifier: MIT */
/** What a run is to be connected to, from a container's record. */
#ifndef WCOW_ENGINE_CONTAINER_RUN_WIRING_H
#define WCOW_ENGINE_CONTAINER_RUN_WIRING_H

#include "engine/container/catalog.h"
#include "engine/container/record.h"
#include "engine/network/known_networks.h"
#include "runtime/run.h"

/** What a run's networks borrow. Zero-initialise. */
typedef struct run_wiring {
    run_network *networks;
    port_list ports;          /* with those of publish_all */
    hns_endpoint_list shared; /* of another container */
    char *shared_space;       /* its namespace; NULL: it has none */
    char *owner;              /* its id */
    int64_t joined;           /* when it was started */
    string_list texts;        /* of the names */
    host_name *names;
    size_t name_count;
    wcow_host *host;
    const char *id;  /* of a container whose ports must be free; NULL: it is not looked */
    network_use use; /* the network that was looked for last */
    string_list nat_exceptions; /* of it */
} run_wiring;

void run_wiring_free(run_wiring *wiring);
DEFINE_CLEANUP_VALUE(run_wiring, run_wiring, run_wiring_free)
#define cleanup_wiring CLEANUP(run_wiring)

/**
 * From a record to a run's networks. Both borrow from the record.
 *
 * @return WCOW_CONFLICT if the network of a container is to be shared that does not run, or that
 *         shares one which its owner has no more
 */
WCOW_CHECKED wcow_status run_wiring_make(wcow_host *host, const record *what, run_wiring *out,
                                         run_networks *networks, wcow_error *err);

/**
 * A run_find_network of a wiring: through the notes of wcow's own networks, at the run itself, so
 * that a network that Windows forgot when it restarted is there again.
 */
run_find_network run_wiring_find;

/** All containers as they are at this moment: those whose monitor died do not run. */
WCOW_CHECKED wcow_status run_wiring_peers(wcow_host *host, catalog *out, wcow_error *err);
/** The names that a container's hosts file is to have: its own, and those that run at this moment.
 */
WCOW_CHECKED wcow_status run_wiring_names(const catalog *all, const record *what, run_wiring *out,
                                          wcow_error *err);

/** The wish for one of a record's networks; `ports` go to the first one. */
run_network run_wiring_of(const record *what, const attachment *a, const port_list *ports);

#endif
