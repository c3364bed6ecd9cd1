/* SPDX-License-Identifier: MIT */
/** Names of the host's files as clients may write them. */
#ifndef HCSSIM_SERVICE_HOST_PATH_H
#define HCSSIM_SERVICE_HOST_PATH_H

#include <windows.h>

/**
 * A path for Wine's file calls: "\\?\Volume{guid}\folder", as containerd writes the sources of
 * mounts, becomes "C:\folder". Others stay, and so do volumes without a letter. Fresh memory.
 */
wchar_t *host_path(const char *path);

#endif
