/* SPDX-License-Identifier: MIT */
/**
 * Documents of the Host Compute Service: an OCI runtime configuration in the service's words. What
 * it understands depends on its schema, so each schema is a builder (document_v1.c, document_v2.c),
 * and the caller chooses one.
 */
#ifndef WCOW_HCS_DOCUMENT_H
#define WCOW_HCS_DOCUMENT_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/json.h"
#include "port/storage.h"

/** In which words. A container's processes speak the schema that its system was created with. */
typedef enum document_schema {
    SCHEMA_V1, /* as Docker's engine speaks it: on every Windows since 2016, for both isolations */
    SCHEMA_V2, /* 2.1, as containerd's shim speaks it: from 17763 on, for process isolation */
} document_schema;

#define SCHEMA_V2_BUILD 17763 /* the first Windows that knows it: Server 2019 */

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
    uint32_t processors; /* of the host: more are cut to it; 0: not cut */
    bool terminate_on_last_handle_closed;

    /* What only schema 2 asks for. */
    uint32_t build; /* of Windows; 0: unknown */
    /* The HCN namespace whose network it has, and whose endpoints somebody has put into it; NULL:
     * windows.network.networkNamespace */
    const char *network_namespace;
    /* What the credential guard answered for windows.credentialSpec: Cookie, RpcEndpoint, …; NULL:
     * nobody asked it, and a credentialSpec is refused */
    const cJSON *credential_guard;
} system_facts;

/**
 * OCI configuration → the document that a compute system is created from.
 *
 * @return WCOW_INVALID if the configuration is ill-typed or asks for what HCS cannot do; the
 * message names the member. WCOW_UNSUPPORTED if this schema or this build cannot do it
 */
WCOW_CHECKED wcow_status system_document_new(document_schema schema, const cJSON *config,
                                             const system_facts *facts, cJSON **out,
                                             wcow_error *err);

/** Pipes that a process is to have. Errors come apart from output only without a console. */
typedef struct process_streams {
    bool input, output, error_output;
} process_streams;

/**
 * OCI process (config's "process", or an exec's) → the document that it is created from.
 *
 * @param streams  NULL: all of them
 */
WCOW_CHECKED wcow_status process_document_new(document_schema schema, const cJSON *process,
                                              const process_streams *streams, cJSON **out,
                                              wcow_error *err);

/** What a schema has to offer: the functions above, without their first parameter. */
typedef struct document_builder {
    wcow_status (*system)(const cJSON *config, const system_facts *facts, cJSON **out,
                          wcow_error *err);
    wcow_status (*process)(const cJSON *process, const process_streams *streams, cJSON **out,
                           wcow_error *err);
} document_builder;

extern const document_builder document_v1;
extern const document_builder document_v2;

#endif
