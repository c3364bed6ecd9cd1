/* SPDX-License-Identifier: MIT */
/**
 * The Windows service of a container, "wcow-<12 digits of its id>". A monitor that is one is in no
 * user's session and no user's job, which could end it; and a container that is to come back with
 * the host has one that Windows starts by itself.
 *
 * It is noted in state.json before it is made, and crossed out when it is gone. It is there while
 * the monitor runs as one, and at rest only for what comes back with the host: everything else of
 * that name is a stray, which whoever looks at the container removes.
 */
#ifndef WCOW_ENGINE_CONTAINER_CONTAINER_SERVICE_H
#define WCOW_ENGINE_CONTAINER_CONTAINER_SERVICE_H

#include "engine/container/record.h"
#include "engine/container/state.h"
#include "port/service_manager.h"

/** What all names of ours begin with. */
#define SERVICE_PREFIX "wcow-"

/** WCOW_MONITOR says "service", for tests: as one whatever speaks against it. */
bool container_service_forced(void);
/**
 * How to keep others from changing wcow.exe, malloc'ed; NULL: out of memory.
 *
 * @param where  the file or folder that they may change
 */
char *container_service_protection(const char *where);
/**
 * Makes it, or makes it fit the record's policy if it is there; noted before. One whose process
 * only ends, since somebody still reads what its run has written, has the name as long as that:
 * then this one gets another.
 *
 * @param[out] name  its name, malloc'ed
 */
WCOW_CHECKED wcow_status container_service_make(wcow_host *host, const record *r, char **name,
                                                wcow_error *err);
/** Starts it for somebody who asks for the container's start; an HRESULT of the manager's. */
int32_t container_service_start(wcow_host *host, const char *name);
/** Whether its process has ended; then its exit code is set. */
bool container_service_ended(wcow_host *host, const char *name, uint32_t *exit_code);
/** How long the container has to end when the host goes down, or with its service. */
int container_service_stop_seconds(const record *r);
/** Whether the container is started when the host has booted. */
bool container_service_wanted(const record *r, const state *s);

/**
 * The container rests: its service goes, unless it comes back with the host. `s` is changed, and is
 * the caller's to write.
 */
void container_service_settle(wcow_host *host, const record *r, state *s);
/** The same, in its state.json: nothing came of a start. */
void container_service_leave(wcow_host *host, const char *id);
/** The container goes. What could not be removed stays noted in `s`. */
WCOW_CHECKED wcow_status container_service_remove(wcow_host *host, const char *id, state *s,
                                                  wcow_error *err);

/** Its policy was changed: the service follows, of one that runs as of one that rests. */
WCOW_CHECKED wcow_status container_service_follow(wcow_host *host, const char *id, wcow_error *err);

/** What a service of ours says of itself in its command line. */
typedef struct service_words {
    char *root;
    char *id;
} service_words;

void service_words_free(service_words *w);
DEFINE_CLEANUP_VALUE(service_words, service_words, service_words_free)
/** Whether it is of this store. */
bool container_service_is_here(const wcow_host *host, const service_words *words);
/** False if it is none of ours. */
bool service_words_read(const char *command_line, service_words *out);

/** Removes those of this store whose container is gone; how many. */
WCOW_CHECKED wcow_status container_services_sweep(wcow_host *host, size_t *swept, wcow_error *err);

#endif
