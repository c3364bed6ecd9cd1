/* SPDX-License-Identifier: MIT */
/**
 * What containerd says for a container and this shim does not heed: of options and annotations that
 * are meant for shims of Windows, since others' are many. No error, but the first thing that is
 * looked for when a setting does nothing.
 */
#ifndef WCOW_SHIM_CONTAINER_UNHEEDED_H
#define WCOW_SHIM_CONTAINER_UNHEEDED_H

#include "base/json.h"
#include "shim/wire/message.h"

/** Adds numbers of fields of containerd.runhcs.v1.Options that are none of ours: " 8 9". */
void unheeded_options(wire_bytes options, text *out);
/** Adds names of annotations for which `heeds` says no: " io.microsoft.x". */
void unheeded_annotations(const cJSON *annotations, bool (*heeds)(const char *name), text *out);

#endif
