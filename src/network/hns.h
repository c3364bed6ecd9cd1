/* SPDX-License-Identifier: MIT */
/** One call to the Host Network Service, and reading what it answers. */
#ifndef WCOW_NETWORK_HNS_H
#define WCOW_NETWORK_HNS_H

#include "base/json.h"
#include "port/hcs.h"

/**
 * HNSCall, with both ways to fail: the HRESULT of the call, and {"Success":false,"Error":"…"}
 * within a call that went well. "Not there" in whatever words is WCOW_NOT_FOUND.
 *
 * @param body      NULL: none
 * @param[out] out  the Output, or NULL if there is none; may be NULL if it is of no interest
 */
WCOW_CHECKED wcow_status hns_call(hcs_port *port, const char *method, const char *path,
                                  const char *body, cJSON **out, wcow_error *err);

/**
 * What a call of computenetwork.dll came to: its HRESULT, with the words of its record of an error,
 * {"Success":false,"Error":"…","ErrorCode":…}. Where the DLL is not there: WCOW_UNSUPPORTED.
 */
WCOW_CHECKED wcow_status hcn_check(int32_t hr, const char *record, const char *call,
                                   wcow_error *err);

/** Text of a member in fresh memory, "" if it is not there. Names are compared without case. */
char *hns_member_text(const cJSON *object, const char *name);

#endif
