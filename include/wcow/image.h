/* SPDX-License-Identifier: MIT */
/** Images: an OCI image layout in the store, and the Windows layers imported from it. */
#ifndef WCOW_IMAGE_H
#define WCOW_IMAGE_H

#include <stdbool.h>
#include <stddef.h>

#include <wcow/host.h>

#ifdef __cplusplus
extern "C" {
#endif

/** One image as `wcow images` lists it, one row a tag. Strings are owned by the list. */
typedef struct wcow_image_info {
    const char *id;         /**< "sha256:…" of the image config */
    const char *repository; /**< "microsoft/nanoserver" or "<none>" */
    const char *tag;        /**< "latest" or "<none>"; that alone: it was pulled by its digest */
    const char *digest;     /**< "sha256:…" of the manifest */
    const char *os_version; /**< "10.0.20348.2031", or "" */
    int64_t created;        /**< seconds since 1970, 0 if the config does not say */
    uint64_t size;          /**< bytes of its layers, uncompressed where known */
    const char *labels;     /**< "key=value" after "key=value", an empty one ends them */
} wcow_image_info;

/** Called while a long operation goes on; returning false cancels it (WCOW_CANCELLED). */
typedef bool wcow_progress_fn(void *context, const char *what, uint64_t done, uint64_t total);

/** What to load, and who is told. Initialise with WCOW_LOAD_OPTIONS_INIT. */
typedef struct wcow_load_options {
    size_t size;
    const char *platform; /**< "windows[(10.0.20348)][/amd64]": only such images; NULL: all, and of
                               several builds the one that fits this host best */
    void (*loaded)(void *context, const char *reference); /**< called for every image that has got
                               its names, with each of them ("repo:tag") or, if it has none, its id;
                               NULL: nobody */
    wcow_progress_fn *progress;                           /**< NULL: nobody is told */
    void *context;                                        /**< for the functions above */
} wcow_load_options;

#define WCOW_LOAD_OPTIONS_INIT                                                                     \
    {                                                                                              \
        sizeof(wcow_load_options), NULL, NULL, NULL, NULL                                          \
    }

/**
 * Loads images from a docker-archive or OCI archive (tar, optionally compressed): blobs into the
 * content store, digests verified; then, where the host can, its layers are imported
 * (ProcessBaseImage, ImportLayer). An image gets its names last: when anything fails, whoever has
 * them keeps them, and the image is not there.
 *
 * @param path     the archive, "-" for standard input
 * @param options  NULL: the defaults
 */
WCOW_API WCOW_CHECKED wcow_status wcow_image_load(wcow_host *host, const char *path,
                                                  const wcow_load_options *options,
                                                  wcow_error *err);

/** Lists images, newest first; of those whose config is damaged only id, names and digest are
 * known. Free the array (one block, strings included) with wcow_free(). */
WCOW_API WCOW_CHECKED wcow_status wcow_image_list(wcow_host *host, wcow_image_info **out,
                                                  size_t *count, wcow_error *err);

/**
 * Fails unless an image is for that platform: before it is saved, pushed or removed, for one.
 *
 * @param platform  "windows[(10.0.20348)][/amd64]"; NULL: any will do, but it must be there
 * @return WCOW_NOT_FOUND if it is not there, or is for another
 */
WCOW_API WCOW_CHECKED wcow_status wcow_image_check_platform(wcow_host *host, const char *reference,
                                                            const char *platform, wcow_error *err);

/**
 * One image as a row of wcow_image_list().
 *
 * @param reference  "repo[:tag]", "repo@sha256:…", or an id or prefix of one; repository and tag
 *                   are those of the name that it was found by, else its first
 * @param[out] out   one block with its strings, owned by the caller, wcow_free()
 * @return WCOW_NOT_FOUND, or WCOW_CONFLICT if a prefix fits several
 */
WCOW_API WCOW_CHECKED wcow_status wcow_image_get_info(wcow_host *host, const char *reference,
                                                      wcow_image_info **out, wcow_error *err);

/**
 * Whether the store has an image of that name or id. One whose config is damaged is there, too.
 *
 * @param[out] exists  untouched on failure
 * @return WCOW_OK if the question could be answered, WCOW_INVALID for what is no reference,
 *         WCOW_CONFLICT if a prefix fits several
 */
WCOW_API WCOW_CHECKED wcow_status wcow_image_exists(wcow_host *host, const char *reference,
                                                    bool *exists, wcow_error *err);

/**
 * The image as `docker image inspect` shows it (one JSON object).
 *
 * @param reference  "repo[:tag]", "repo@sha256:…", or an id or prefix of one
 * @param[out] json  owned by the caller, wcow_free()
 * @return WCOW_NOT_FOUND, or WCOW_CONFLICT if a prefix fits several
 */
WCOW_API WCOW_CHECKED wcow_status wcow_image_inspect(wcow_host *host, const char *reference,
                                                     char **json, wcow_error *err);

/**
 * Removes a tag and, with the last tag, the image and the layers that nothing else uses (through
 * DestroyLayer).
 *
 * @param removed  called for each "Untagged: …" / "Deleted: …" line, in Docker's order and words
 * @return WCOW_CONFLICT if a container uses it and force is false, or a running one in any case
 */
WCOW_API WCOW_CHECKED wcow_status
wcow_image_remove(wcow_host *host, const char *reference, bool force,
                  void (*removed)(void *context, const char *line), void *context, wcow_error *err);

/** How a transfer from or to a registry goes; see wcow_image_pull(). */
typedef struct wcow_transfer {
    const char *id;     /**< twelve digits of a layer, a tag, or NULL: a line of its own */
    const char *status; /**< Docker's words: "Downloading", "Pull complete", "Pushed" */
    uint64_t done;      /**< bytes */
    uint64_t total;     /**< 0: nothing that has a length, or not known */
} wcow_transfer;

/** Called by one thread at a time; returning false cancels the transfer (WCOW_CANCELLED). */
typedef bool wcow_transfer_fn(void *context, const wcow_transfer *event);

/** What to pull. Initialise with WCOW_PULL_OPTIONS_INIT. */
typedef struct wcow_pull_options {
    size_t size;
    const char *platform;   /**< "windows[(10.0.20348)][/amd64]"; NULL: what fits this host */
    bool process;           /**< only what process isolation can run here */
    bool all_tags;          /**< every tag of the repository */
    wcow_transfer_fn *told; /**< NULL: nobody */
    void *context;          /**< for the functions above */
    char **name; /**< out, NULL: not wanted; on success the whole name, "docker.io/library/x:latest"
                    (of all tags: without one), to be freed with wcow_free() */
} wcow_pull_options;

#define WCOW_PULL_OPTIONS_INIT                                                                     \
    {                                                                                              \
        sizeof(wcow_pull_options), NULL, false, false, NULL, NULL, NULL                            \
    }

/**
 * Downloads an image from a registry and imports its layers, as wcow_image_load() does. Blobs are
 * verified before they are visible in the store; what a pull that was killed left is gone on with;
 * what the store has already is not downloaded.
 *
 * Of an image for several builds of Windows the one that fits this host best is taken.
 *
 * @param options  NULL: the defaults
 * @return WCOW_NOT_FOUND, WCOW_DENIED (login), WCOW_UNSUPPORTED (nothing in it fits this host),
 *         WCOW_UNAVAILABLE (the registry cannot be reached), WCOW_CORRUPT (it sends other bytes
 *         than it promised)
 */
WCOW_API WCOW_CHECKED wcow_status wcow_image_pull(wcow_host *host, const char *reference,
                                                  const wcow_pull_options *options,
                                                  wcow_error *err);

/**
 * Uploads an image to the registry that its name begins with. Layers that are there already, or in
 * another repository of it, are not sent.
 *
 * @param all_tags   every tag of that repository that the store has
 * @param[out] name  NULL: not wanted; the whole name, "docker.io/library/x:latest" (of all tags:
 *                   without one), to be freed with wcow_free()
 */
WCOW_API WCOW_CHECKED wcow_status wcow_image_push(wcow_host *host, const char *reference,
                                                  bool all_tags, wcow_transfer_fn *told,
                                                  void *context, char **name, wcow_error *err);

/** Gives an image one more name, "repo[:tag]"; another image loses it if it had it. */
WCOW_API WCOW_CHECKED wcow_status wcow_image_tag(wcow_host *host, const char *reference,
                                                 const char *name, wcow_error *err);

/**
 * Saves images as `docker save` does: an OCI layout with a manifest.json. Blobs are written as they
 * are in the store.
 *
 * @param references  "repo:tag", "repo" (all of its tags), or an id (saved without a name)
 * @param path        the archive, "-" for standard output; a file is replaced when all is written
 */
WCOW_API WCOW_CHECKED wcow_status wcow_image_save(wcow_host *host, const char *const *references,
                                                  size_t count, const char *path, wcow_error *err);

/** How a root file system becomes an image. Initialise with WCOW_IMPORT_OPTIONS_INIT. */
typedef struct wcow_import_options {
    size_t size;
    const char *const *changes; /**< NULL-terminated Dockerfile instructions for its config: CMD,
                                     ENTRYPOINT, ENV, EXPOSE, HEALTHCHECK, LABEL, ONBUILD, SHELL,
                                     STOPSIGNAL, USER, VOLUME, WORKDIR; NULL: none */
    const char *message;        /**< NULL: "Imported from …" */
    const char *platform;       /**< "windows[(10.0.20348)][/amd64]"; NULL: it does not tell its
                                     build */
    wcow_progress_fn *progress; /**< of reading a file; NULL: nobody is told */
    void *context;              /**< for the functions above */
} wcow_import_options;

#define WCOW_IMPORT_OPTIONS_INIT                                                                   \
    {                                                                                              \
        sizeof(wcow_import_options), NULL, NULL, NULL, NULL, NULL                                  \
    }

/**
 * Makes an image of one layer of a tar (plain, gzip or zstd) of a Windows root file system: what
 * wcow_container_export() writes, a base layer (its names begin with Files/), or the root of any
 * Windows volume (they begin with Windows/ and the like). Registry hives that it lacks are made,
 * empty; that needs Windows' offreg.dll. On failure nothing is stored.
 *
 * @param source     a file, "-" for standard input, or a URL (http, https)
 * @param reference  "repo[:tag]" of the new image; NULL: no name
 * @param options    NULL: the defaults
 * @param[out] id    "sha256:…" of it, owned by the caller, wcow_free()
 * @return WCOW_CORRUPT for a damaged or hostile archive (the message names the entry),
 *         WCOW_INVALID if it is of no Windows, WCOW_UNAVAILABLE if a hive is missing and offreg.dll
 *         is, too
 */
WCOW_API WCOW_CHECKED wcow_status wcow_image_import(wcow_host *host, const char *source,
                                                    const char *reference,
                                                    const wcow_import_options *options, char **id,
                                                    wcow_error *err);

/**
 * How an image came to be, newest step first: a JSON array of objects with Docker's members Id,
 * Created (seconds since 1970), CreatedBy, Size, Comment.
 *
 * @param[out] json  owned by the caller, wcow_free()
 */
WCOW_API WCOW_CHECKED wcow_status wcow_image_history(wcow_host *host, const char *reference,
                                                     char **json, wcow_error *err);

/** Which images a prune removes. Initialise with WCOW_IMAGE_PRUNE_OPTIONS_INIT. */
typedef struct wcow_image_prune_options {
    size_t size;
    bool all;                   /**< all that no container uses, not just those without a name */
    int64_t until;              /**< only those made before: nanoseconds since 1970; 0: any */
    const char *const *labels;  /**< NULL-terminated "key" or "key=value" that it must have */
    const char *const *without; /**< the same; what has all of them stays */
} wcow_image_prune_options;

#define WCOW_IMAGE_PRUNE_OPTIONS_INIT                                                              \
    {                                                                                              \
        sizeof(wcow_image_prune_options), false, 0, NULL, NULL                                     \
    }

/**
 * Removes images that nobody needs, and blobs and layers that no image names (not those that a
 * pull, load, commit or import under way needs). Goes on over failures of single images and reports
 * the first.
 *
 * @param options         NULL: the defaults
 * @param removed         called for each "untagged: …" / "deleted: …" line
 * @param[out] reclaimed  bytes that the store takes less; also set on failure
 */
WCOW_API WCOW_CHECKED wcow_status wcow_image_prune(wcow_host *host,
                                                   const wcow_image_prune_options *options,
                                                   void (*removed)(void *context, const char *line),
                                                   void *context, uint64_t *reclaimed,
                                                   wcow_error *err);

#ifdef __cplusplus
}
#endif

#endif
