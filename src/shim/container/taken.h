/* SPDX-License-Identifier: MIT */
/**
 * What a container has taken from the host: written into its bundle (wcow.json) before it is taken,
 * crossed out when it was given back; and giving it back, by one thread that is not waited for
 * longer than one likes.
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
    bool guarded;            /* an instance of the credential guard */
    char *scratch;           /* the folder */
    char *network_namespace; /* one of its own; NULL: none */
    char *server;            /* the pipe of the one that may still have all of it; NULL: none has */
} taken;

void taken_free(taken *t);
DEFINE_CLEANUP_VALUE(taken, taken, taken_free)
#define cleanup_taken_note CLEANUP(taken)

/** Whether there is anything. */
bool taken_is_anything(const taken *t);

/** Writes it down; if nothing is taken, the file goes. */
WCOW_CHECKED wcow_status taken_write(files_port *files, const char *bundle, const taken *t,
                                     wcow_error *err);
/** WCOW_NOT_FOUND if nothing is noted. */
WCOW_CHECKED wcow_status taken_read(files_port *files, const char *bundle, taken *out,
                                    wcow_error *err);

/* The same in a file of that path. */
WCOW_CHECKED wcow_status taken_put(files_port *files, const char *path, const taken *t,
                                   wcow_error *err);
WCOW_CHECKED wcow_status taken_get(files_port *files, const char *path, taken *out,
                                   wcow_error *err);
/** One that is not there is fine. */
WCOW_CHECKED wcow_status taken_remove(files_port *files, const char *path, wcow_error *err);

/**
 * Gives back what is noted; what is left of it stands in `t` then.
 *
 * @param deadline  the service is not waited for any longer: WCOW_TIMEOUT, and a thread uses what
 *                  the host has from then on (host.hung)
 * @param patience  ms for the end of a system that the service answers for
 * @param held  the lock of the note, of the host's files: that thread has it then, and gives it
 *              back when the service has answered; NULL is written. NULL: there is none
 */
WCOW_CHECKED wcow_status taken_give_back(const container_host *host, taken *t, uint64_t deadline,
                                         uint32_t patience, file_lock **held, wcow_error *err);

#endif
