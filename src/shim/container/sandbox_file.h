/* SPDX-License-Identifier: MIT */
/** The file in which containerd (2) writes whose pod a container's bundle is of. */
#ifndef WCOW_SHIM_CONTAINER_SANDBOX_FILE_H
#define WCOW_SHIM_CONTAINER_SANDBOX_FILE_H

#include "base/error.h"
#include "port/files.h"

/**
 * Of which sandbox a bundle is; NULL: of none. A file that somebody has open is waited for.
 *
 * @param[out] out  to be freed
 */
WCOW_CHECKED wcow_status bundle_sandbox(files_port *files, const char *bundle, uint64_t deadline,
                                        char **out, wcow_error *err);

#endif
