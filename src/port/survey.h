/* SPDX-License-Identifier: MIT */
/**
 * What only the doctor and its self-test ask of this host and this process, and how the self-test
 * runs wcow as a user would. Link-time (win32/survey.c; on Linux, where there is nothing to survey,
 * all is HR_NOT_SUPPORTED). Failures are HRESULTs.
 */
#ifndef WCOW_PORT_SURVEY_H
#define WCOW_PORT_SURVEY_H

#include <stdbool.h>
#include <stdint.h>

#include "base/strings.h"

/** The Terminal Services session that this process is in (ProcessIdToSessionId): 0 for services. */
int32_t survey_session(uint32_t *session);

/**
 * Whether it is in a job (IsProcessInJob), and with which limits (JobObjectExtendedLimitInformation
 * of the innermost one: JOB_OBJECT_LIMIT_…).
 */
int32_t survey_job(bool *within, uint32_t *limits);

typedef enum privilege_state {
    PRIVILEGE_ABSENT, /* the token does not have it */
    PRIVILEGE_HELD,   /* it could be enabled */
    PRIVILEGE_ENABLED
} privilege_state;

/** How the process's token has a privilege ("SeBackupPrivilege"). */
int32_t survey_privilege(const char *name, privilege_state *out);

typedef struct survey_volume {
    char file_system[32]; /* "NTFS" */
    uint32_t flags;       /* FILE_SUPPORTS_REPARSE_POINTS… */
    uint32_t serial;
} survey_volume;

/** The volume that a path is on (GetVolumePathName, GetVolumeInformation). */
int32_t survey_volume_of(const char *path, survey_volume *out);

/** What is set for good of that volume (FSCTL_QUERY_PERSISTENT_VOLUME_STATE), of these two. */
#define VOLUME_IS_DEV_DRIVE 0x2000u /* PERSISTENT_VOLUME_STATE_DEV_VOLUME */
#define VOLUME_IS_TRUSTED   0x4000u /* PERSISTENT_VOLUME_STATE_TRUSTED_VOLUME */

/** HR_INVALID_PARAMETER on a Windows that knows neither (before Windows 11 22H2). */
int32_t survey_volume_state(const char *path, uint32_t *flags);

/** Names of the file system's filters (FilterFindFirst): antivirus, wcifs, bindflt… */
int32_t survey_filters(string_list *out);

/**
 * Names in a folder, listed with all that Windows tells of a file (FileFullDirectoryInfo), where
 * files_port.list() asks for names alone.
 */
int32_t survey_list(const char *path, string_list *out);

typedef struct survey_token {
    const char *owner;       /* of what it makes: "Administrators", "SYSTEM", "the user",
                                "somebody else": no SID, which would tell who it is */
    bool elevated;           /* TokenElevation */
    uint32_t elevation_type; /* 1: there is no other token; 2: full; 3: limited */
    uint32_t administrators; /* SE_GROUP_… of Administrators; 0: it is not a member */
} survey_token;

/** May make Administrators an owner (SE_GROUP_OWNER). */
#define TOKEN_GROUP_OWNER 0x8u

/** Of this process's token, which depends on how its user came: at a console, by SSH, by WinRM. */
int32_t survey_token_of_process(survey_token *out);

/**
 * Makes a pipe that Administrators own and closes it, as a monitor does that has not switched
 * SeRestorePrivilege on (who has may name any owner): ERROR_INVALID_OWNER (1307) if this token may
 * not.
 */
int32_t survey_administrators_pipe(const char *name);

/**
 * What the service last wrote where HcsCreateProcess was not asked for a stream: 0 (or nothing at
 * all), -1 (INVALID_HANDLE_VALUE). HR_NOT_FOUND if there has been none yet in this process.
 */
int32_t survey_unasked_stream(int64_t *out);

/** dwCurrentState of a service (4: it runs); HR_FROM_WIN32(1060) when there is none of that name.
 */
int32_t survey_service(const char *name, uint32_t *state);

/** Whether a DLL of System32 exports a name: HR_OK, HR_MODULE_NOT_FOUND, HR_PROC_NOT_FOUND. */
int32_t survey_export(const char *dll, const char *name);

/** Starts a service, and waits for nothing (StartService). */
int32_t survey_start_service(const char *name);

/** What this user may still write to the volume that a path is on (GetDiskFreeSpaceEx). */
int32_t survey_free_space(const char *path, uint64_t *bytes);

/**
 * Whether Windows is the root partition of Microsoft's hypervisor (cpuid 0x40000003: it may create
 * partitions), so that utility VMs can be started.
 */
int32_t survey_hypervisor(bool *present);

/**
 * Folders that Defender leaves alone: those set by hand and those of policies (the registry; an
 * administrator may read it, and others not on all builds).
 */
int32_t survey_exclusions(string_list *out);

/** Looks for the address of a name, by whatever the host uses for that (getaddrinfo). */
int32_t survey_resolve(const char *name);

/**
 * The path of this executable, and accounts that may change or replace it or what lies beside it
 * though they are no administrators: names, as Windows shows them.
 */
int32_t survey_program_writers(char **path, string_list *out);

/** Copies this executable to a file, which may exist. */
int32_t survey_copy_self(const char *path);

/** Ends another process at once (TerminateProcess). */
int32_t survey_end_process(uint32_t pid);

/**
 * Runs this executable and waits for its end. Its standard streams are files: pipes would be held
 * open by a monitor that it starts, if that inherited them.
 *
 * @param arguments     NULL-terminated, without argv[0]
 * @param input         a file to read; NULL: nothing (NUL)
 * @param output, error files that are made, or made anew
 * @param milliseconds  how long it may take; then it is ended: HR_WAIT_TIMEOUT
 */
int32_t survey_run_self(const char *const *arguments, const char *input, const char *output,
                        const char *error, uint32_t milliseconds, uint32_t *exit_code);

#endif
