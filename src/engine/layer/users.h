/* SPDX-License-Identifier: MIT */
/** Who stands on which layers: images, containers, and what is on its way. */
#ifndef WCOW_ENGINE_LAYER_USERS_H
#define WCOW_ENGINE_LAYER_USERS_H

#include "engine/host/host_stores.h"

/** Adds the chain ids of all images, one for each image that stands on it, however many names it
 * has. One whose config is damaged stands on nothing: nobody can use it. */
WCOW_CHECKED wcow_status layer_images_add(const image_store *images, string_list *out,
                                          wcow_error *err);

/**
 * Adds the chain ids of what a container stands on: its topmost layer, and those below that.
 *
 * @param chain  of the topmost; if it was never imported, or its record is damaged, nothing is
 * known to be below it
 * @return WCOW_UNSUPPORTED if a newer wcow imported it, or why it cannot be read just now: then it
 *         alone was added, and nobody may take away what may be below it
 */
WCOW_CHECKED wcow_status layer_container_add(const layer_store *layers, const char *chain,
                                             string_list *out, wcow_error *err);

/** Adds the chain ids of what pulls rely on that are under way. */
WCOW_CHECKED wcow_status layer_leases_add(const image_store *images, string_list *out,
                                          wcow_error *err);

/**
 * A layer_needed_fn; its context is the host. Asked of each layer anew, since an image that came
 * meanwhile may stand on it, too. One that may go loses the virtual machines that the service keeps
 * of it (template_vm.h).
 */
WCOW_CHECKED wcow_status layer_is_needed(void *host, const char *chain_id, bool *needed,
                                         wcow_error *err);

/**
 * Destroys those layers of a chain that nobody needs.
 *
 * @param diff_ids  base first
 */
WCOW_CHECKED wcow_status layers_release(wcow_host *host, const string_list *diff_ids,
                                        wcow_error *err);

/**
 * Destroys every layer that nobody needs. Goes on over failures, reports the first.
 *
 * @param[in,out] removed  how many there were is added, also on failure
 */
WCOW_CHECKED wcow_status layers_prune(wcow_host *host, size_t *removed, wcow_error *err);

#endif
