/* SPDX-License-Identifier: MIT */
/**
 * A host with a Host Compute Service, and a base layer on it, for contract_hcs and
 * contract_storage. Three of them: the in-process fake (host_fake.c); Windows, real or simulated,
 * through win32 (host_windows.c). On a real one WCOW_CONTRACT_LAYERS names the layer folders to
 * use, topmost first, with ';' between them, since a base layer cannot be made by hand there.
 */
#ifndef CONTRACT_HOST_H
#define CONTRACT_HOST_H

#include "base/strings.h"
#include "port/files.h"
#include "port/hcs.h"
#include "port/storage.h"

#define HOST_LAYERS 8

typedef struct contract_host {
    hcs_port *hcs;
    storage_port *storage;
    files_port *files;
    char folder[512];  /* of the test's own, empty at first but for the base */
    string_list paths; /* layer folders, topmost first */
    layer_descriptor layers[HOST_LAYERS];
    size_t layer_count;
    bool real; /* not simulated */
} contract_host;

/** Opens ports and layers; aborts the test when that fails. */
void contract_host_open(contract_host *host);
/** Ends it; returns how many handles of the service were left open, where that can be told. */
size_t contract_host_close(contract_host *host);

/* ---- what a variant provides ---- */

/** Opens the ports, fills in `folder` and perhaps `paths`. */
void variant_open(contract_host *host);
/** Puts the programs cat, exit, flood and stuck (with .exe) into a folder. */
void variant_copy_programs(contract_host *host, const char *folder);
/** Frees the ports hcs and storage and removes the folder. */
size_t variant_close(contract_host *host);

/** A path below the host's folder, malloc'ed; '\' in it becomes the separator. */
char *host_path(const contract_host *host, const char *name);

#endif
