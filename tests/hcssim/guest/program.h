/* SPDX-License-Identifier: MIT */
/**
 * Finding a container's program and making its environment, as the guest's compute service does.
 *
 * `root` is the folder of the host that is C:\ inside (process isolation), or NULL where C:\ really
 * is the container's (the utility VM).
 */
#ifndef HCSSIM_GUEST_PROGRAM_H
#define HCSSIM_GUEST_PROGRAM_H

#include <stdint.h>
#include <wchar.h>

/** Where a path of the container lies for this process; fresh memory. */
wchar_t *program_path(const wchar_t *root, const wchar_t *path);

/**
 * Finds the program that CreateProcess would start in the container: `application`, or else the
 * first word of the command line, looked for in the directory, System32, Windows and PATH.
 * HR_FROM_WIN32(2) if it is not there.
 */
int32_t program_find(const wchar_t *root, const wchar_t *application, const wchar_t *command_line,
                     const wchar_t *directory, const wchar_t *path, wchar_t **out);

/** A block for CreateProcess: what every Windows container has, and then `entries` ("K=v"). */
wchar_t *program_environment(const char *hostname, const char *user, const char *const *entries);
/**
 * The block for a program in a volume that is not C: itself: its PATH starts with the folders in
 * the volume, so that what it starts is the container's, too.
 */
wchar_t *program_search(const wchar_t *root, const wchar_t *block);
/** The value of a variable of such a block; borrowed. */
const wchar_t *program_variable(const wchar_t *block, const wchar_t *name);

#endif
