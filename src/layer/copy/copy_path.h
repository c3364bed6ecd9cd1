/* SPDX-License-Identifier: MIT */
/**
 * Paths that users of `cp` write, and what becomes of them: Docker's rules, as text. A path within
 * is whole, clean, and has '\' between its components, whatever system it is of: "C:\a\b",
 * "\\server\share\a", and "\a" on a host without drives.
 */
#ifndef WCOW_LAYER_COPY_COPY_PATH_H
#define WCOW_LAYER_COPY_COPY_PATH_H

#include <stdbool.h>
#include <stddef.h>

#include <wcow/error.h>

#include "base/cleanup.h"

/** A path, and what its end said. */
typedef struct copy_path {
    char *whole;
    bool folder; /* it ended with a separator, or with "." */
    bool dot;    /* it ended with "." */
} copy_path;

#define COPY_PATH_INIT                                                                             \
    {                                                                                              \
        NULL, false, false                                                                         \
    }

void copy_path_free(copy_path *path);
DEFINE_CLEANUP_VALUE(copy_path, copy_path, copy_path_free)
#define cleanup_copy_path CLEANUP(copy_path)

/** Bytes of the root that a path begins with, its separator included; 0: it is not whole. */
size_t copy_path_root(const char *path);
/** Makes both separators one, resolves "." and ".." as text; never above the root. NULL: out of
 * memory. */
char *copy_path_clean(const char *path);
/** The last component, borrowed; "" of a root. */
const char *copy_path_base(const char *path);
/** The folder it is in, in fresh memory; of a root itself. */
char *copy_path_parent(const char *path);
/** A path and a name below it ("" is the path itself), in fresh memory. */
char *copy_path_join(const char *path, const char *name);
/** The same path as this host's system takes it: "\a\b" is "/a/b" where there are no drives. */
char *copy_path_native(const char *path);
/** Whether a path is that folder or lies below it, as Windows compares. */
bool copy_path_is_in(const char *path, const char *folder);

/** @param given  what the user wrote, whose end counts; `whole` is it as a whole path */
WCOW_CHECKED wcow_status copy_path_set(const char *whole, const char *given, copy_path *out,
                                       wcow_error *err);
/**
 * A path in a container: what has no drive is on C:, what is relative lies in its root.
 *
 * @return WCOW_INVALID for a drive without a path
 */
WCOW_CHECKED wcow_status copy_path_in_container(const char *given, copy_path *out, wcow_error *err);

/** What lies at an end of a copy. */
typedef struct copy_end {
    const copy_path *path; /* links at its end followed, where they are to be */
    bool exists;
    bool folder;
} copy_end;

/** Where what is copied goes. */
typedef struct copy_plan {
    char *folder; /* that must be there */
    char *name;   /* in it; NULL: what the source holds goes right into the folder */
} copy_plan;

void copy_plan_free(copy_plan *plan);
DEFINE_CLEANUP_VALUE(copy_plan, copy_plan, copy_plan_free)
#define cleanup_copy_plan CLEANUP(copy_plan)

/**
 * Decides where a source goes, as the table of `docker cp` has it.
 *
 * @param name  how the source is called: what the user wrote, before links were followed; NULL:
 * what it holds is meant ("folder/.", a root)
 * @return WCOW_INVALID: a folder onto a file, or a file into a folder that is not there
 */
WCOW_CHECKED wcow_status copy_plan_make(const copy_end *source, const char *name,
                                        const copy_end *destination, copy_plan *out,
                                        wcow_error *err);

#endif
