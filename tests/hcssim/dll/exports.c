/* SPDX-License-Identifier: MIT */
/* The exports of vmcompute.dll. */
#define EXPORTED_CALLS SIM_CALLS
#include "exports.h"
