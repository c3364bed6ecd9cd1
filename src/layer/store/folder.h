/* SPDX-License-Identifier: MIT */
/**
 * Folders of <root>/layers: what they are called, and how they come and go. Private to src/layer.
 *
 *   <id>             a layer; only if it holds layer.json
 *   <12 digits>-t    a transport folder, named by the first digits of the layer's id: what is
 *                    handed to ImportLayer, or made by ExportLayer
 *   <id>-removing    a layer on its way out
 *   <xx>.lock        guards all layers whose id starts with xx; one file a layer would stay for
 *                    ever, since a lock file that others wait for cannot be removed
 */
#ifndef WCOW_LAYER_STORE_FOLDER_H
#define WCOW_LAYER_STORE_FOLDER_H

#include "layer/store/layer.h"

#define TRANSPORT_SUFFIX "-t"
#define TRANSPORT_DIGITS 12
#define REMOVING_SUFFIX  "-removing"
#define LAYER_FILE       "layer.json"

/** <root>/layers; malloc'ed, NULL when out of memory. */
char *layers_folder(const layer_store *store);
/** <root>/layers/<id><suffix> */
char *layer_folder(const layer_store *store, const char *id, const char *suffix);
/**
 * The transport folder of that id. Its path is short, since the service gets it without \\?\ and
 * adds the paths of files to it, which reach 200 characters below WinSxS: hcsshim hands over a
 * folder of %TEMP%.
 */
char *layer_transport(const layer_store *store, const char *id);

/**
 * Refuses a root on a volume whose files cannot be a layer's: they need NTFS's streams, reparse
 * points, links and ids, and the service's filter. What cannot be told, what follows will tell.
 */
WCOW_CHECKED wcow_status root_check_volume(const layer_store *store, wcow_error *err);

/** Makes a folder; one that is there is fine. */
WCOW_CHECKED wcow_status folder_ensure(files_port *files, const char *path, wcow_error *err);
/** Whether there is anything of that path. */
bool folder_exists(files_port *files, const char *path);

/**
 * Whether a failure may pass: a scanner, an indexer or a backup has a file open that is to go, or
 * one that went is there until they close it.
 */
bool is_held(int32_t hr);
/** Waits before the next try, of which `tries` were made; false if that were too many: 2 s. */
bool held_wait(unsigned tries);

/** Removes a folder of our own making with all in it; one that is not there is fine. What others
 * hold is tried for a while. */
WCOW_CHECKED wcow_status folder_remove(files_port *files, const char *path, wcow_error *err);

/** The same for one that is of no use any more: what cannot be removed is left to layer_sweep(). */
void folder_discard(files_port *files, const char *path);

/**
 * Destroys a folder that holds, or may hold, what the service made: renames it to
 * "<path>-removing", DestroyLayer. Nothing there: fine. A "-removing" one of an earlier try is
 * finished first.
 */
WCOW_CHECKED wcow_status folder_destroy(const layer_store *store, const char *path,
                                        wcow_error *err);

/**
 * The same for what is of no use any more: once it is renamed it is no layer, and what others hold
 * of it is left to layer_sweep().
 */
WCOW_CHECKED wcow_status folder_put_away(const layer_store *store, const char *path,
                                         wcow_error *err);

/** Only the second half of it: destroys "<path>-removing" if an earlier try left it. */
WCOW_CHECKED wcow_status folder_finish_destroy(const layer_store *store, const char *path,
                                               wcow_error *err);

/** Locks layers/<xx>.lock; makes the folders above it. */
WCOW_CHECKED wcow_status layer_lock(const layer_store *store, const char *id, uint32_t milliseconds,
                                    file_lock **out, wcow_error *err);

#endif
