/* SPDX-License-Identifier: MIT */
/** Instances of the container credential guard (facts §4.3, gMSA). */
#ifndef HCSSIM_ENGINE_GUARDS_H
#define HCSSIM_ENGINE_GUARDS_H

#include "engine.h"

/** HcsModifyServiceSettings of the type ContainerCredentialGuard. */
int32_t guards_change(sim *s, const cJSON *settings, refusal *why);
/** What HcsGetServiceProperties tells of them; fresh. */
cJSON *guards_show(sim *s);
/** Whether a document names one that is there, by its cookie. */
int32_t guards_check(sim *s, const cJSON *state, refusal *why);

#endif
