/* SPDX-License-Identifier: MIT */
/**
 * The folder that a process of a container starts in, which the guest's compute service makes if it
 * is not there: moby's daemon/oci_windows.go leaves it to it.
 */
#ifndef HCSSIM_GUEST_FOLDER_H
#define HCSSIM_GUEST_FOLDER_H

#include <stdint.h>
#include <wchar.h>

/**
 * Finds or makes it. Nothing is made through a link, which may lead out of the container: then, and
 * where a file is in the way, HR_FROM_WIN32(ERROR_DIRECTORY).
 *
 * @param root   see program.h
 * @param wanted as the process's document has it: absolute, with or without a drive
 * @param[out] inside its path as the container sees it, without "." and ".."; fresh memory
 * @param[out] there  the same for this process; fresh memory
 */
int32_t folder_make(const wchar_t *root, const wchar_t *wanted, wchar_t **inside, wchar_t **there);

#endif
