/* SPDX-License-Identifier: MIT */
/**
 * What travels between vmcompute.dll and hcssim.exe: JSON messages over a named pipe, each with its
 * length (32 bits, little-endian) before it. The first message of a connection says what it is for:
 *
 *   {"open":"session"}             → {"session":17}; notifications come on it, and its end is the
 *                                    end of the client
 *   {"open":"call","session":17}   → {"session":17}; then request, reply, request, reply…
 *   {"open":"control"}             → {}; then {"control":"leftovers"} → {"hr":0,…}; for ci/sim
 *
 * A notification is {"callback":5,"type":1,"hr":0,"data":"{…}"}.
 */
#ifndef HCSSIM_SERVICE_WIRE_H
#define HCSSIM_SERVICE_WIRE_H

#include <stdbool.h>
#include <windows.h>

#include <cjson/cJSON.h>

#define WIRE_PIPE L"\\\\.\\pipe\\hcssim"

/** One end of a connection. One thread may send while another receives. */
typedef struct wire {
    HANDLE pipe; /* opened with FILE_FLAG_OVERLAPPED */
    HANDLE sent, received;
    CRITICAL_SECTION sending;
} wire;

/** Takes the pipe over; NULL (and the pipe closed) when out of memory or handles. */
wire *wire_new(HANDLE pipe);
/** Connects to the service and opens the connection with `opening`; NULL if nobody answers. */
wire *wire_connect(const cJSON *opening, cJSON **answer);
bool wire_send(wire *w, const cJSON *message);
/** The next message; NULL at the end of the connection. */
cJSON *wire_receive(wire *w);
/** Makes both directions fail from now on. */
void wire_cancel(wire *w);
void wire_free(wire *w);

#endif
