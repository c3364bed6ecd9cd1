/* SPDX-License-Identifier: MIT */
/**
 * What a container is to be, of all that containerd says of it: the request (the snapshot, options
 * of the handler) and config.json of the bundle, whose annotations count, too. What Windows or this
 * shim cannot do is refused before anything is taken, in words that tell the way out; what it does
 * not know is passed over, since containerd and Kubernetes say much that is meant for others.
 */
#ifndef WCOW_SHIM_CONTAINER_BUNDLE_CONFIG_H
#define WCOW_SHIM_CONTAINER_BUNDLE_CONFIG_H

#include "shim/container/container_backend.h"

/** What whoever wants what is refused here can do. */
#define WAY_OUT "choose a RuntimeClass whose handler is containerd-shim-runhcs-v1 for it"

/** The way to Hyper-V isolation, of a single container without a network. */
#define CONTAINER_HYPERV_ANNOTATION "wcow.experimental.hyperv"

/** Zero-initialise. */
typedef struct bundle_config {
    cJSON *config;          /* the OCI configuration, as the runtime wants it */
    layer_chain chain;      /* what its scratch stands on */
    char *scratch;          /* the snapshot's folder */
    document_schema schema; /* 1 with Hyper-V isolation, else the host's */
    uint32_t retry;         /* ms that a reader of its output may be gone; 0: for ever */
} bundle_config;

/**
 * @param wish  of a container, with Create's request
 * @return WCOW_CONFLICT for a place in a pod that it has not, WCOW_UNSUPPORTED, WCOW_INVALID
 */
WCOW_CHECKED wcow_status bundle_config_read(const container_host *host,
                                            const container_owner *owner, const task_wish *wish,
                                            bundle_config *out, wcow_error *err);
void bundle_config_free(bundle_config *c);

DEFINE_CLEANUP_VALUE(bundle_config, bundle_config, bundle_config_free)
#define cleanup_bundle_config CLEANUP(bundle_config)

/** The process of Exec's request: an OCI process. */
WCOW_CHECKED wcow_status bundle_config_process(const task_wish *wish, cJSON **out, wcow_error *err);

#endif
