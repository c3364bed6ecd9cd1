/* SPDX-License-Identifier: MIT */
/** What a run takes of the networks: for run.c alone. */
#ifndef WCOW_RUNTIME_RUN_NETWORK_H
#define WCOW_RUNTIME_RUN_NETWORK_H

#include "runtime/run.h"

/** Makes its endpoints, and names them in its configuration. What is made stands in `taken`. */
WCOW_CHECKED wcow_status run_take_networks(run *r, wcow_error *err);

#endif
