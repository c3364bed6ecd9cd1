/* SPDX-License-Identifier: MIT */
/**
 * What a container has taken from the host: written into its bundle (wcow.json) before it is taken,
 * crossed out when it was given back; and giving it back when the server that took it is gone.
 */
#ifndef WCOW_SHIM_CONTAINER_TAKEN_H
#define WCOW_SHIM_CONTAINER_TAKEN_H

#include "shim/container/container_backend.h"

/** The file in a bundle. */
#define TAKEN_FILE "wcow.json"

/**
 * For `delete`: gives back what the bundle of a container notes, and crosses it out. Of a server
 * that lives, what it has noted is its own: ask that first whether it has the container (State of
 * its id); this is for one that is gone, or does not know the container any more. It touches
 * nothing that the note does not name, so nothing of a pod's other containers, and may be called
 * any number of times, also at the same time.
 *
 * A service that does not answer is not waited for longer than `milliseconds`: then what is not
 * given back is kept in the host's root (layers.root) for container_release_left(), since
 * containerd removes the bundle.
 *
 * @return WCOW_OK if nothing is left, also without a note; WCOW_TIMEOUT and others: something is
 */
WCOW_CHECKED wcow_status container_release(const container_host *host, const char *bundle,
                                           uint32_t milliseconds, wcow_error *err);

/** The same of everything that earlier calls have left: for a helper that has more time. */
WCOW_CHECKED wcow_status container_release_left(const container_host *host, uint32_t milliseconds,
                                                wcow_error *err);

#endif
