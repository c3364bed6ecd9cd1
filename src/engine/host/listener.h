/* SPDX-License-Identifier: MIT */
/** Whoever is told of a long operation through <wcow/…>: one of its callbacks as a sink. */
#ifndef WCOW_ENGINE_HOST_LISTENER_H
#define WCOW_ENGINE_HOST_LISTENER_H

#include <wcow/image.h>

#include "base/cleanup.h"
#include "base/progress.h"

/** Zero is "not open". */
typedef struct listener {
    progress_sink sink;
    wcow_transfer_fn *events; /* either of them, or none */
    wcow_progress_fn *steps;
    void *context;
    bool open;
} listener;

/** Opens it in place: it holds pointers into itself. Both callbacks may be NULL. */
WCOW_CHECKED wcow_status listener_open(listener *out, wcow_transfer_fn *events,
                                       wcow_progress_fn *steps, void *context, wcow_error *err);
void listener_close(listener *l);

DEFINE_CLEANUP_VALUE(listener, listener, listener_close)
#define cleanup_listener CLEANUP(listener)

#endif
