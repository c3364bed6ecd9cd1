/* SPDX-License-Identifier: MIT */
/** A folder beside the layers for what is made on the way; private to src/layer. */
#ifndef WCOW_LAYER_STORE_WORKING_FOLDER_H
#define WCOW_LAYER_STORE_WORKING_FOLDER_H

#include "layer/store/layer.h"

/** It is called and locked as an import's transport folder, so that a sweep knows it. */
typedef struct working_folder {
    char *path;
    file_lock *lock;
} working_folder;

/** Makes one of a random name. */
WCOW_CHECKED wcow_status working_folder_open(const layer_store *store, working_folder *out,
                                             wcow_error *err);
/** Removes it with all in it, as far as it can be; the rest is left to layer_sweep(). */
void working_folder_close(const layer_store *store, working_folder *folder);

#endif
