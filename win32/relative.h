/* SPDX-License-Identifier: MIT */
/**
 * Opening names relative to an open folder, so that no link can lead out of it: NtCreateFile with
 * OBJ_DONT_REPARSE, as hcsshim internal/safefile does it.
 */
#ifndef WIN32_RELATIVE_H
#define WIN32_RELATIVE_H

#include "platform.h"

#include <winternl.h>

/**
 * How to open: SYNCHRONIZE, backup intent and "the link itself" are added. HR_SHARING_VIOLATION,
 * after a moment, if somebody has an oplock on it and does not give it back.
 */
typedef struct open_how {
    ACCESS_MASK access;
    ULONG share;
    ULONG disposition; /* FILE_OPEN, FILE_CREATE */
    ULONG options;     /* FILE_DIRECTORY_FILE, FILE_NON_DIRECTORY_FILE or 0 */
    ULONG attributes;  /* of what is made */
} open_how;

/** A valid tree name (port/tree_name.h). HR_REPARSE_POINT if a folder on the way is a link. */
int32_t relative_open(HANDLE root, const char *name, const open_how *how, HANDLE *out);
/** The same with the right to audit entries, where this process and the file system grant it: it is
 * needed for descriptors that have some. */
int32_t relative_open_audited(HANDLE root, const char *name, const open_how *how, HANDLE *out);
/** The folder that holds `name`, and the last component, borrowed from `name`. */
int32_t relative_open_parent(HANDLE root, const char *name, ACCESS_MASK access, HANDLE *out,
                             const char **base);
/** One name in an open folder, as it was listed, whatever it is made of. */
int32_t relative_open_child(HANDLE folder, const char *name, const open_how *how, HANDLE *out);

#endif
