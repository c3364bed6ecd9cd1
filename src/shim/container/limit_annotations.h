/* SPDX-License-Identifier: MIT */
/** Annotations of a container that set its limits, as hcsshim's shim knows them. */
#ifndef WCOW_SHIM_CONTAINER_LIMIT_ANNOTATIONS_H
#define WCOW_SHIM_CONTAINER_LIMIT_ANNOTATIONS_H

#include "base/error.h"
#include "base/json.h"

/**
 * Puts what they say into the configuration's windows.resources, whatever that says, and checks the
 * limits that come of it.
 *
 * @return WCOW_INVALID, WCOW_UNSUPPORTED; the message names the annotation or the member
 */
WCOW_CHECKED wcow_status limit_annotations_apply(cJSON *config, wcow_error *err);
/** Whether it is one of them. */
bool limit_annotations_have(const char *name);

#endif
