/* SPDX-License-Identifier: MIT */
/** The host: where state is kept, and the Windows services that do the work. */
#ifndef WCOW_HOST_H
#define WCOW_HOST_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include <wcow/error.h>

#ifdef __cplusplus
extern "C" {
#endif

/** One store and the services behind it. Safe to use from several threads at once. */
typedef struct wcow_host wcow_host;

/*
 * Option structs, here and in all headers of wcow, grow from version to version: their `size` says
 * which members the caller knows, so programs built with other versions of these headers go on
 * working. Their initialisers set it. Members come at the end, beyond the size of the version
 * before, and mean nothing when they are zero. A library that is older than its caller refuses with
 * WCOW_UNSUPPORTED what it does not know and the caller has set; a struct without its initialiser
 * is WCOW_INVALID. What the library hands out (lists, infos) it has also allocated: there new
 * members come at the end, too.
 */

/**
 * Told of each step of what is done with a host: where the time goes.
 *
 * @param step          what is done: "the image is read", "monitor: the system is started"
 * @param microseconds  when, since the host was opened. What a container's monitor tells comes a
 *                      moment later than it was done
 */
typedef void wcow_step_fn(void *context, const char *step, uint64_t microseconds);

/** How to open a host. Initialise with WCOW_HOST_OPTIONS_INIT; strings are borrowed for the call.
 */
typedef struct wcow_host_options {
    size_t size;        /**< set by the initialiser; lets the struct grow */
    const char *root;   /**< state directory; NULL: WCOW_ROOT, else %ProgramData%\wcow */
    wcow_step_fn *step; /**< called on any thread that works for the caller; NULL: nobody is told */
    void *step_context; /**< for `step` */
} wcow_host_options;

#define WCOW_HOST_OPTIONS_INIT                                                                     \
    {                                                                                              \
        sizeof(wcow_host_options), NULL, NULL, NULL                                                \
    }

/**
 * Opens a host. Touches neither the disk nor a service: both are opened when first needed, so that
 * commands that need neither are fast and work anywhere.
 *
 * @param[out] out  to be freed with wcow_host_free(); untouched on failure
 */
WCOW_API WCOW_CHECKED wcow_status wcow_host_open(const wcow_host_options *options, wcow_host **out,
                                                 wcow_error *err);

/** Frees a host; every object made from it must have been freed before. NULL is fine. */
WCOW_API void wcow_host_free(wcow_host *host);

/**
 * What `wcow info` shows: a JSON object with Docker's member names (ID, Containers, Images, Driver,
 * OperatingSystem, OSVersion, Isolation, NCPU, MemTotal, DockerRootDir, …) and what wcow adds.
 * Works without the service; then ServerErrors says why.
 *
 * @param[out] json  owned by the caller, to be freed with wcow_free()
 */
WCOW_API WCOW_CHECKED wcow_status wcow_host_info(wcow_host *host, char **json, wcow_error *err);

/**
 * What the user has set for front ends in Docker's config.json (in DOCKER_CONFIG, else ~/.docker):
 * "psFormat", "imagesFormat", "detachKeys" and the like.
 *
 * @param[out] value  owned by the caller, wcow_free(); NULL: not set
 */
WCOW_API WCOW_CHECKED wcow_status wcow_host_user_setting(wcow_host *host, const char *name,
                                                         char **value, wcow_error *err);

/** What a prune removed. */
typedef struct wcow_prune_report {
    size_t systems;     /**< compute systems terminated */
    size_t layers;      /**< layers and scratch layers released or destroyed */
    size_t endpoints;   /**< HNS endpoints deleted */
    size_t containers;  /**< stopped or half-made containers removed */
    size_t images;      /**< images without a name removed */
    uint64_t reclaimed; /**< bytes that the store takes less */
} wcow_prune_report;

/** What a line of a prune is about. */
typedef enum wcow_pruned {
    WCOW_PRUNED_CONTAINER = 0, /**< its id */
    WCOW_PRUNED_IMAGE = 1,     /**< "untagged: …" or "deleted: …" */
    WCOW_PRUNED_NETWORK = 2,   /**< its name */
    WCOW_PRUNED_VOLUME = 3     /**< its name */
} wcow_pruned;

/** What a prune removes. Initialise with WCOW_PRUNE_OPTIONS_INIT. */
typedef struct wcow_prune_options {
    size_t size;
    bool all;                   /**< images that no container uses, not just those without a name */
    int64_t until;              /**< only what was made before: nanoseconds since 1970; 0: any */
    const char *const *labels;  /**< NULL-terminated "key" or "key=value" that it must have */
    const char *const *without; /**< the same; what has all of them stays */
    /** Called for each thing that went; NULL: nobody is told. */
    void (*removed)(void *context, wcow_pruned what, const char *line);
    void *context; /**< for the functions above */
    bool volumes; /**< of wcow_host_prune(): also volumes without a name that no container mounts */
} wcow_prune_options;

#define WCOW_PRUNE_OPTIONS_INIT                                                                    \
    {                                                                                              \
        sizeof(wcow_prune_options), false, 0, NULL, NULL, NULL, NULL, false                        \
    }

/**
 * Removes stopped containers, networks of wcow's on which none runs, images without a name, and
 * everything wcow left behind: compute systems owned by wcow without a monitor, mounted scratch
 * layers, endpoints, services of Windows whose container is gone, volumes that were never finished;
 * layers, blobs and downloads that neither an image or container nor a pull,
 * load, commit or import that is under way needs. With until or labels, what has no age and no
 * labels stays; volumes have no age, so with volumes an until is WCOW_INVALID. Never touches what
 * others own. Goes on over failures of single items and reports the first.
 *
 * @param options  NULL: the defaults
 * @param report   also set on failure; may be NULL
 */
WCOW_API WCOW_CHECKED wcow_status wcow_host_prune(wcow_host *host,
                                                  const wcow_prune_options *options,
                                                  wcow_prune_report *report, wcow_error *err);

/** The same of stopped containers alone. */
WCOW_API WCOW_CHECKED wcow_status wcow_container_prune(wcow_host *host,
                                                       const wcow_prune_options *options,
                                                       wcow_prune_report *report, wcow_error *err);

/**
 * What `wcow system df` shows: a JSON array of objects with Type, TotalCount, Active, Size and
 * Reclaimable (bytes on the disk), and Items: of Images, one each with Id, SharedSize, UniqueSize
 * and Containers; of Containers, one each with Id and Size; of Local Volumes, one each with Name,
 * Links and Size.
 *
 * @param[out] json  owned by the caller, to be freed with wcow_free()
 */
WCOW_API WCOW_CHECKED wcow_status wcow_host_disk_usage(wcow_host *host, char **json,
                                                       wcow_error *err);

/** Frees memory that a wcow function handed out as `char **` or as an array. NULL is fine. */
WCOW_API void wcow_free(void *memory);

/** The version of this library, "0.1.0". */
WCOW_API const char *wcow_version(void);

#ifdef __cplusplus
}
#endif

#endif
