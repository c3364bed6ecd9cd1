/* SPDX-License-Identifier: MIT */
/**
 * What containerd writes to the standard input of `start`: nothing, an Any with the runtime's
 * options (1.7 to 2.2), or BootstrapParams (from 2.3). Nothing else tells which, so it is decided
 * by content.
 */
#ifndef WCOW_SHIM_HOST_START_INPUT_H
#define WCOW_SHIM_HOST_START_INPUT_H

#include "shim/host/log_level.h"
#include "shim/wire/bootstrap.pb.h"
#include "shim/wire/message.h"

/** containerd's own shims read no more. */
#define START_INPUT_MOST ((size_t)WIRE_MOST_BYTES)

typedef struct start_input {
    bool bootstrap;    /* BootstrapParams: who asks understands an answer of version 3 */
    wire_bytes events; /* containerd's address for events; empty: not told */
    bool has_level;
    shim_level level;
    wire_bytes unknown; /* the type of options that mean nothing to us; empty: there are none */
} start_input;

/**
 * @param bytes  which `out` points into
 * @return WCOW_INVALID if it is neither
 */
WCOW_CHECKED wcow_status start_input_read(wire_bytes bytes, const char *space, const char *id,
                                          start_input *out, wcow_error *err);

#endif
