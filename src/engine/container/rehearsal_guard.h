/* SPDX-License-Identifier: MIT */
/** The credential guard of a host that is not there: for rehearsal.c alone. */
#ifndef WCOW_ENGINE_CONTAINER_REHEARSAL_GUARD_H
#define WCOW_ENGINE_CONTAINER_REHEARSAL_GUARD_H

#include <stdint.h>

#include "base/json.h"

typedef struct rehearsal_guard {
    cJSON *instances; /* as the service tells of them */
} rehearsal_guard;

void rehearsal_guard_free(rehearsal_guard *r);

/** Carries out a request of HcsModifyServiceSettings. Which it was, for the list of calls. */
const char *rehearsal_guard_change(rehearsal_guard *r, const char *request);
/** What HcsGetServiceProperties tells of it. */
int32_t rehearsal_guard_show(const rehearsal_guard *r, char **out);

#endif
