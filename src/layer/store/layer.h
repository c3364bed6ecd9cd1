/* SPDX-License-Identifier: MIT */
/**
 * Read-only Windows layers: <root>/layers/<chain id>/, made by the storage service from layer tars.
 *
 * A layer's folder counts only once its layer.json is there, which is written last. Without it the
 * folder is what a crash left; the next import, destroy or sweep of it removes it through the
 * service. Everything here takes a lock file per chain id, so two imports of one layer share the
 * work.
 */
#ifndef WCOW_LAYER_STORE_LAYER_H
#define WCOW_LAYER_STORE_LAYER_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include <wcow/error.h>

#include "base/cleanup.h"
#include "base/strings.h"
#include "port/files.h"
#include "port/hash.h"
#include "port/storage.h"

/** What layer functions work on; a plain value, everything borrowed. */
typedef struct layer_store {
    files_port *files;
    storage_port *storage;
    const char *root; /* the host's root folder; layers are in <root>/layers */
} layer_store;

/** A chain id or diff id: 64 lower-case hexadecimal digits, without "sha256:". */
typedef char layer_id[SHA256_HEX_SIZE];

/** An imported layer: what its layer.json says. */
typedef struct layer {
    layer_id id;         /* chain id; also the folder's name */
    layer_id diff_id;    /* hash of its uncompressed tar */
    char *path;          /* its folder, absolute */
    string_list parents; /* chain ids, topmost first, base last; empty for a base layer */
    uint64_t size;       /* bytes of its files, as docker counts them */
    uint64_t files;      /* entries of its tar */
    bool utility_vm;     /* has a UtilityVM folder: can be booted for Hyper-V isolation */
} layer;

void layer_free(layer *l);
DEFINE_CLEANUP(layer, layer *, layer_free)
#define cleanup_layer CLEANUP(layer)

/**
 * The chain id of a layer on its parent (OCI: sha256("sha256:PARENT sha256:DIFF"), or the diff id
 * itself for a base layer).
 *
 * @param parent   chain id, NULL for a base layer; both are accepted with or without "sha256:"
 */
WCOW_CHECKED wcow_status layer_chain_id(const char *parent, const char *diff_id, layer_id out,
                                        wcow_error *err);

/**
 * Adds the chain ids of layers that stand on each other, as an image lists them: base first. On
 * failure some may have been added.
 */
WCOW_CHECKED wcow_status layer_chain_ids(const string_list *diff_ids, string_list *out,
                                         wcow_error *err);

/** Opens an imported layer; WCOW_NOT_FOUND if there is none of that chain id. */
WCOW_CHECKED wcow_status layer_open(const layer_store *store, const char *chain_id, layer **out,
                                    wcow_error *err);

/**
 * The same, once nobody is at work on it: waits for an import or destruction of it to end. Whoever
 * made it known first that the layer is needed, and finds it here, can count on it.
 */
WCOW_CHECKED wcow_status layer_open_settled(const layer_store *store, const char *chain_id,
                                            layer **out, wcow_error *err);

/** Chain ids of all imported layers, unsorted. */
WCOW_CHECKED wcow_status layer_list(const layer_store *store, string_list *out, wcow_error *err);

/**
 * Ids of which there is something in <root>/layers, but no layer: what crashes left, or what
 * another process is working on. layer_destroy() removes it.
 */
WCOW_CHECKED wcow_status layer_list_leftovers(const layer_store *store, string_list *out,
                                              wcow_error *err);

/** Bytes of what there is of such an id, as far as it can be told. */
uint64_t layer_leftover_size(const layer_store *store, const char *id);

/**
 * Destroys a layer through the service (renamed first to "<id>-removing"). One that is not there is
 * no failure. That nothing uses it any more is the caller's business.
 */
WCOW_CHECKED wcow_status layer_destroy(const layer_store *store, const char *chain_id,
                                       wcow_error *err);

/** Whether somebody needs a layer. */
typedef wcow_status layer_needed_fn(void *context, const char *chain_id, bool *needed,
                                    wcow_error *err);

/** Destroys it unless it is needed, which is asked while nobody can open it as a settled one. */
WCOW_CHECKED wcow_status layer_destroy_unless(const layer_store *store, const char *chain_id,
                                              layer_needed_fn *is_needed, void *context,
                                              wcow_error *err);

/**
 * Removes what crashes left in <root>/layers: half-made, half-destroyed layers, transport folders.
 * Leaves alone what another process is working on. Goes on over failures, reports the first.
 *
 * @param[out] removed  how many things were removed (half a layer is one), may be NULL; also set on
 *                      failure
 */
WCOW_CHECKED wcow_status layer_sweep(const layer_store *store, size_t *removed, wcow_error *err);

/** The layers that a container's scratch stands on, as the service wants them: topmost first. */
typedef struct layer_chain {
    layer_descriptor *items; /* the paths are owned */
    size_t count;
} layer_chain;

#define LAYER_CHAIN_INIT                                                                           \
    {                                                                                              \
        NULL, 0                                                                                    \
    }

void layer_chain_free(layer_chain *chain);
DEFINE_CLEANUP_VALUE(layer_chain, layer_chain, layer_chain_free)
#define cleanup_layer_chain CLEANUP(layer_chain)

/** Descriptors of a layer and all its parents. Fails if any of them is missing. */
WCOW_CHECKED wcow_status layer_chain_open(const layer_store *store, const char *chain_id,
                                          layer_chain *out, wcow_error *err);

/** Descriptors of layers that another store has, by their folders: topmost first. */
WCOW_CHECKED wcow_status layer_chain_of_folders(const layer_store *store,
                                                const string_list *folders, layer_chain *out,
                                                wcow_error *err);

/**
 * The UtilityVM folder to boot for Hyper-V isolation: that of the topmost layer that has one.
 *
 * @param[out] path  malloc'ed
 * @return WCOW_NOT_FOUND if no layer has one
 */
WCOW_CHECKED wcow_status layer_chain_utility_vm(const layer_store *store, const layer_chain *chain,
                                                char **path, wcow_error *err);

#endif
