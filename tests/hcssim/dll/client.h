/* SPDX-License-Identifier: MIT */
/** The inside of vmcompute.dll: carrying a call to the service and its notifications back. */
#ifndef HCSSIM_DLL_CLIENT_H
#define HCSSIM_DLL_CLIENT_H

#include <stdbool.h>
#include <stdint.h>
#include <windows.h>

#include <cjson/cJSON.h>

#include "tests/hcssim/engine/calls.h"

/* What a client of a stopped service gets: vmcompute.dll is an RPC client, so it is RPC that fails.
 */
#define HR_SERVER_UNAVAILABLE ((int32_t)0x800706BA) /* RPC_S_SERVER_UNAVAILABLE */
#define HR_CALL_FAILED        ((int32_t)0x800706BE) /* RPC_S_CALL_FAILED: it went away meanwhile */

typedef void CALLBACK notification_callback(DWORD type, void *context, HRESULT status, PCWSTR data);

typedef struct driver_info {
    int flavour;
    PCWSTR home;
} driver_info;

typedef struct layer_descriptor {
    GUID id;
    ULONG flags;
    PCWSTR path;
} layer_descriptor;

typedef struct process_information {
    DWORD pid, reserved;
    HANDLE in, out, err;
} process_information;

_Static_assert(sizeof(process_information) == 32, "HCS_PROCESS_INFORMATION");
_Static_assert(sizeof(layer_descriptor) == 32, "WC_LAYER_DESCRIPTOR");
_Static_assert(sizeof(driver_info) == 16, "DRIVER_INFO");

/** One call with its C arguments, from the export to the reply: marshal.c. */
HRESULT client_call(const sim_export *what, const uintptr_t *arguments);

/** Sends a request and returns the reply, or NULL and why: connection.c. */
cJSON *connection_call(const cJSON *request, int32_t *hr);

/* privileges.c: whether this process may have a layer imported or exported */
bool privileges_suffice(const char *call);

/* notifications.c */
HRESULT notifications_add(uint64_t number, notification_callback *call, void *context);
/** Returns when none of its callbacks runs any more. */
void notifications_remove(uint64_t number);
/** One that came from the service. */
void notifications_take(const cJSON *message);
/** The service has gone: ServiceDisconnect to all. */
void notifications_disconnect(void);

/* hooks.c: gives this process what Wine does not have */
void hooks_install(void);

#endif
