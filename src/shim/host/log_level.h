/* SPDX-License-Identifier: MIT */
/** How much the shim's log tells: containerd's levels, by name and by number. */
#ifndef WCOW_SHIM_HOST_LOG_LEVEL_H
#define WCOW_SHIM_HOST_LOG_LEVEL_H

#include "shim/wire/message.h"

/** As BootstrapParams numbers them: what matters more has the higher number. */
typedef enum shim_level {
    SHIM_TRACE = -8,
    SHIM_DEBUG = -4,
    SHIM_INFORM = 0,
    SHIM_WARN = 4,
    SHIM_ERROR = 8,
} shim_level;

/** A level by logrus' name ("debug", "warning"); false: there is none of that name. */
bool shim_level_read(wire_bytes name, shim_level *out);
/** The nearest level of a number that may come from a later containerd. */
shim_level shim_level_from_number(int32_t number);
const char *shim_level_name(shim_level level);

#endif
