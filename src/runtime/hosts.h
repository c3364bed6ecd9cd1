/* SPDX-License-Identifier: MIT */
/** Names of a container's networks in its hosts file. */
#ifndef WCOW_RUNTIME_HOSTS_H
#define WCOW_RUNTIME_HOSTS_H

#include "network/hosts_file.h"
#include "port/files.h"

#include <wcow/error.h>

/** What stands for an address that is known only then: of the first network's gateway. */
#define HOST_GATEWAY "host-gateway"

/**
 * Writes them into the hosts file of a mounted volume, whether somebody runs in it or not. The
 * volume shows image and scratch as one, so what the image has there is kept, and what is written
 * goes into the scratch.
 *
 * @param gateway  NULL or "": names that want it are left out
 */
WCOW_CHECKED wcow_status hosts_write(files_port *files, const char *volume, const host_name *names,
                                     size_t count, const char *gateway, wcow_error *err);

#endif
