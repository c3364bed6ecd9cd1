/* SPDX-License-Identifier: MIT */
/** The file system of a container's disk. */
#ifndef WIN32_SCRATCH_VOLUME_H
#define WIN32_SCRATCH_VOLUME_H

#include <stdbool.h>
#include <stdint.h>

#include "port/storage.h"

/**
 * Whether ExpandSandboxSize of this build leaves the file system behind, so that PrepareLayer fails
 * with 0x80070057: Windows 10 1903, 1909 and first builds of 2004 (hcsshim,
 * wclayer/expandscratchsize.go). Others grow it in PrepareLayer.
 */
bool scratch_volume_lags(uint32_t build);

/** Grows it to its partition: attaches the disk of the layer for that time. */
int32_t scratch_volume_grow(storage_port *port, const char *layer);

/** OpenVirtualDisk without any access, by the file's extension. */
int32_t disk_open(const char *vhdx, uint32_t flags, void **disk);
/** Of virtdisk.dll; NULL with the last error set. */
void (*disk_function(const char *name))(void);

#endif
