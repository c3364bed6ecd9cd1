/* SPDX-License-Identifier: MIT */
/** What the tests of the Host Compute Service share: one host a program, and its answers. */
#ifndef CONTRACT_SERVICE_H
#define CONTRACT_SERVICE_H

#include "base/json.h"
#include "container.h"

#define SOON    60000u /* ms: fails only when it never comes */
#define A_WHILE 250u   /* ms: for what must not come */

extern contract_host host;

#define CALL(name, ...) host.hcs->name(host.hcs, __VA_ARGS__)

#define assert_code(expected, call) assert_hr(expected, hresult_normalise(call))

/** The answer as JSON; fails the test if it is none. */
cJSON *service_parse(const char *json);
cJSON *service_properties(hcs_system *system, const char *query);

/** Group fixtures. Closing fails on the fake if something was left open. */
int service_open(void **state);
int service_close(void **state);

#endif
