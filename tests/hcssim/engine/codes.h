/* SPDX-License-Identifier: MIT */
/** Results and notifications of the service, as vmcompute.dll gives them. */
#ifndef HCSSIM_ENGINE_CODES_H
#define HCSSIM_ENGINE_CODES_H

#include "base/error.h"

/* Codes as vmcompute.dll gives them (0xC037…; those that only the newer numbering has: 0x8037…). */
#define SIM_E_PENDING           ((int32_t)0xC0370103)
#define SIM_E_INVALID_STATE     ((int32_t)0xC0370105)
#define SIM_E_UNEXPECTED_EXIT   ((int32_t)0xC0370106)
#define SIM_E_IMAGE_MISMATCH    ((int32_t)0xC0370101)
#define SIM_E_INVALID_JSON      ((int32_t)0xC037010D)
#define SIM_E_SYSTEM_NOT_FOUND  ((int32_t)0xC037010E)
#define SIM_E_ALREADY_EXISTS    ((int32_t)0xC037010F)
#define SIM_E_ALREADY_STOPPED   ((int32_t)0xC0370110)
#define SIM_E_INVALID_LAYER     ((int32_t)0xC0370112)
#define SIM_E_DISCONNECTED      ((int32_t)0x8037011E)
#define SIM_E_PROCESS_STOPPED   ((int32_t)0x8037011F)
#define SIM_E_ENDPOINT_ATTACHED ((int32_t)0x803B0014)
#define SIM_E_INVALID_HANDLE    HR_FROM_WIN32(6)

enum {
    SIM_SYSTEM_EXITED = 0x1,
    SIM_CREATE_COMPLETED = 0x2,
    SIM_START_COMPLETED = 0x3,
    SIM_PAUSE_COMPLETED = 0x4,
    SIM_RESUME_COMPLETED = 0x5,
    SIM_SAVE_COMPLETED = 0x8,
    SIM_PROCESS_EXITED = 0x10000,
    SIM_SERVICE_DISCONNECT = 0x01000000
};

#define SIM_FIRST_BUILD_WITH_V2 17763

#endif
