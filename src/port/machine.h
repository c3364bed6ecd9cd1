/* SPDX-License-Identifier: MIT */
/** Facts about this machine and this process, and starting wcow itself. Link-time
 * (win32/machine.c…). */
#ifndef WCOW_PORT_MACHINE_H
#define WCOW_PORT_MACHINE_H

#include <stdbool.h>
#include <stdint.h>

#include "base/cleanup.h"
#include "port/stream.h"

/** RtlGetVersion, and the registry's UBR. All zero on Linux. */
typedef struct machine_version {
    uint32_t major, minor, build, revision;
    bool server; /* wProductType is not VER_NT_WORKSTATION */
} machine_version;

void machine_version_get(machine_version *out);
/** Fresh memory; NULL when unknown. */
char *machine_hostname(void);
char *machine_os_name(void);
uint32_t machine_processors(void);
uint64_t machine_memory(void);
/** Whether the process may use the Host Compute Service: an elevated Administrator or SYSTEM. */
bool machine_elevated(void);
uint32_t machine_process_id(void);
/** The session of this process, which ends with its user's sign-out; 0: that of services. */
uint32_t machine_session(void);
/** Whether a job holds this process, and what it starts, that lets nobody leave it. */
bool machine_bound(void);
/**
 * The calling thread runs before others of its priority from now on, where the system allows it
 * (SetThreadPriority, THREAD_PRIORITY_ABOVE_NORMAL; learn.microsoft.com, "Scheduling Priorities").
 */
void machine_thread_leads(void);
/**
 * A text value (REG_SZ, or REG_EXPAND_SZ as it is) below HKEY_LOCAL_MACHINE, in the view of 64-bit
 * programs; fresh memory. HR_NOT_FOUND's Win32 code 2 if there is no such value. There is nothing
 * on Linux.
 */
int32_t machine_local_value(const char *key, const char *name, char **out);
/** Value of an environment variable in fresh memory; NULL if it is not set. */
char *machine_environment(const char *name);
/** A path as it is from everywhere: this process's folder before a relative one, and no "." or ".."
 * left in it. Fresh memory; NULL when unknown. */
char *machine_whole_path(const char *path);
/** The path of the program that machine_start_self() starts. Fresh memory; NULL when unknown. */
char *machine_program(void);
/**
 * Ends this process at once, by TerminateProcess(): nothing is flushed, no handler is called and no
 * DLL is told, so that it also ends while threads hang in one. ExitProcess(), to which exit() and
 * _Exit() come, waits for the loader's lock, and for whatever a DLL waits for on its detach.
 */
_Noreturn void machine_end(uint32_t code);
/** Where state is kept by default: %ProgramData%\wcow; on Linux $XDG_DATA_HOME/wcow. Fresh memory.
 */
char *machine_default_root(void);

/** A wcow process that this one started, detached: no console, no inherited handle. */
typedef struct machine_child machine_child;

/** Starts this executable with NULL-terminated arguments (without argv[0]). */
int32_t machine_start_self(const char *const *arguments, machine_child **out);
/**
 * The same, with a standard output that this process reads, and no other handle. It ends when the
 * child has closed it, or has ended.
 */
int32_t machine_start_self_heard(const char *const *arguments, machine_child **out, stream **said);
/** Waits for its end; HR_WAIT_TIMEOUT if it still runs. */
int32_t machine_child_wait(machine_child *child, uint32_t milliseconds, uint32_t *exit_code);
uint32_t machine_child_id(const machine_child *child);
/** Ends it at once, with exit code 1; nothing if it has ended. */
void machine_child_kill(machine_child *child);
/**
 * Whether a job of this process's holds it, too: it was to leave that and was not let (no
 * JOB_OBJECT_LIMIT_BREAKAWAY_OK). It may end when the job is closed.
 */
bool machine_child_bound(const machine_child *child);
/** Lets go of it; it runs on. */
void machine_child_free(machine_child *child);

DEFINE_CLEANUP(machine_child, machine_child *, machine_child_free)
#define cleanup_child CLEANUP(machine_child)

#endif
