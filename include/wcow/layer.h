/* SPDX-License-Identifier: MIT */
/** Windows layers: what is in a layer's tar, and what the store holds of them. */
#ifndef WCOW_LAYER_H
#define WCOW_LAYER_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include <wcow/host.h>

#ifdef __cplusplus
extern "C" {
#endif

/** One file, folder, link or whiteout of a layer's tar. Strings are borrowed for the call. */
typedef struct wcow_layer_entry {
    const char *name;       /**< as it stands in the tar */
    const char *hard_link;  /**< what it is another name of; NULL for others */
    const char *target;     /**< of a symbolic link or junction; NULL for others */
    bool whiteout;          /**< removes a name of a parent layer */
    bool junction;          /**< the link is a junction */
    bool security;          /**< it carries a security descriptor */
    size_t attribute_count; /**< extended attributes */
    size_t stream_count;    /**< alternate data streams */
    uint64_t size;          /**< bytes of its contents */
    uint32_t attributes; /**< FILE_ATTRIBUTE_*; 0 for hard links and whiteouts, as what follows */
    uint64_t creation_time;    /**< in 100 ns since 1601 */
    uint64_t access_time;      /**< the same */
    uint64_t write_time;       /**< the same */
    uint64_t change_time;      /**< the same */
    uint64_t stream_length;    /**< bytes of the Win32 backup stream that an import restores */
    const char *stream_sha256; /**< its hash, 64 digits; "" where there is no stream */
} wcow_layer_entry;

/** Called for each entry; returning false ends it (WCOW_CANCELLED). */
typedef bool wcow_layer_entry_fn(void *context, const wcow_layer_entry *entry);

/**
 * Reads a layer's tar (plain, gzip or zstd) without importing it. Works on any host.
 *
 * @param path  the file, "-" for standard input
 * @return WCOW_CORRUPT naming the entry that is malformed
 */
WCOW_API WCOW_CHECKED wcow_status wcow_layer_inspect(wcow_host *host, const char *path,
                                                     wcow_layer_entry_fn *each, void *context,
                                                     wcow_error *err);

/**
 * The imported layers of the store and what crashes left of others: a JSON array of objects with
 * Id, Parent ("" for a base layer), Size, Files, UtilityVM, Path, Status,
 * and how many Images and Containers stand on it. Status is "ready"; "unused": no image or
 * container stands on it, and no pull under way relies on it; or "leftover": half a layer, of an
 * import or removal that broke or is under way.
 *
 * @param[out] json  owned by the caller, wcow_free()
 */
WCOW_API WCOW_CHECKED wcow_status wcow_layer_list(wcow_host *host, char **json, wcow_error *err);

/**
 * Removes a layer, or what is left of one, through the service.
 *
 * @param id            or an unambiguous prefix of it
 * @param[out] removed  the whole id, owned by the caller, wcow_free()
 * @return WCOW_NOT_FOUND; WCOW_CONFLICT if an image, a container, another layer or a pull
 *         that is under way needs it
 */
WCOW_API WCOW_CHECKED wcow_status wcow_layer_remove(wcow_host *host, const char *id, char **removed,
                                                    wcow_error *err);

/**
 * The layers that another engine has below a folder, as C:\ProgramData\docker\windowsfilter: a JSON
 * array of objects with Id (the folder's name), Path, Kind ("scratch", "layer"), Mounted, and
 * Systems, the ids of the compute systems that run on it as far as the service tells.
 *
 * @param path       absolute; a layer itself, or a folder with layers in it
 * @param[out] json  owned by the caller, wcow_free()
 */
WCOW_API WCOW_CHECKED wcow_status wcow_layer_foreign(wcow_host *host, const char *path, char **json,
                                                     wcow_error *err);

/** What was done to make a folder of layers go. */
typedef enum wcow_layer_zapped {
    WCOW_LAYER_ENDED,     /**< a compute system, by its id */
    WCOW_LAYER_ENDPOINT,  /**< an endpoint of one was deleted, by its id */
    WCOW_LAYER_UNMOUNTED, /**< a writable layer, by its folder */
    WCOW_LAYER_DESTROYED, /**< a layer, by its folder */
} wcow_layer_zapped;

/** Told of each as soon as it is done. Strings are borrowed for the call. */
typedef void wcow_layer_zap_fn(void *context, wcow_layer_zapped what, const char *name);

/** How to destroy. Initialise with WCOW_LAYER_ZAP_OPTIONS_INIT. */
typedef struct wcow_layer_zap_options {
    size_t size;             /**< set by the initialiser; lets the struct grow */
    bool force;              /**< end the systems that run on the layers */
    wcow_layer_zap_fn *tell; /**< may be NULL */
    void *context;           /**< for it */
} wcow_layer_zap_options;

#define WCOW_LAYER_ZAP_OPTIONS_INIT                                                                \
    {                                                                                              \
        sizeof(wcow_layer_zap_options), false, NULL, NULL                                          \
    }

/**
 * What wcow_layer_zap() would destroy, with all that it refuses while `force` is not set: to ask
 * the user first.
 *
 * @param[out] json  as wcow_layer_foreign() tells them, owned by the caller, wcow_free()
 */
WCOW_API WCOW_CHECKED wcow_status wcow_layer_zap_list(wcow_host *host, const char *path,
                                                      char **json, wcow_error *err);

/**
 * Destroys any folder of layers through the service, whoever made it: ends what runs on them and
 * deletes its endpoints (`force`), unmounts, then DestroyLayer for each, and for the folder. For
 * what other tools left and no recursive delete can remove. What cannot be destroyed does not keep
 * the others; the folder then stays, and the first failure is returned. It stays, too, where it
 * holds more than layers.
 *
 * @param path     absolute; refused are the root of a volume, Windows' own folders and the store,
 *                 by whatever name, and a folder that is not empty and has no layers
 * @param options  NULL: the defaults
 * @return WCOW_INVALID for a file or a link; WCOW_CONFLICT, and nothing was done, if systems run on
 *         the layers, or containers that may run on one that is mounted, and `force` is not set, if
 *         a layer's folder holds what is no part of a layer, or if something else has the name of
 *         what is to go with "-removing" at its end; WCOW_CONFLICT, too, if the folder holds more
 *         than layers, which are gone then
 */
WCOW_API WCOW_CHECKED wcow_status wcow_layer_zap(wcow_host *host, const char *path,
                                                 const wcow_layer_zap_options *options,
                                                 wcow_error *err);

#ifdef __cplusplus
}
#endif

#endif
