/* SPDX-License-Identifier: MIT */
/** The journal: every call and every notification. */
#ifndef HCSSIM_ENGINE_JOURNAL_H
#define HCSSIM_ENGINE_JOURNAL_H

#include "sessions.h"

void journal_call(sim *s, const session *client, const cJSON *request, const cJSON *reply);
void journal_notice(sim *s, const session *client, uint64_t callback, const notice *what);

#endif
