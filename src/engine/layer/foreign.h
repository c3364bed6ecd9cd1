/* SPDX-License-Identifier: MIT */
/** The layers that another engine has below a folder, and who uses them. */
#ifndef WCOW_ENGINE_LAYER_FOREIGN_H
#define WCOW_ENGINE_LAYER_FOREIGN_H

#include "base/strings.h"
#include "engine/host/host_stores.h"

typedef struct foreign_layer {
    char *path;
    bool scratch; /* writable: it has a disk */
    bool mounted;
    string_list systems; /* ids of the compute systems that run on it */
} foreign_layer;

typedef struct foreign_layers {
    foreign_layer *items;
    size_t count;
    size_t capacity;
    string_list others; /* containers that run, on none of them as far as the service tells */
} foreign_layers;

#define FOREIGN_LAYERS_INIT                                                                        \
    {                                                                                              \
        NULL, 0, 0, STRING_LIST_INIT                                                               \
    }

void foreign_layers_free(foreign_layers *layers);
DEFINE_CLEANUP_VALUE(foreign_layers, foreign_layers, foreign_layers_free)
#define cleanup_foreign CLEANUP(foreign_layers)

/**
 * Finds the layers in a folder, which may be one itself, with the systems that run on them: those
 * that have the folder's name as their id, as Docker gives it, and those that started from a
 * utility VM in it.
 */
WCOW_CHECKED wcow_status foreign_layers_find(wcow_host *host, const layer_store *layers,
                                             const char *path, foreign_layers *out,
                                             wcow_error *err);

/** As a user wrote it, without separators at its end, but for a volume's root. Fresh memory. */
char *foreign_path(const char *path);

/** Whether its name is one that a removal gives a layer: <id>-removing, or containerd's rm-<n>. */
bool foreign_is_removing(const char *path);

/**
 * What in a layer's folder is no part of a layer: somebody's, whose disk or folder was taken for
 * one.
 *
 * @param[out] name  the first such, owned by the caller; NULL for none
 */
WCOW_CHECKED wcow_status foreign_stranger(const layer_store *layers, const char *path, char **name,
                                          wcow_error *err);

/** WCOW_INVALID unless there is a folder, and no link to one; WCOW_NOT_FOUND. */
WCOW_CHECKED wcow_status foreign_check_folder(const layer_store *layers, const char *path,
                                              wcow_error *err);

/**
 * What a folder still holds when its layers are gone, but for empty folders and what a store of
 * layers keeps beside them.
 *
 * @param[out] rest  the first such file, link or folder, owned by the caller; NULL for none
 */
WCOW_CHECKED wcow_status foreign_rest(const layer_store *layers, const char *path, char **rest,
                                      wcow_error *err);

/** As wcow_layer_foreign() tells them. */
WCOW_CHECKED wcow_status foreign_print(const foreign_layers *layers, char **json, wcow_error *err);

#endif
