/* SPDX-License-Identifier: MIT */
/**
 * The host's end of what travels between it and the agents in the utility VMs: one listening
 * socket, connections told apart by what they greet with.
 */
#ifndef HCSSIM_SERVICE_VM_LINK_H
#define HCSSIM_SERVICE_VM_LINK_H

#include "../guest/link.h"

/** A connection that somebody waits for. */
typedef struct vm_expected {
    link_greeting greeting;
    SOCKET socket; /* INVALID_SOCKET until it came */
    HANDLE came;
    struct vm_expected *next;
} vm_expected;

/** Starts to listen, once. */
int32_t vm_link_open(void);
uint16_t vm_link_port(void);
/** Announces a connection before the agent is told to make it. */
int32_t vm_link_expect(vm_expected *e, const char *token, uint32_t process, uint8_t stream);
/** INVALID_SOCKET if it did not come in time, or `given_up` was set before. */
SOCKET vm_link_wait(vm_expected *e, HANDLE given_up, DWORD milliseconds);

#endif
