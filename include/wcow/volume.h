/* SPDX-License-Identifier: MIT */
/** Volumes: folders that are kept under a name, and outlive the containers that mount them. */
#ifndef WCOW_VOLUME_H
#define WCOW_VOLUME_H

#include <stdbool.h>
#include <stddef.h>

#include <wcow/host.h>

#ifdef __cplusplus
extern "C" {
#endif

/** What to make. Initialise with WCOW_VOLUME_SPEC_INIT; all strings are borrowed. */
typedef struct wcow_volume_spec {
    size_t size;      /**< set by the initialiser; lets the struct grow, see host.h */
    const char *name; /**< [a-zA-Z0-9][a-zA-Z0-9_.-]+, kept in small letters; NULL or "": a made-up
                           one, and the volume is anonymous */
    const char *driver;         /**< "local"; NULL: that one */
    const char *const *labels;  /**< NULL-terminated "key=value" */
    const char *const *options; /**< the driver's: it has none on Windows */
} wcow_volume_spec;

#define WCOW_VOLUME_SPEC_INIT                                                                      \
    {                                                                                              \
        sizeof(wcow_volume_spec), NULL, NULL, NULL, NULL                                           \
    }

/**
 * Makes a volume; one of that name that is there is fine, and stays as it is.
 *
 * @param[out] name  as it is kept; owned by the caller, wcow_free()
 * @return WCOW_INVALID for a name that Windows cannot have, another driver, or options
 */
WCOW_API WCOW_CHECKED wcow_status wcow_volume_create(wcow_host *host, const wcow_volume_spec *spec,
                                                     char **name, wcow_error *err);

/** One row of `wcow volume ls`. Strings are never NULL, and owned by what was handed out. */
typedef struct wcow_volume_info {
    const char *name;       /**< of anonymous ones 64 digits */
    const char *driver;     /**< "local" */
    const char *mountpoint; /**< the folder that containers see */
    const char *labels;     /**< "a=b,c=d" */
    size_t links;           /**< containers that mount it, whether they run or not */
    bool anonymous;         /**< it was made without a name */
} wcow_volume_info;

/** Lists volumes by name. Free the array (one block) with wcow_free(). */
WCOW_API WCOW_CHECKED wcow_status wcow_volume_list(wcow_host *host, wcow_volume_info **out,
                                                   size_t *count, wcow_error *err);

/**
 * A volume as `docker volume inspect` shows it: one JSON object.
 *
 * @param[out] json  owned by the caller, wcow_free()
 * @return WCOW_NOT_FOUND, "get NAME: no such volume"
 */
WCOW_API WCOW_CHECKED wcow_status wcow_volume_inspect(wcow_host *host, const char *name,
                                                      char **json, wcow_error *err);

/**
 * Removes a volume with all that is in it, and nothing that a link in it leads to.
 *
 * @param force  one that is not there is no failure
 * @return WCOW_CONFLICT while a container mounts it, running or not; the error tells which
 */
WCOW_API WCOW_CHECKED wcow_status wcow_volume_remove(wcow_host *host, const char *name, bool force,
                                                     wcow_error *err);

/** Removes the volumes that no container mounts: those without a name, with `all` all of them. As
 * wcow_host_prune() otherwise; `until` is WCOW_INVALID. */
WCOW_API WCOW_CHECKED wcow_status wcow_volume_prune(wcow_host *host,
                                                    const wcow_prune_options *options,
                                                    wcow_prune_report *report, wcow_error *err);

#ifdef __cplusplus
}
#endif

#endif
