/* SPDX-License-Identifier: MIT */
/** The process that gives back what `delete` had no time for. */
#ifndef WCOW_SHIM_HOST_RELEASE_HELPER_H
#define WCOW_SHIM_HOST_RELEASE_HELPER_H

#include "shim/host/invocation.h"

/** Starts it; it needs nobody any more. `in` is what we were called with. */
WCOW_CHECKED wcow_status release_helper_start(const shim_invocation *in, const char *bundle,
                                              wcow_error *err);

#endif
