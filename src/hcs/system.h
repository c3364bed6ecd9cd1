/* SPDX-License-Identifier: MIT */
/**
 * Compute systems: the containers of the Host Compute Service. A compute_system is one handle to
 * one; it hides which calls complete at once and which by a notification. Safe to use from several
 * threads, but for compute_system_close(), which must be the last call.
 */
#ifndef WCOW_HCS_SYSTEM_H
#define WCOW_HCS_SYSTEM_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/cleanup.h"
#include "base/json.h"
#include "port/hcs.h"

typedef struct compute_system compute_system;

/** How long to wait for the service, in milliseconds. */
typedef struct compute_timeouts {
    uint32_t create;
    uint32_t start;
    uint32_t pause; /* and resume */
    uint32_t exit;  /* after a terminate */
} compute_timeouts;

/* hcsshim's and moby's: four minutes a call, five for the end of a terminated system. */
#define COMPUTE_TIMEOUTS_INIT                                                                      \
    {                                                                                              \
        240000, 240000, 240000, 300000                                                             \
    }

/** For the waits: until it happens. */
#define COMPUTE_FOREVER UINT32_MAX

/**
 * Creates a compute system and waits until that is complete. On failure nothing is left of it.
 *
 * @param document  see hcs/document.h
 * @param timeouts  NULL: COMPUTE_TIMEOUTS_INIT
 * @param[out] out  to be closed with compute_system_close()
 */
WCOW_CHECKED wcow_status compute_system_create(hcs_port *port, const char *id, const char *document,
                                               const compute_timeouts *timeouts,
                                               compute_system **out, wcow_error *err);

/** Opens one more handle to an existing system. WCOW_NOT_FOUND if there is none of that id. */
WCOW_CHECKED wcow_status compute_system_open(hcs_port *port, const char *id,
                                             const compute_timeouts *timeouts, compute_system **out,
                                             wcow_error *err);

/**
 * Closes the handle; NULL is fine. Its processes must have been closed before. The system goes on,
 * unless it was the last handle and the document said TerminateOnLastHandleClosed.
 */
void compute_system_close(compute_system *system);

const char *compute_system_id(const compute_system *system);

/** Starts it and waits until it runs. WCOW_STOPPED if it ended while starting. */
WCOW_CHECKED wcow_status compute_system_start(compute_system *system, wcow_error *err);

/** Pause and resume (Hyper-V isolation); waits until done. */
WCOW_CHECKED wcow_status compute_system_pause(compute_system *system, wcow_error *err);
WCOW_CHECKED wcow_status compute_system_resume(compute_system *system, wcow_error *err);

/**
 * Asks it to shut down, or ends it. Both return at once; compute_system_wait() tells when it is
 * done. One that has stopped or is gone already is a success.
 */
WCOW_CHECKED wcow_status compute_system_shutdown(compute_system *system, wcow_error *err);
WCOW_CHECKED wcow_status compute_system_terminate(compute_system *system, wcow_error *err);

/**
 * Waits for its end.
 *
 * @return WCOW_OK when it ended, however it did; WCOW_TIMEOUT; WCOW_UNAVAILABLE if the service is
 * gone
 */
WCOW_CHECKED wcow_status compute_system_wait(compute_system *system, uint32_t milliseconds,
                                             wcow_error *err);

/**
 * Brings it to its end: shutdown, wait, and if that fails or takes longer than `milliseconds`,
 * terminate and wait again (timeouts.exit). With 0 it is terminated at once.
 */
WCOW_CHECKED wcow_status compute_system_stop(compute_system *system, uint32_t milliseconds,
                                             wcow_error *err);

/** Whether its end was notified, and with which HRESULT (0xC0370106: unexpected). */
bool compute_system_exited(compute_system *system, int32_t *hr);

/**
 * Properties of it, as the service tells them: {"Statistics":{…}}, {"ProcessList":[…]}; the basic
 * ones (Id, State, Stopped, RuntimeOsType…) are always there.
 *
 * @param types  NULL-terminated PropertyTypes, or NULL for the basic ones only
 */
WCOW_CHECKED wcow_status compute_system_properties(compute_system *system, const char *const *types,
                                                   cJSON **out, wcow_error *err);

/** Sends a modify request (v1 or v2 document). */
WCOW_CHECKED wcow_status compute_system_modify(compute_system *system, const char *request,
                                               wcow_error *err);

/**
 * The systems that exist on this host: an array of basic properties.
 *
 * @param build  of Windows: before 16299 the service fails for a moment while a container ends, so
 *               it is asked again, for 5 s (moby's windows graph driver does so)
 * @param owner  only those of this Owner; NULL: all
 */
WCOW_CHECKED wcow_status compute_systems(hcs_port *port, uint32_t build, const char *owner,
                                         cJSON **out, wcow_error *err);

/**
 * Opens a leftover system, terminates it, waits for its end and closes it. One that is not there is
 * a success.
 */
WCOW_CHECKED wcow_status compute_system_destroy(hcs_port *port, const char *id,
                                                const compute_timeouts *timeouts, wcow_error *err);

DEFINE_CLEANUP(compute_system, compute_system *, compute_system_close)
#define cleanup_system CLEANUP(compute_system)

#endif
