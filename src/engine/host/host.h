/* SPDX-License-Identifier: MIT */
/** What stands behind a wcow_host: the root folder and the ports, each opened when first needed. */
#ifndef WCOW_ENGINE_HOST_HOST_H
#define WCOW_ENGINE_HOST_HOST_H

#include <pthread.h>
#include <stdbool.h>

#include <wcow/host.h>

#include "base/step.h"
#include "port/files.h"
#include "port/hcs.h"
#include "port/hives.h"
#include "port/machine.h"
#include "port/service_manager.h"
#include "port/socket_owner.h"
#include "port/storage.h"

/**
 * Starts the monitor of a container: machine_start_self() with the arguments of design.md, or in
 * unit tests a thread of this process (then *child stays NULL). An HRESULT.
 */
typedef int32_t host_start_monitor(void *context, struct wcow_host *host, const char *id,
                                   machine_child **child);

/** How long the monitor and its clients wait for a service that may be stuck. Milliseconds. */
typedef struct host_limits {
    uint32_t lock;          /* for a lock file that is held for moments only */
    uint32_t owner;         /* for monitor.lock of a monitor that is about to leave */
    uint32_t connect;       /* for a monitor that was just started to listen */
    uint32_t request;       /* how long a monitor without a start request stays */
    uint32_t drain;         /* silence after the exit after which the pipes count as drained */
    uint32_t shutdown;      /* for HcsShutdownComputeSystem to end the system */
    uint32_t terminate;     /* for HcsTerminate… to end a process or a system */
    uint32_t lull;          /* of a run, until the monitor needs a thread less */
    uint32_t boot;          /* for the services to answer when the host has booted */
    uint32_t answer;        /* for the service to answer a question that nobody may wait long for */
    uint32_t guest;         /* for a program of a container to read, to write or to end */
    uint32_t patience;      /* what a client adds to a stop's own time before it gives up */
    uint32_t retry;         /* before a request to a registry is sent again; doubled each time */
    uint32_t retry_longest; /* of what a registry may ask for (Retry-After) */
} host_limits;

struct wcow_host {
    char *root;
    pthread_mutex_t lock; /* guards the opening of the ports */
    hcs_port *hcs;        /* NULL until host_hcs() */
    storage_port *storage;
    files_port *files;
    hives_port *hives;
    services_port *services;
    /* Everybody knows the default root's name, and every user may make folders in %ProgramData%: so
     * it is looked at before it is used. */
    bool root_is_default, root_checked;
    bool distrusted; /* as is any other for a service: host_distrust_root() */
    bool borrowed;   /* the ports belong to a test and are not freed, but for the hives' */
    host_start_monitor *start_monitor;
    void *start_context;
    /* Where monitors are threads of this process: whether that of a container runs; and waits until
     * all have ended, for a while, and frees the context. NULL: they are processes. */
    bool (*monitor_runs)(void *context, const char *id);
    void (*end_monitors)(void *context);
    host_limits limits;
    machine_version version; /* of Windows; tests pretend another */
    uint32_t processors;     /* of the machine; tests pretend others */
    /* machine_local_value(); tests pretend others */
    int32_t (*local_value)(const char *key, const char *name, char **out);
    socket_owner_find_fn *port_owner; /* socket_owner_find(); tests pretend others */
    /* Who is told of steps: the caller, if he wants to know. */
    step_sink steps;
    wcow_step_fn *step;
    void *step_context;
    uint64_t opened; /* step_clock() */
    unsigned strays; /* threads that a stuck service has not given back: see host_stray() */
};

/** Another host on the same root, that has its own ports, for a thread that lives its own life; in
 * tests on the same ones. */
WCOW_CHECKED wcow_status host_beside(const wcow_host *host, wcow_host **out, wcow_error *err);

/** For tests: a host on given ports, which stay the caller's. */
WCOW_CHECKED wcow_status host_new(const char *root, hcs_port *hcs, storage_port *storage,
                                  files_port *files, wcow_host **out, wcow_error *err);

/**
 * A thread that uses the host is left to itself (+1), since a call of it does not return, or has
 * come back after all (-1). With one of them about, wcow_host_free() frees nothing: the end of the
 * process does.
 */
void host_stray(wcow_host *host, int change);

/** A step is done, unless it failed: whoever wants to know is told. Returns the status. */
wcow_status host_step(const wcow_host *host, wcow_status status, const char *what);

/**
 * From now on the root is looked at before it is used, though somebody has named it: for a service,
 * which believes what is in it as LocalSystem.
 */
void host_distrust_root(wcow_host *host);

/** What makes a root one that is believed. */
#define HOST_ROOT_REMEDY                                                                           \
    "look at what is in it, then admit administrators alone: icacls FOLDER /setowner "             \
    "*S-1-5-32-544 /t, then icacls FOLDER /inheritance:r /grant:r *S-1-5-18:(OI)(CI)F "            \
    "*S-1-5-32-544:(OI)(CI)F (in PowerShell each of the last two in quotes)"

/** Refuses a root that is there and belongs neither to this user nor to an administrator. */
WCOW_CHECKED wcow_status host_check_root(const wcow_host *host, files_port *files, wcow_error *err);

/**
 * The ports; opened at the first call. Failures say what to do: no service (not Windows, feature
 * not installed), not elevated, no offreg.dll.
 */
WCOW_CHECKED wcow_status host_hcs(wcow_host *host, hcs_port **out, wcow_error *err);
WCOW_CHECKED wcow_status host_storage(wcow_host *host, storage_port **out, wcow_error *err);
WCOW_CHECKED wcow_status host_files(wcow_host *host, files_port **out, wcow_error *err);
WCOW_CHECKED wcow_status host_services(wcow_host *host, services_port **out, wcow_error *err);
WCOW_CHECKED wcow_status host_hives(wcow_host *host, hives_port **out, wcow_error *err);

#endif
