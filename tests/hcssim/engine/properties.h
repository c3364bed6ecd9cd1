/* SPDX-License-Identifier: MIT */
/**
 * What is told of systems and the service, and what can be changed of them while they run
 * (properties.c, modify.c).
 */
#ifndef HCSSIM_ENGINE_PROPERTIES_H
#define HCSSIM_ENGINE_PROPERTIES_H

#include "systems.h"

/** The basic properties of a system. */
cJSON *properties_basic(const compute_system *system);
sim_handler call_system_properties, call_service_properties, call_modify_system,
    call_modify_service;

#endif
