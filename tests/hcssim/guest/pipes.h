/* SPDX-License-Identifier: MIT */
/** Pipes for standard streams: our end overlapped, the program's end an ordinary one. */
#ifndef HCSSIM_GUEST_PIPES_H
#define HCSSIM_GUEST_PIPES_H

#include <stdbool.h>
#include <stdint.h>
#include <windows.h>

/**
 * @param we_read   which way it goes
 * @param[out] ours   overlapped, not inheritable, usable with an IO completion port
 * @param[out] theirs not inheritable yet; overlapped if `both` asks for it
 */
int32_t pipes_new(bool we_read, bool both, HANDLE *ours, HANDLE *theirs);
/** Closes if it is a handle and makes it NULL. */
void pipes_close(HANDLE *handle);

#endif
