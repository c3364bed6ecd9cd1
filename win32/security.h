/* SPDX-License-Identifier: MIT */
/** Security descriptors that admit SYSTEM, Administrators and perhaps this user, and nobody else on
 * this host. */
#ifndef WIN32_SECURITY_H
#define WIN32_SECURITY_H

#include <stdbool.h>

#include "platform.h"

typedef enum security_kind {
    SECURITY_PIPE,   /* for one object */
    SECURITY_FOLDER, /* inherited by what is made in it */
    SECURITY_VOLUME, /* the same, and for the accounts of containers */
    /* The same, and not for this user: of an elevated process. */
    SECURITY_ELEVATED_PIPE,
    SECURITY_ELEVATED_FOLDER,
    SECURITY_ELEVATED_VOLUME,
} security_kind;

typedef enum security_object { SECURITY_OF_FILE, SECURITY_OF_PIPE } security_object;

/** The attributes and the descriptor they point to; both live until the process ends. */
int32_t security_private(security_kind kind, SECURITY_ATTRIBUTES **out);
/** The attributes that a token has Administrators with; 0: not at all. */
int32_t security_administrators(HANDLE token, uint32_t *attributes);
/** Whether who has them with these attributes may make them an owner. */
bool security_may_name(uint32_t attributes);
/**
 * Which kind this process's pipes are of, and their names' mutexes: elevated, if it is, and may
 * make Administrators an owner. Both who listens and who connects goes by it.
 */
security_kind security_pipe_kind(void);
/**
 * Whether SYSTEM, Administrators or this user own what is open with READ_CONTROL. A pipe, or the
 * mutex of its name, that this user owns is none of a process's whose own are of the elevated kind:
 * Administrators own those.
 */
int32_t security_is_ours(HANDLE handle, security_object object, bool *out);
/** Whether this is SYSTEM, Administrators, this user (or NULL), or nobody. */
bool security_is_friend(PSID owner, PSID user);
/**
 * Whether others than SYSTEM, Administrators and TrustedInstaller own a file or folder, or may do
 * one of these to it. This user is one of the others: so are the programs that he runs unelevated.
 */
bool security_descriptor_exposes(PSECURITY_DESCRIPTOR descriptor, DWORD rights);
int32_t security_exposes(const wchar_t *path, DWORD rights, bool *out);
/** Whether others than those and this user may put something into a folder, or take something away;
 * the handle is open with READ_CONTROL. */
bool security_descriptor_shares(PSECURITY_DESCRIPTOR descriptor, PSID user);
int32_t security_is_shared(HANDLE handle, bool *out);
/** Switches on backup and restore privileges of the process, error 1314 if it has none; and the
 * security privilege, which it may lack. */
int32_t security_enable_backup(void);
/** Whether that gave the security privilege: audit entries can be read and written. */
bool security_audits(void);

#endif
