/* SPDX-License-Identifier: MIT */
/** What a run takes of the networks: for run.c alone. */
#ifndef WCOW_RUNTIME_RUN_NETWORK_H
#define WCOW_RUNTIME_RUN_NETWORK_H

#include "runtime/run.h"

/** Makes its endpoints, and names them in its configuration. What is made stands in `taken`. */
WCOW_CHECKED wcow_status run_take_networks(run *r, wcow_error *err);

/**
 * With schema 2 its endpoints are in a namespace of its own, also if it has none: its id, to be
 * noted before there is one. NULL: it needs none.
 */
WCOW_CHECKED wcow_status run_choose_space(const run_request *what, char **out, wcow_error *err);

/** The namespace that its document names; NULL: none, or the configuration does. */
const char *run_space(const run *r);

#endif
