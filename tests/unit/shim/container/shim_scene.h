/* SPDX-License-Identifier: MIT */
/**
 * A shim's tasks on a simulated host: a pod over the backend of containers, bundles and snapshots
 * as containerd makes them, and the events that are told.
 */
#ifndef WCOW_TESTS_UNIT_SHIM_CONTAINER_SHIM_SCENE_H
#define WCOW_TESTS_UNIT_SHIM_CONTAINER_SHIM_SCENE_H

#include "base/condition.h"
#include "base/text.h"
#include "shim/container/container_backend.h"
#include "shim/container/taken.h"
#include "shim/task/pod.h"
#include "shim/wire/task.pb.h"
#include "tests/hcssim/fake/fake.h"
#include "tests/unit/shim/container/fake_stdio.h"
#include "tests/unit/shim/container/mortal_files.h"
#include "tests/unit/status.h"

#define SCENE_PROGRAM   "C:\\Program Files\\wcow\\containerd-shim-wcow-v1.exe"
#define SCENE_NAMESPACE "5d3b1c1e-0c5c-4c2c-9f11-0a3b7e6d9001"

typedef struct shim_scene {
    fake_host *fake;
    hcs_port *hcs; /* the shim's own session */
    files_port *files;
    mortal_files mortal; /* the shim's own files */
    char *prepared;      /* a snapshot for who comes next; NULL: it has yet to be made */
    container_host host;
    container_owner owner;
    container_backend *backend;
    task_pod *pod;
    wcow_error err;
    size_t snapshots;
    bool may_leave; /* handles that a failing service did not close */
    size_t buried;  /* handles that the last server had open at its end */

    pthread_mutex_t lock;
    condition changed;
    text events;   /* "create web|exit web 3|…" */
    text problems; /* what a log would tell */
    text remarks;  /* at debug level */
    bool shut_down;
} shim_scene;

/** A shim of that id, with or without the options of a host. */
void shim_scene_open(shim_scene *s, const char *id, bool is_pod, const sim_options *options);
/** What runs is killed, and all of it is finished. */
void shim_scene_end(shim_scene *s);
/** The same, if that was not done; nothing is left. */
void shim_scene_close(shim_scene *s);
/** Its server is gone, and its session with it; there is another one. No call fails any more. */
void shim_scene_bury(shim_scene *s);

/** What Create is asked for. Zero-initialise; what is not said is as ctr has it. */
typedef struct scene_wish {
    const char *id;
    const char *command;     /* a command line */
    const char *annotations; /* JSON */
    const char *windows;     /* members of it, as JSON: "\"network\":{…}"; NULL: none */
    const char *more;        /* members of config.json; NULL: none */
    const char *config;      /* all of config.json instead */
    const char *layer_type;  /* of the mount; NULL: windows-layer */
    const char *option;      /* one more of the mount's */
    const char *options_type;
    wire_bytes options;
    size_t mounts; /* how many; 0: one */
    bool no_mount;
    bool terminal, streams, no_input;
    const char *input, *output; /* the client's addresses, instead of such that nobody has */
} scene_wish;

/** Makes a snapshot now, so that the next create makes no calls of others. */
void shim_scene_prepare(shim_scene *s);
/** Writes a bundle, makes a snapshot, and creates a container. */
wcow_status shim_scene_create(shim_scene *s, const scene_wish *wish);
/** The first half of that, for a request that goes through the wire: all of it is encoded. */
void shim_scene_encode(shim_scene *s, const scene_wish *wish, const task_create_request *plain,
                       text *out);
/** A bundle's folder; to be freed. */
char *shim_scene_bundle(const shim_scene *s, const char *id);
/** Created and started, or the test fails. */
uint32_t shim_scene_run(shim_scene *s, const char *id, const char *command);
wcow_status shim_scene_start(shim_scene *s, const char *id, const char *exec_id);
/** @param process  JSON */
wcow_status shim_scene_exec(shim_scene *s, const char *id, const char *exec_id,
                            const char *process);
/** Waits for its end; its exit status. */
uint32_t shim_scene_wait(shim_scene *s, const char *id, const char *exec_id);
void shim_scene_delete(shim_scene *s, const char *id, const char *exec_id);

void shim_scene_fault(shim_scene *s, const char *fault);
size_t shim_scene_calls(shim_scene *s, const char *name);
/** The document of the last such call; to be freed. NULL: there was none. */
cJSON *shim_scene_last(shim_scene *s, const char *call, const char *member);
/** Waits until nothing is left on the host, neither in the bundle of `id` (NULL: of none). */
void shim_scene_assert_clean(shim_scene *s, const char *id);
char *shim_scene_left(shim_scene *s);

#endif
