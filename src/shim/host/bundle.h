/* SPDX-License-Identifier: MIT */
/** What containerd wrote into the folder of a task, and reads there. */
#ifndef WCOW_SHIM_HOST_BUNDLE_H
#define WCOW_SHIM_HOST_BUNDLE_H

#include "base/json.h"
#include "port/files.h"

/** The specification, config.json. WCOW_NOT_FOUND if there is none. */
WCOW_CHECKED wcow_status bundle_read(files_port *files, const char *folder, cJSON **out,
                                     wcow_error *err);
/** The pid that shim.pid has; 0: it cannot be read. */
uint32_t bundle_shim_pid(files_port *files, const char *folder);
/** The server's pipe, as bundle_write() wrote it; to be freed. NULL: it cannot be read. */
char *bundle_address(files_port *files, const char *folder);
/** Writes shim.pid and address. */
WCOW_CHECKED wcow_status bundle_write(files_port *files, const char *folder, uint32_t pid,
                                      const char *address, wcow_error *err);
#endif
