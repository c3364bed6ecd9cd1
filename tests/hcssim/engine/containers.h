/* SPDX-License-Identifier: MIT */
/** The meaning of a create document. */
#ifndef HCSSIM_ENGINE_CONTAINERS_H
#define HCSSIM_ENGINE_CONTAINERS_H

#include "systems.h"

/** Reads a create document into a spec and refuses what makes no sense; not under the lock. */
int32_t container_read(sim *s, const cJSON *document, system_spec *out, refusal *why);

#endif
