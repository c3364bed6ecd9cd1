/* SPDX-License-Identifier: MIT */
/**
 * The OCI runtime configuration (config.json) of a Windows container: building it. Reading it is
 * done where it is used, with base/json.h; hcs/document.h turns it into what the service wants.
 */
#ifndef WCOW_OCI_RUNTIME_SPEC_H
#define WCOW_OCI_RUNTIME_SPEC_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/json.h"

/** config.json: process. Zero and NULL members are left out. */
typedef struct oci_process {
    const char *const *args;  /* NULL-terminated */
    const char *command_line; /* instead of args: passed as it is */
    const char *const *env;   /* NULL-terminated "KEY=value" */
    const char *cwd;
    const char *username;
    bool terminal;
    uint32_t height, width; /* of the console; 0: unknown */
} oci_process;

typedef struct oci_mount {
    const char *source;      /* absolute folder, or \\.\pipe\name */
    const char *destination; /* absolute folder, or \\.\pipe\name */
    bool read_only;
} oci_mount;

/** config.json. Zero and NULL members are left out; lists are NULL-terminated. All borrowed. */
typedef struct oci_config {
    oci_process process;
    const char *hostname;
    const oci_mount *mounts;
    size_t mount_count;
    const char *const *layer_folders; /* topmost read-only … base, scratch */
    uint64_t memory_limit;            /* bytes */
    uint64_t cpu_count;
    uint32_t cpu_shares;  /* 1..10000 */
    uint32_t cpu_maximum; /* 1..10000, hundredths of a percent */
    uint64_t storage_iops;
    uint64_t storage_bps;
    uint64_t storage_size;           /* bytes of the scratch */
    bool hyperv;                     /* isolation */
    const char *utility_vm;          /* folder; NULL: found among the layers */
    bool ignore_flushes_during_boot; /* first start only */
    const char *credential_spec;     /* JSON text */
    const char *const *device_classes;
    const char *const *endpoints;
    bool allow_unqualified_dns_query; /* nat networks */
    const char *const *dns_search;
    const char *network_container; /* id of the container whose network is shared */
} oci_config;

/** Builds a config.json. Fails only for want of memory or for a cpu_shares… out of range. */
WCOW_CHECKED wcow_status oci_config_new(const oci_config *config, cJSON **out, wcow_error *err);

/** Builds a process object, for an exec. */
WCOW_CHECKED wcow_status oci_process_new(const oci_process *process, cJSON **out, wcow_error *err);

/**
 * Replaces windows.network.endpointList, networkSharedContainerName and allowUnqualifiedDNSQuery.
 *
 * @param endpoints  NULL or empty: none
 * @param container  whose network is shared; NULL: nobody's
 */
WCOW_CHECKED wcow_status oci_config_set_network(cJSON *config, const char *const *endpoints,
                                                const char *container,
                                                bool allow_unqualified_dns_query, wcow_error *err);

/** Replaces the limits of windows.resources by those of `limits`; 0: none. The size of the scratch
 * stays. */
WCOW_CHECKED wcow_status oci_config_set_limits(cJSON *config, const oci_config *limits,
                                               wcow_error *err);

/** Sets windows.ignoreFlushesDuringBoot, which Docker does for the first start of a container only.
 */
WCOW_CHECKED wcow_status oci_config_set_first_start(cJSON *config, bool first, wcow_error *err);

/** Whether windows.hyperv is there. */
bool oci_config_is_hyperv(const cJSON *config);

#endif
