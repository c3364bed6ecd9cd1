/* SPDX-License-Identifier: MIT */
/**
 * What containers of servers that are gone have left on the host: given back by what their bundles
 * note (taken.h), and if that takes too long, remembered in the host's root, since containerd
 * removes the bundle.
 */
#ifndef WCOW_SHIM_CONTAINER_LEFTOVER_H
#define WCOW_SHIM_CONTAINER_LEFTOVER_H

#include "shim/container/container_backend.h"
#include "shim/container/taken.h"

/**
 * For `delete`: gives back what the bundle of a container notes, and crosses it out. Of a server
 * that lives, what it has noted is its own: ask that first whether it has the container (State of
 * its id); this is for one that is gone, or does not know the container any more. It touches
 * nothing that the note does not name, so nothing of a pod's other containers, and may be called
 * any number of times, also at the same time.
 *
 * A service that does not answer is not waited for longer than `milliseconds`: then what is not
 * given back is kept in the host's root (layers.root) for leftover_release_all(), since
 * containerd removes the bundle. So it is with all of it if the host has no service
 * (WCOW_UNAVAILABLE).
 *
 * @param[out] kept  written in any case: whether nothing is forgotten when the bundle goes. What is
 *                   left may not be kept, by a full disk, or not even be known
 * @return WCOW_OK if nothing is left, also without a note; WCOW_TIMEOUT and others: something is.
 *         A thread may still use what the host has: host.hung
 */
WCOW_CHECKED wcow_status leftover_release(const container_host *host, const char *bundle,
                                          uint32_t milliseconds, bool *kept, wcow_error *err);

/**
 * The same of what an earlier container of that id has left, as long as there is something: before
 * another takes its name. Whoever gives it back at the same time is waited for. A namespace
 * that HNS will not delete may be left still: that keeps no other from the name; nor does an
 * instance of the credential guard, unless the other wants one, too.
 *
 * @param guarded  it wants one
 * @param own  the pipe that this server listens at
 */
WCOW_CHECKED wcow_status leftover_release_earlier(const container_host *host, const char *id,
                                                  bool guarded, const char *own,
                                                  uint32_t milliseconds, wcow_error *err);

/**
 * For `delete` of a task whose server neither answers nor ends: remembers in the host's root what
 * the bundle notes, without touching it. It is given back when nobody listens at that pipe any
 * more.
 */
WCOW_CHECKED wcow_status container_keep(const container_host *host, const char *bundle,
                                        const char *server, wcow_error *err);

/**
 * Remembers what is left of a container whose bundle goes: for whoever comes later. It takes the
 * place of what was remembered of that id; of one of which nothing is left nothing is remembered.
 */
WCOW_CHECKED wcow_status leftover_keep(const container_host *host, const taken *t, wcow_error *err);

/** Whether anything is remembered there. */
bool container_has_left(files_port *files, const char *root);
/**
 * The same as leftover_release() of everything that is remembered: for a helper that has more
 * time. Servers that still have it are waited for, and what the service does not answer is tried
 * again when it has answered. WCOW_OK at once, nearly, if another helper is at work.
 */
WCOW_CHECKED wcow_status leftover_release_all(const container_host *host, uint32_t milliseconds,
                                              wcow_error *err);

#endif
