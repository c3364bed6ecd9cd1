/* SPDX-License-Identifier: MIT */
/** An OCI configuration, read and checked for a document: what all schemas want to know of it. */
#ifndef WCOW_HCS_CONFIG_READER_H
#define WCOW_HCS_CONFIG_READER_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/json.h"
#include "base/text.h"

/** "config.json: MEMBER WHY". @return WCOW_INVALID */
wcow_status config_refuse(wcow_error *err, const char *member, const char *why);

/** What every schema refuses: a configuration of another system, a root that is read-only. */
WCOW_CHECKED wcow_status config_check(const cJSON *config, wcow_error *err);

/** windows.resources, in the service's units. 0: no limit. */
typedef struct config_limits {
    uint64_t cpu_count;   /* processors */
    uint64_t cpu_maximum; /* hundredths of a percent of all of them */
    uint64_t cpu_weight;  /* 1 to 10000 */
    uint64_t iops;        /* a second */
    uint64_t bandwidth;   /* bytes a second */
    uint64_t memory;      /* MiB */
} config_limits;

/**
 * Annotations of hcsshim's names take precedence, as with its shim.
 *
 * @param processors  of the host: more are cut to that; 0: not cut
 */
WCOW_CHECKED wcow_status config_read_limits(const cJSON *config, uint32_t processors,
                                            config_limits *out, wcow_error *err);

/** windows.layerFolders: at least a layer and the scratch, which is the last one. */
WCOW_CHECKED wcow_status config_read_folders(const cJSON *config, string_list *out,
                                             wcow_error *err);

/** An entry of "mounts". All borrowed. */
typedef struct config_mount {
    const char *source;
    const char *destination; /* of a pipe: its name in the container */
    bool pipe;
    bool read_only;
} config_mount;

WCOW_CHECKED wcow_status config_read_mount(const cJSON *mount, config_mount *out, wcow_error *err);

/** windows.network.DNSSearchList as the service takes it: one text, with commas between. */
WCOW_CHECKED wcow_status config_read_dns_search(const cJSON *network, text *out, wcow_error *err);

/** Whether an entry of windows.devices names a class of devices: by its interface's GUID. */
bool config_device_is_class(const cJSON *device);

#endif
