/* SPDX-License-Identifier: MIT */
/**
 * What runs tasks: containers and their processes on the Host Compute Service, by the same code as
 * `wcow run` (runtime/). It has the table that task/backend.h asks for, and reads what containerd
 * wrote into a container's bundle.
 *
 * Whatever is taken for a container is noted in its bundle before it is taken (taken.h).
 */
#ifndef WCOW_SHIM_CONTAINER_CONTAINER_BACKEND_H
#define WCOW_SHIM_CONTAINER_CONTAINER_BACKEND_H

#include <stdatomic.h>

#include "hcs/document.h"
#include "layer/store/layer.h"
#include "port/hcs.h"
#include "shim/task/backend.h"

/** Where containers run. All borrowed. */
typedef struct container_host {
    hcs_port *hcs; /* NULL: it cannot be reached; then nothing is made, and nothing given back */
    layer_store layers; /* its root may be shared with wcow: PrepareLayer is serialised by a lock
                           file there, if the folder is there */
    /** The shim's own, for containerd's next life (program_note.h); NULL: it is not noted. */
    const char *program;
    document_schema schema;
    uint32_t build;      /* of Windows; 0: unknown */
    uint32_t processors; /* of the machine; 0: unknown */
    /** Set when a thread is given up that uses all this for as long as the service does not answer,
     * perhaps until the process ends: nothing here may be freed any more. NULL: nothing will be. */
    atomic_bool *hung;
} container_host;

void container_host_hangs(const container_host *host);

/** Who has it: the shim's server. */
typedef struct container_owner {
    void *context;
    const char *id;    /* of the sandbox, or of the only container */
    bool is_pod;       /* others may follow */
    const char *space; /* containerd's namespace; of loggers */
    const char *pipe;  /* that it listens at */
    /** As task_backend's, with their rules. */
    void (*event)(void *context, const task_event *event);
    void (*shut_down)(void *context);
    /** Something went wrong that no caller is told of: for a log. From any thread. NULL: nobody
     * reads it. */
    void (*problem)(void *context, const char *id, const wcow_error *err);
    /** Worth a line of a log at debug level: `words`, and of what they speak. NULL: nobody reads.
     */
    void (*remark)(void *context, const char *id, const char *words, const char *what);
} container_owner;

typedef struct container_backend container_backend;

/** Both tables are copied, what they point to is borrowed. */
WCOW_CHECKED wcow_status container_backend_new(const container_host *host,
                                               const container_owner *owner,
                                               container_backend **out, wcow_error *err);
/** For task_pod_new(). */
const task_backend *container_backend_table(const container_backend *backend);
/** After task_pod_free(). A call to the service that has never returned keeps what it uses. NULL is
 * fine. */
void container_backend_free(container_backend *backend);

DEFINE_CLEANUP(container_backend, container_backend *, container_backend_free)
#define cleanup_container_backend CLEANUP(container_backend)

#endif
