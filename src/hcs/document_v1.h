/* SPDX-License-Identifier: MIT */
/**
 * Documents of the Host Compute Service, version 1 (as Docker's engine sends them on every Windows
 * since 2016), built from an OCI runtime configuration. Source: hcsshim internal/hcs/schema1,
 * internal/hcsoci/hcsdoc_wcow.go, moby daemon/internal/libcontainerd/local/local_windows.go, and
 * documents captured from both (tests/unit/hcs/data).
 */
#ifndef WCOW_HCS_DOCUMENT_V1_H
#define WCOW_HCS_DOCUMENT_V1_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/json.h"
#include "port/storage.h"

/** What a system's document needs beside the configuration. All borrowed. */
typedef struct system_facts {
    const char *id;
    const char *owner;
    /* One for each read-only folder of windows.layerFolders, in its order (topmost first). */
    const layer_descriptor *layers;
    size_t layer_count;
    const char *volume_path; /* process isolation: from GetLayerMountPath; NULL: root.path */
    /* Hyper-V isolation: folder of the utility VM, "<layer>\UtilityVM" of the topmost layer that
     * has one; NULL: windows.hyperv.utilityVMPath */
    const char *utility_vm;
    uint32_t processors; /* of the host: ProcessorCount is cut to it; 0: not cut */
    bool terminate_on_last_handle_closed;
} system_facts;

/**
 * OCI configuration → container document.
 *
 * @return WCOW_INVALID if the configuration is ill-typed or asks for what HCS cannot do; the
 * message names the member
 */
WCOW_CHECKED wcow_status system_document_new(const cJSON *config, const system_facts *facts,
                                             cJSON **out, wcow_error *err);

/** OCI process (config's "process", or an exec's) → process document. */
WCOW_CHECKED wcow_status process_document_new(const cJSON *process, cJSON **out, wcow_error *err);

#endif
