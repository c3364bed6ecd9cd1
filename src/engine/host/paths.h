/* SPDX-License-Identifier: MIT */
/** Where a container's state lies on disk, and the name of its monitor's pipe. */
#ifndef WCOW_ENGINE_HOST_PATHS_H
#define WCOW_ENGINE_HOST_PATHS_H

#include "engine/host/host.h"

/* Files in a container's folder. */
#define FILE_CONFIG      "config.json"
#define FILE_RECORD      "container.json"
#define FILE_STATE       "state.json"
#define FILE_SPARE       "state.spare" /* room for the last state of a run on a full disk */
#define FILE_HEALTH      "health.json"
#define FILE_LOG         "container.log"
#define FILE_SCRATCH     "scratch"
#define FILE_CHANGE_LOCK "container.lock" /* held for moments, for a change of state */
#define FILE_OWNER_LOCK  "monitor.lock"   /* held by whoever answers for it, all that time */
#define FILE_NETWORK_LOCK                                                                          \
    "network.lock" /* by who connects it to a network, or disconnects it, all that time */

#define FILE_HOSTS_LOCK                                                                            \
    "hosts.lock" /* by who writes its hosts file while it runs, and by who unmounts its drive */

/* All return fresh memory, NULL when out of memory. */
char *path_of_containers(const wcow_host *host);
char *path_of_container(const wcow_host *host, const char *id);
char *path_in_container(const wcow_host *host, const char *id, const char *name);
/**
 * The scratch's folder: containers/<id>/scratch/<id>. The service makes ids of a folder's last
 * component, so "scratch" alone would be the same for all.
 */
char *path_of_scratch(const wcow_host *host, const char *id);
char *path_of_layers(const wcow_host *host);
char *path_of_execs(const wcow_host *host);
/** events.log, what it was before it was put aside, and the lock of who does that. */
char *path_of_events(const wcow_host *host);
char *path_of_older_events(const wcow_host *host);
char *path_of_event_lock(const wcow_host *host);
/**
 * wcow-<8 digits of sha256(root)>-<id>: two stores on one machine never meet. The case of letters
 * does not count in a Windows root.
 */
char *path_of_pipe(const wcow_host *host, const char *id);

#endif
