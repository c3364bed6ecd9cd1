/* SPDX-License-Identifier: MIT */
/**
 * The simulated Host Compute Service: the behaviour, portable, without a transport.
 *
 * A call is a JSON object {"call":"HcsOpenComputeSystem","id":"web"} and its reply another
 * {"hr":0,"system":17} or {"hr":-1070137074,"result":"{…}"}; so the journal, the fault injection,
 * the pipe to the DLL and the in-process fake all speak of the same thing. Member names are the
 * parameter names of the exports in reference order; engine/calls.h lists them.
 *
 * Used in-process by the native tests (tests/hcssim/fake) and by hcssim.exe under Wine
 * (tests/hcssim/service) behind vmcompute.dll (tests/hcssim/dll).
 */
#ifndef HCSSIM_ENGINE_SIM_H
#define HCSSIM_ENGINE_SIM_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include <cjson/cJSON.h>

#include "machine.h"

typedef struct sim sim;

/** How the simulated host behaves. Zero is the default everywhere. */
typedef struct sim_options {
    uint32_t build;    /* Windows build; 0: 20348 */
    bool synchronous;  /* create, start… complete at once instead of pending + notification */
    const char *state; /* folder for what survives a restart (mounted layers); NULL: memory only */
    const char *journal; /* file for the journal; NULL: kept in memory, see sim_journal() */
    const char *faults;  /* file with faults, read anew at every call; NULL: only sim_fault() */
    uint32_t notify_delay_ms; /* before every notification */
    uint32_t shutdown_ms;     /* what a guest leaves its processes when it shuts down; 0: 5000 */
    bool keep_orphans;        /* a system outlives its last handle, whatever its document wishes */
} sim_options;

/** Starts a simulated service. The machine stays the caller's and must outlive it. */
sim *sim_new(const sim_options *options, sim_machine *machine);
/** Ends it: terminates systems, joins threads. Returns how many handles clients had left open. */
size_t sim_free(sim *s);

/**
 * A notification: `callback` is the number that the registering call returned. Called on a thread
 * of the engine with none of its locks held, in order within one session.
 */
typedef void sim_notify(void *context, uint64_t callback, uint32_t type, int32_t hr,
                        const char *data);

/** A client process appears. */
uint64_t sim_session_open(sim *s, uint32_t pid, sim_notify *notify, void *context);
/** It goes, or died: its handles are closed, terminate-on-last-handle-closed is honoured. */
void sim_session_close(sim *s, uint64_t session);
/** Open handles of a session (systems, processes, registrations). */
size_t sim_session_handles(sim *s, uint64_t session);

/** Carries out one call; thread-safe, may block. The reply is the caller's. Never NULL. */
cJSON *sim_call(sim *s, uint64_t session, const cJSON *request);

/**
 * Injects a fault: one JSON object, the same as a line of the fault file:
 *   {"call":"HcsStartComputeSystem","nth":1,"hr":"0xC0370106","events":true}  the nth call of a
 * name
 *   {"nth":7,"hr":"0x80004005"}            the 7th call of any name, counted from now
 *   {"call":"PrepareLayer","every":true,"hr":"0x80070015"}
 *   {"notify":2,"drop":true} {"notify":1,"delay":500}   a notification of that type
 *   {"kill":true}                          the service dies: ServiceDisconnect, old handles fail
 *   {"nth":7,"kill_client":true}           the calling process is killed (before the call is
 * carried out, or after it with "after":true) "after":true carries the call out and then reports
 * failure. False if it is malformed.
 */
bool sim_fault(sim *s, const char *json);
void sim_faults_clear(sim *s);
/** How many faults were hit since the last clear. */
size_t sim_faults_hit(sim *s);

/** How many calls of that name were carried out since it was started; of those that the journal has
 * forgotten, too, and at no cost that grows with their number. */
size_t sim_calls(sim *s, const char *call);

/** The journal so far (without a file, the last 4096 entries), a JSON array of
 * {"n","session","pid","call",…request…,"reply":{…}}. */
cJSON *sim_journal(sim *s);

/** What is left on the host: {"systems":n,"processes":n,"mounted":[…],"endpoints":n,
 * "namespaces":n,"guards":n,"handles":n}. */
cJSON *sim_leftovers(sim *s);

#endif
