/* SPDX-License-Identifier: MIT */
/** Names of pipes as other programs write them down. */
#ifndef WCOW_BASE_PIPE_NAME_H
#define WCOW_BASE_PIPE_NAME_H

#include <stdint.h>

/**
 * The NAME in \\.\pipe\NAME: a name below that, which may have parts ("ProtectedPrefix\…").
 * containerd and its clients write it with either slash and with "npipe:" or "npipe://" before it.
 *
 * Refused is what would lead elsewhere: another computer's pipe (\\server\pipe\…), a path that is
 * none, and one with "." or ".." among its parts, since Windows resolves those in \\.\ paths, too,
 * and would open a file.
 *
 * @param[out] name  in fresh memory, with '\'
 * @return HR_INVALID_PARAMETER if it is no pipe of this computer, HR_OUT_OF_MEMORY
 */
int32_t pipe_name_parse(const char *address, char **name);

#endif
