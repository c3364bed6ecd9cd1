/* SPDX-License-Identifier: MIT */
/** Why a call was refused. */
#ifndef HCSSIM_ENGINE_REFUSAL_H
#define HCSSIM_ENGINE_REFUSAL_H

#include "base/error.h"

/** Why a call was refused; becomes the result document with its ErrorEvents. */
typedef struct refusal {
    int32_t hr; /* 0: not refused */
    char message[512];
    char detail[32]; /* the failed operation, as Attribution names it */
} refusal;

/** Says no: the first reason stays. Returns `hr`. */
int32_t refuse(refusal *why, int32_t hr, const char *format, ...) WCOW_PRINTF(3, 4);
/** The ResultError document of a refusal, in fresh memory. */
char *refusal_document(const refusal *why);

#endif
