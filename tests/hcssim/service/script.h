/* SPDX-License-Identifier: MIT */
/** Linux programs: no handle, no exit code, no pipes; they speak through files. */
#ifndef HCSSIM_SERVICE_SCRIPT_H
#define HCSSIM_SERVICE_SCRIPT_H

#include <stdbool.h>
#include <stdint.h>
#include <wchar.h>

/** Starts guest/vm.sh with these arguments. */
int32_t script_run(const wchar_t *arguments);
/** Makes a symbolic link to a folder of the host, in an existing folder. */
int32_t script_link(const wchar_t *target, const wchar_t *path);
/** Removes one; Wine itself would remove what it leads to. */
int32_t script_unlink(const wchar_t *path);
/** Whether a folder is such a link: Wine shows them as reparse points. */
bool script_is_link(const wchar_t *path);

/** Removes a file that Wine does not: another prefix has the same one open. */
int32_t script_remove(const wchar_t *path);
/** Linux' name of it; fresh memory. */
wchar_t *script_unix_path(const wchar_t *path);

/**
 * Makes a drive of this host that leads to a folder of Linux, or (NULL) removes it. Such a letter
 * is everybody's: HR_FROM_WIN32(85) if it is taken.
 */
int32_t script_drive(wchar_t letter, const wchar_t *unix_folder);

#endif
