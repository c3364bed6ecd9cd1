/* SPDX-License-Identifier: MIT */
/** The pipe of hcssim.exe: clients' sessions and calls, and questions of ci/sim. */
#ifndef HCSSIM_SERVICE_SERVER_H
#define HCSSIM_SERVICE_SERVER_H

#include <stdint.h>
#include <windows.h>

#include "tests/hcssim/engine/sim.h"

/** Serves until `stop` is set. */
int32_t server_run(sim *s, HANDLE stop);

#endif
