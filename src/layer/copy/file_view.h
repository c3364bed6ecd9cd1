/* SPDX-License-Identifier: MIT */
/**
 * The files that a path can name, seen as one: those of a container, with what is mounted into it
 * at its place, or those of this host.
 *
 * Links are followed here, component by component, and never by the system: what a container says
 * of its own C: leads into the container, wherever the host would be led. Each call below goes to
 * one tree (port/files.h), by a name that no link may lie on: who exchanges a folder for a link
 * after it was looked at is refused.
 */
#ifndef WCOW_LAYER_COPY_FILE_VIEW_H
#define WCOW_LAYER_COPY_FILE_VIEW_H

#include "layer/copy/copy_path.h"
#include "port/files.h"

/** A tree, and the path at which it is seen. */
typedef struct view_place {
    char *at;
    char *source; /* the folder of the host; opened when something in it is first asked for */
    file_tree *tree;
    bool read_only;
} view_place;

typedef struct file_view {
    files_port *files; /* borrowed */
    bool host;         /* each root that a path begins with is a place, and links lead anywhere */
    view_place **places;
    size_t count;
} file_view;

#define FILE_VIEW_INIT                                                                             \
    {                                                                                              \
        NULL, false, NULL, 0                                                                       \
    }

void file_view_close(file_view *view);
DEFINE_CLEANUP_VALUE(file_view, file_view, file_view_close)
#define cleanup_file_view CLEANUP(file_view)

/** Shows a folder of the host at a path: "C:\" first, then what is mounted. */
WCOW_CHECKED wcow_status file_view_add(file_view *view, const char *at, const char *source,
                                       bool read_only, wcow_error *err);

/** What a path leads to. */
typedef struct view_file {
    char *path; /* without links, but perhaps the last component; whole even if it is not there */
    bool exists;
    file_info info; /* if it does */
} view_file;

void view_file_free(view_file *found);
DEFINE_CLEANUP_VALUE(view_file, view_file, view_file_free)
#define cleanup_view_file CLEANUP(view_file)

/**
 * Looks along a whole, clean path.
 *
 * @param follow  also a link at its end
 * @return WCOW_INVALID if links lead nowhere: round in circles, or out of what is seen
 */
WCOW_CHECKED wcow_status file_view_find(file_view *view, const char *path, bool follow,
                                        view_file *out, wcow_error *err);

/**
 * The target of a link, as it stands in it.
 *
 * @return WCOW_UNSUPPORTED for a reparse point that is no link
 */
WCOW_CHECKED wcow_status file_view_read_link(file_view *view, const char *path, char **target,
                                             wcow_error *err);

/** The place of a path without links: its tree, and the name in it, borrowed from `path` ("" is the
 * tree's root). */
WCOW_CHECKED wcow_status file_view_place(file_view *view, const char *path, view_place **place,
                                         const char **name, wcow_error *err);

/** Names in a folder, sorted, those of what is mounted there included. */
WCOW_CHECKED wcow_status file_view_list(file_view *view, const char *path, string_list *out,
                                        wcow_error *err);

#endif
