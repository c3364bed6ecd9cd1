/* SPDX-License-Identifier: MIT */
/** Processes in compute systems. Safe to use from several threads, but for compute_process_close().
 */
#ifndef WCOW_HCS_PROCESS_H
#define WCOW_HCS_PROCESS_H

#include "hcs/system.h"

typedef struct compute_process compute_process;

/**
 * Starts a process.
 *
 * @param document  see process_document_new()
 * @param[out] io   its streams, from then on the caller's; NULL where the document asked for none
 * @param[out] out  to be closed with compute_process_close(), before the system
 * @return WCOW_COMMAND_NOT_FOUND, WCOW_COMMAND_NOT_RUNNABLE, WCOW_STOPPED…
 */
WCOW_CHECKED wcow_status compute_process_create(compute_system *system, const char *document,
                                                hcs_process_io *io, compute_process **out,
                                                wcow_error *err);

/** Opens a process that runs already; its streams stay with who created it. */
WCOW_CHECKED wcow_status compute_process_open(compute_system *system, uint32_t pid,
                                              compute_process **out, wcow_error *err);

/** Closes the handle; NULL is fine. The process goes on. */
void compute_process_close(compute_process *process);

uint32_t compute_process_id(const compute_process *process);

/** As long as a wait for its end would go on, or so many milliseconds: whether that would be over.
 */
bool compute_process_ends_within(compute_process *process, uint32_t milliseconds);
/**
 * Who waits for its end elsewhere: called whenever compute_process_ends_within() may have become
 * true, on any thread; it must not block. NULL: nobody does, and none runs any more.
 */
void compute_process_wake_also(compute_process *process, void (*wake)(void *), void *context);

/**
 * Waits for its end and tells its exit code, all 32 bits.
 *
 * @return WCOW_TIMEOUT; WCOW_UNAVAILABLE if the service is gone; WCOW_EXIT_UNKNOWN if it has ended
 *         and its code cannot be learnt (the system broke down, the service's own wait failed)
 */
WCOW_CHECKED wcow_status compute_process_wait(compute_process *process, uint32_t milliseconds,
                                              uint32_t *exit_code, wcow_error *err);

/** Whether its end was notified. */
bool compute_process_exited(compute_process *process);

/** Tells the process that its standard input has ended. One that has exited is a success. */
WCOW_CHECKED wcow_status compute_process_close_input(compute_process *process, wcow_error *err);

/** Sets the size of its console. */
WCOW_CHECKED wcow_status compute_process_resize(compute_process *process, uint16_t height,
                                                uint16_t width, wcow_error *err);

/**
 * Sends a signal: "CtrlC", "CtrlBreak", "CtrlClose", "CtrlLogOff", "CtrlShutdown". May block until
 * the process ends (Server Core does that), so call it from a thread that can wait.
 *
 * @param[out] delivered  false if it has ended or is ending; may be NULL
 * @return WCOW_UNSUPPORTED where the build has no HcsSignalProcess (before 17763)
 */
WCOW_CHECKED wcow_status compute_process_signal(compute_process *process, const char *signal,
                                                bool *delivered, wcow_error *err);

/**
 * Terminates it, through a second handle: the service serialises what is sent to one pid on one
 * system handle, so a kill would wait behind a blocked signal. One that has exited is a success.
 */
WCOW_CHECKED wcow_status compute_process_kill(compute_process *process, wcow_error *err);
/** The same of a process that is not worth its container: where there is no second handle to be
 * had, that fails, and does not terminate the whole system instead. */
WCOW_CHECKED wcow_status compute_process_kill_alone(compute_process *process, wcow_error *err);

DEFINE_CLEANUP(compute_process, compute_process *, compute_process_close)
#define cleanup_process CLEANUP(compute_process)

#endif
