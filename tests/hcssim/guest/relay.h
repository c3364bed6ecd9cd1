/* SPDX-License-Identifier: MIT */
/**
 * A thread that passes bytes from one pipe or socket on to another until the first ends, then
 * closes both: the standard streams of a container's process on their way to the client.
 */
#ifndef HCSSIM_GUEST_RELAY_H
#define HCSSIM_GUEST_RELAY_H

#include <stdbool.h>
#include <windows.h>
#include <winsock2.h>

/** A pipe (overlapped handle) or, with handle NULL, a socket. */
typedef struct relay_end {
    HANDLE handle;
    SOCKET socket;
} relay_end;

typedef struct relay relay;

#define RELAY_PIPE(h)   ((relay_end){(h), INVALID_SOCKET})
#define RELAY_SOCKET(s) ((relay_end){NULL, (s)})

/** Both ends are the relay's from then on, also when it fails (NULL). */
relay *relay_start(relay_end from, relay_end to);
/** May change what is passed on, within its `size`; returns how much of it is left. */
typedef DWORD relay_filter(void *context, char *bytes, DWORD size);
relay *relay_start_filtered(relay_end from, relay_end to, relay_filter *filter, void *context);
/** Passes on what has already been written to `from`, then ends. */
void relay_finish(relay *r);
/** Whether it has ended within that time. */
bool relay_wait(relay *r, DWORD milliseconds);
/** Lets go of it; it runs on until its ends close. NULL is fine. */
void relay_free(relay *r);

#endif
