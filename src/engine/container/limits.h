/* SPDX-License-Identifier: MIT */
/** What a container may take of the machine: Docker's limits, as the service counts them. */
#ifndef WCOW_ENGINE_CONTAINER_LIMITS_H
#define WCOW_ENGINE_CONTAINER_LIMITS_H

#include <wcow/container.h>

#include "base/strings.h"
#include "oci/runtime_spec.h"

/**
 * Refuses limits that are out of their range or contradict each other, and drops those that another
 * one takes the place of: with process isolation the service takes one of count, shares and
 * percent, in this order.
 *
 * @param processors  of the machine
 * @param warnings    what was dropped, in Docker's words
 */
WCOW_CHECKED wcow_status limits_settle(wcow_container_spec *spec, wcow_isolation isolation,
                                       uint32_t processors, string_list *warnings, wcow_error *err);

/** Settled limits → those of the configuration. */
void limits_to_oci(const wcow_container_spec *spec, wcow_isolation isolation, uint32_t processors,
                   oci_config *out);

#endif
