/* SPDX-License-Identifier: MIT */
/** Which isolation a container gets, and whether this host can run its image that way. */
#ifndef WCOW_ENGINE_CONTAINER_ISOLATION_H
#define WCOW_ENGINE_CONTAINER_ISOLATION_H

#include "engine/container/record.h"
#include "engine/host/host.h"

/** Default: process on Windows Server, hyperv on client Windows. */
wcow_isolation isolation_resolve(const wcow_host *host, wcow_isolation wanted);

/**
 * Checks the image's os.version against the host's (hcsshim osversion/platform_compat_windows.go).
 * Unknown versions pass: the service has the last word.
 *
 * @return WCOW_UNSUPPORTED, with a hint that says what would work
 */
WCOW_CHECKED wcow_status isolation_check(const wcow_host *host, wcow_isolation isolation,
                                         const char *image, const char *os_version,
                                         wcow_error *err);

#endif
