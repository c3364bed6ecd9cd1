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

/** What may be taken. Texts are owned. Zero-initialise. */
typedef struct taken {
    char *id; /* of the container */
    bool system;
    bool mounted;
    char *scratch;           /* the folder */
    char *network_namespace; /* one of its own; NULL: none */
} taken;

void taken_free(taken *t);
DEFINE_CLEANUP_VALUE(taken, taken, taken_free)
#define cleanup_taken_note CLEANUP(taken)

/** Writes it down; if nothing is taken, the file goes. */
WCOW_CHECKED wcow_status taken_write(files_port *files, const char *bundle, const taken *t,
                                     wcow_error *err);
/** WCOW_NOT_FOUND if nothing is noted. */
WCOW_CHECKED wcow_status taken_read(files_port *files, const char *bundle, taken *out,
                                    wcow_error *err);

/**
 * For `delete`: gives back what the bundle of a container notes, and crosses it out. Of a server
 * that lives, what it has noted is its own: ask that first whether it has the container (State of
 * its id); this is for one that is gone, or does not know the container any more. It touches
 * nothing that the note does not name, so nothing of a pod's other containers, and may be called
 * any number of times, also at the same time.
 *
 * A service that does not answer is not waited for longer than `milliseconds`: then what is not
 * given back is kept in the host's root (layers.root) for container_release_left(), since
 * containerd removes the bundle. So it is with all of it if the host has no service
 * (WCOW_UNAVAILABLE).
 *
 * @return WCOW_OK if nothing is left, also without a note; WCOW_TIMEOUT and others: something is.
 *         After WCOW_TIMEOUT a thread still uses what the host has: until this process ends
 */
WCOW_CHECKED wcow_status container_release(const container_host *host, const char *bundle,
                                           uint32_t milliseconds, wcow_error *err);

/**
 * The same of a pod's sandbox, and before it of all its containers: for those of version 3
 * containerd calls no `delete`, unless it was restarted since they were made, and it writes the
 * sandbox's id into their bundles ("sandbox"), which lie beside this one.
 */
WCOW_CHECKED wcow_status container_release_pod(const container_host *host, const char *bundle,
                                               const char *id, uint32_t milliseconds,
                                               wcow_error *err);

/**
 * The same of what an earlier container of that id has left, as long as there is something: before
 * another takes its name. Whoever gives it back at the same time is waited for.
 */
WCOW_CHECKED wcow_status container_release_earlier(const container_host *host, const char *id,
                                                   uint32_t milliseconds, wcow_error *err);

/** The same of everything that earlier calls have left: for a helper that has more time. */
WCOW_CHECKED wcow_status container_release_left(const container_host *host, uint32_t milliseconds,
                                                wcow_error *err);

#endif
