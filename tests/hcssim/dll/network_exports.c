/* SPDX-License-Identifier: MIT */
/* The exports of computenetwork.dll. */
#define EXPORTED_CALLS SIM_NETWORK_CALLS
#include "exports.h"
