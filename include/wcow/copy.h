/* SPDX-License-Identifier: MIT */
/** The files of a container: copied from and to this host, and what it changed of its image. */
#ifndef WCOW_COPY_H
#define WCOW_COPY_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include <wcow/container.h>

#ifdef __cplusplus
extern "C" {
#endif

/** How a copy goes. Initialise with WCOW_COPY_OPTIONS_INIT. */
typedef struct wcow_copy_options {
    size_t size;
    bool follow_link; /**< a link at the end of the source is followed */
    /** Told now and then how many bytes have passed; false cancels. NULL: nobody is. */
    bool (*progress)(void *context, uint64_t bytes);
    /** Told of what is left out, a line each, perhaps on another thread. NULL: nobody is. */
    void (*left_out)(void *context, const char *line);
    void *context; /**< for the functions above */
} wcow_copy_options;

#define WCOW_COPY_OPTIONS_INIT                                                                     \
    {                                                                                              \
        sizeof(wcow_copy_options), false, NULL, NULL, NULL                                         \
    }

/** What was copied. Initialise with WCOW_COPIED_INIT. */
typedef struct wcow_copied {
    uint64_t content;     /**< bytes of files */
    uint64_t transferred; /**< bytes of the tar that carried them */
    char *destination;    /**< its whole path; owned by the caller, wcow_free() */
} wcow_copied;

#define WCOW_COPIED_INIT                                                                           \
    {                                                                                              \
        0, 0, NULL                                                                                 \
    }

/**
 * Copies a file, or a folder with all in it, from a container, by the rules of `docker cp`: what a
 * separator or "." at the end of a path means, and what is there already, decides where it goes.
 *
 * The container may rest or run. One that runs with Hyper-V isolation is asked through tar.exe in
 * it. What is mounted into a container is seen at its place.
 *
 * Contents, times of the last write and the read-only attribute are copied. Links stay links; those
 * that would lead out of what is copied are left out, and told. Nothing in a container leads the
 * copy to files of the host. A file that is replaced stays until the new one is whole, but in a
 * container that runs with Hyper-V isolation, where tar.exe decides.
 *
 * What cannot be read is left out and told, all else is copied, and the call fails. What in the
 * root of a volume is the volume's own (pagefile.sys, "System Volume Information"…) is no file of
 * anybody's, and not copied.
 *
 * @param source       path in the container
 * @param destination  path on this host; "-": a tar, to standard output
 * @param options      NULL: the defaults
 * @param copied       may be NULL
 * @return WCOW_NOT_FOUND if there is no such file; WCOW_UNSUPPORTED if its image has no tar.exe;
 *         WCOW_INVALID for a folder into itself, by way of what is mounted; WCOW_TIMEOUT if tar.exe
 *         does not go on; WCOW_FAILED if not all could be read
 */
WCOW_API WCOW_CHECKED wcow_status wcow_container_copy_from(wcow_container *container,
                                                           const char *source,
                                                           const char *destination,
                                                           const wcow_copy_options *options,
                                                           wcow_copied *copied, wcow_error *err);

/**
 * Copies the other way. Links go as they are, wherever they lead: in the container they lead into
 * it.
 *
 * @param source       path on this host; "-": a tar, perhaps compressed (gzip, zstd), from standard
 *                     input, which is unpacked in a folder that is there
 * @param destination  path in the container
 */
WCOW_API WCOW_CHECKED wcow_status wcow_container_copy_to(wcow_container *container,
                                                         const char *source,
                                                         const char *destination,
                                                         const wcow_copy_options *options,
                                                         wcow_copied *copied, wcow_error *err);

/** How a file differs from the image. */
typedef enum wcow_change_kind {
    WCOW_CHANGE_CHANGED = 0, /**< also a folder in which something differs */
    WCOW_CHANGE_ADDED = 1,   /**< it is not in the image */
    WCOW_CHANGE_DELETED = 2  /**< it was in the image */
} wcow_change_kind;

/** A file or folder that a container has otherwise than its image. */
typedef struct wcow_change {
    wcow_change_kind kind; /**< what became of it */
    const char *path;      /**< "C:\app\log.txt"; owned by the list */
} wcow_change;

/**
 * What a container that does not run changed in the file system of its image, sorted by path.
 * Changes of the registry are not told: Windows keeps them apart.
 *
 * @param[out] out  one block with its strings, owned by the caller, wcow_free()
 * @return WCOW_CONFLICT while it runs
 */
WCOW_API WCOW_CHECKED wcow_status wcow_container_changes(wcow_container *container,
                                                         wcow_change **out, size_t *count,
                                                         wcow_error *err);

#ifdef __cplusplus
}
#endif

#endif
