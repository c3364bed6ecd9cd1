/* SPDX-License-Identifier: MIT */
/**
 * Which execs run: a note for each (execs/<container>-<exec>), outside the container's folder, so
 * that its removal waits for nobody.
 *
 * While the process that runs `wcow exec` watches its command, the note is a lock file that it
 * holds (.lock): a crash ends it. What it leaves running on purpose (-d, detach keys) is noted with
 * its process (.json), and runs as long as the service lists that. The one is written before the
 * other is given back, so who looks at the lock first misses nothing.
 *
 * Notes are no condition of anything: where the store cannot be written, an exec is not listed.
 */
#ifndef WCOW_ENGINE_CONTAINER_EXEC_NOTE_H
#define WCOW_ENGINE_CONTAINER_EXEC_NOTE_H

#include "engine/container/container.h"
#include "engine/host/store.h"

/** The note of an exec that this process watches. Zero is "none". */
typedef struct exec_note {
    wcow_container *container;
    char *name; /* of its files, without their endings */
    store_lock lock;
} exec_note;

#define EXEC_NOTE_INIT                                                                             \
    {                                                                                              \
        NULL, NULL, STORE_LOCK_INIT                                                                \
    }

/** Its id, of 64 digits; "": it is none. */
const char *exec_note_id(const exec_note *note);
/** Before the process is made, so that none runs without one. */
void exec_note_begin(exec_note *note, wcow_container *container);
/**
 * Its process goes on without its owner, who ends the note next.
 *
 * @param ask  whether the service may be asked for what tells the process from a later one of the
 *             same pid: not by who must be gone at once, for it may be stuck
 */
void exec_note_leave(const exec_note *note, uint32_t pid, bool ask);
/** Ends it. */
void exec_note_end(exec_note *note);
DEFINE_CLEANUP_VALUE(exec_note, exec_note, exec_note_end)

/** The ids of the execs that run in a running or paused container, sorted; clears away what has
 * ended. */
WCOW_CHECKED wcow_status exec_notes_running(wcow_container *container, bool paused,
                                            string_list *out, wcow_error *err);
/**
 * Removes, as far as it can, what execs left whose owner is gone: of a container at rest or on its
 * way out; with NULL, of all, but for what may still run in a container that is there.
 */
void exec_notes_sweep(wcow_host *host, const char *id);

#endif
