/* SPDX-License-Identifier: MIT */
/** What stands behind a wcow_host: the root folder and the ports, each opened when first needed. */
#ifndef WCOW_CONTAINER_HOST_H
#define WCOW_CONTAINER_HOST_H

#include <pthread.h>
#include <stdbool.h>

#include <wcow/host.h>

#include "port/files.h"
#include "port/hcs.h"
#include "port/storage.h"

struct wcow_host {
    char *root;
    pthread_mutex_t lock; /* guards the opening of the ports */
    hcs_port *hcs;        /* NULL until host_hcs() */
    storage_port *storage;
    files_port *files;
    bool borrowed; /* the ports belong to a test and are not freed */
};

/** For tests: a host on given ports, which stay the caller's. */
WCOW_CHECKED wcow_status host_new(const char *root, hcs_port *hcs, storage_port *storage,
                                  files_port *files, wcow_host **out, wcow_error *err);

/**
 * The ports; opened at the first call. Failures say what to do: no service (not Windows, feature not
 * installed), not elevated.
 */
WCOW_CHECKED wcow_status host_hcs(wcow_host *host, hcs_port **out, wcow_error *err);
WCOW_CHECKED wcow_status host_storage(wcow_host *host, storage_port **out, wcow_error *err);
WCOW_CHECKED wcow_status host_files(wcow_host *host, files_port **out, wcow_error *err);

#endif
