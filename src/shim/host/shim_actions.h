/* SPDX-License-Identifier: MIT */
/** What containerd calls the shim's program for, but for the server itself (serving.h). */
#ifndef WCOW_SHIM_HOST_SHIM_ACTIONS_H
#define WCOW_SHIM_HOST_SHIM_ACTIONS_H

#include "base/text.h"
#include "port/files.h"
#include "shim/host/invocation.h"
#include "shim/wire/message.h"

/** `delete` is killed after 5 s: it ends before. */
#define SHIM_DELETE_LIMIT 4000u

/** What the actions need of the host. */
typedef struct shim_tools {
    files_port *files;
    void *context;
    /** Gives back what a container's bundle notes: leftover_release(); and if a sandbox is named,
     * what those of its pod do: leftover_release_pod(). `kept` is written in any case: whether
     * nothing is forgotten when the bundle goes. */
    wcow_status (*release)(void *context, const char *bundle, const char *sandbox,
                           uint32_t milliseconds, bool *kept, wcow_error *err);
    /** Of the same: remembers it for a helper, until the server at that pipe is gone:
     * container_keep(), container_keep_pod(). */
    wcow_status (*keep)(void *context, const char *bundle, const char *sandbox, const char *server,
                        wcow_error *err);
    /** Whether a helper has something to do: container_has_left(). */
    bool (*has_left)(void *context);
} shim_tools;

/**
 * `start`: sees to it that a server is there – a new one, or the pod's, which learns that a
 * container comes – and that its pipes listen.
 *
 * @param folder  the bundle, which containerd makes the working folder
 * @param input   all of standard input
 * @param[out] answer  for standard output: the server's address, in a form that this containerd
 *                     understands
 */
WCOW_CHECKED wcow_status shim_start(const shim_tools *tools, const shim_invocation *in,
                                    const char *folder, wire_bytes input, text *answer,
                                    wcow_error *err);

/**
 * `delete`: gives back what is left of a task, or leaves that to a helper that has more time. A
 * server that lives is not harmed: what it still has is its own, unless containerd has given it up.
 * What a server has that neither answers nor ends is for the helper, which waits for its end.
 *
 * @param[out] answer  a DeleteResponse; without one the call has failed: containerd says so in
 *                     its log, and removes the bundle, as it does in any case
 */
WCOW_CHECKED wcow_status shim_delete(const shim_tools *tools, const shim_invocation *in,
                                     text *answer, wcow_error *err);

const char *shim_version(void);
/** `-info`: a RuntimeInfo. */
WCOW_CHECKED wcow_status shim_info(text *answer, wcow_error *err);

#endif
