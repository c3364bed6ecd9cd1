/* SPDX-License-Identifier: MIT */
/**
 * The files of a container, however they are reached: through its scratch, mounted for that while
 * it rests; through the volume that its monitor has mounted, while it runs with process isolation;
 * through a program in it, while it runs with Hyper-V isolation.
 */
#ifndef WCOW_ENGINE_CONTAINER_CONTAINER_FILES_H
#define WCOW_ENGINE_CONTAINER_CONTAINER_FILES_H

#include "base/sink.h"
#include "base/source.h"
#include "engine/container/resting.h"
#include "layer/copy/copy_notes.h"
#include "layer/copy/file_view.h"

typedef struct container_files {
    wcow_container *container; /* borrowed */
    bool in_guest;             /* else `view` shows them… */
    file_view view;            /* …and of a guest what is mounted there, alone */
    resting rest;              /* with `mounted` */
    bool mounted;              /* by us */
} container_files;

#define CONTAINER_FILES_INIT                                                                       \
    {                                                                                              \
        NULL, false, FILE_VIEW_INIT, RESTING_INIT, false                                           \
    }

/**
 * Finds out how, and mounts what has to be. The mount is noted before it is made, as a run's is.
 *
 * @return WCOW_CONFLICT in a state in which nobody reaches them
 */
WCOW_CHECKED wcow_status container_files_open(wcow_container *container, container_files *out,
                                              wcow_error *err);
/** Unmounts what was mounted, and crosses it out. */
WCOW_CHECKED wcow_status container_files_close(container_files *f, wcow_error *err);

/** See file_view_find(). */
WCOW_CHECKED wcow_status container_files_find(container_files *f, const char *path, bool follow,
                                              view_file *out, wcow_error *err);
/** See tree_pack(). @param follow  as it was found */
WCOW_CHECKED wcow_status container_files_pack(container_files *f, const char *path, bool follow,
                                              const char *name, const byte_sink *sink,
                                              copy_notes *notes, wcow_error *err);
/** See tree_unpack(); links may lead where they like. */
WCOW_CHECKED wcow_status container_files_unpack(container_files *f, const byte_source *tar,
                                                const char *folder, copy_notes *notes,
                                                wcow_error *err);

#endif
