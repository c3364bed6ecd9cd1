/* SPDX-License-Identifier: MIT */
/**
 * Windows' Service Control Manager: services of this executable, each in a process of its own, as
 * LocalSystem. A process that it starts is in no user's session and in no user's job, so neither a
 * sign-out nor the end of a job ends it. Results are HRESULTs of Win32 codes, untouched.
 */
#ifndef WCOW_PORT_SERVICE_MANAGER_H
#define WCOW_PORT_SERVICE_MANAGER_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>

#include "base/cleanup.h"
#include "base/error.h"

#define HR_SERVICE_ALREADY_RUNNING   HR_FROM_WIN32(1056)
#define HR_SERVICE_DOES_NOT_EXIST    HR_FROM_WIN32(1060)
#define HR_SERVICE_MARKED_FOR_DELETE HR_FROM_WIN32(1072)
#define HR_SERVICE_EXISTS            HR_FROM_WIN32(1073)

typedef struct service_spec {
    const char *name;
    const char *title; /* what Windows' lists show; no two may have the same */
    const char *description;
    const char *const *arguments; /* of this executable, ended by NULL */
    bool automatic;               /* started with the host, else on demand */
    /* Services that are started before it, where there are such; ended by NULL. They do not stop
     * before it does. */
    const char *const *after;
    uint32_t shutdown; /* milliseconds that it has when the host goes down */
} service_spec;

typedef enum service_state {
    SERVICE_AT_REST,
    SERVICE_BEGINNING,
    SERVICE_WORKING,
    SERVICE_ENDING
} service_state;

typedef struct service_info {
    char *name;
    char *command_line;
    bool automatic;
    service_state state;
    uint32_t pid;       /* 0: it has no process */
    uint32_t exit_code; /* of the last one */
} service_info;

typedef struct services_port services_port;

struct services_port {
    /** HR_SERVICE_EXISTS, HR_SERVICE_MARKED_FOR_DELETE. Administrators and SYSTEM alone may touch
     * it. */
    int32_t (*create)(services_port *port, const service_spec *spec);
    /** Returns when its process is there, whose body is told `asked`. */
    int32_t (*start)(services_port *port, const char *name, bool asked);
    /** Of one that runs this counts from its next start. `after`: as in a service_spec. */
    int32_t (*set_automatic)(services_port *port, const char *name, bool automatic,
                             const char *const *after);
    /** HR_SERVICE_DOES_NOT_EXIST. */
    int32_t (*query)(services_port *port, const char *name, service_info *out);
    /** One that runs goes when its process ends. */
    int32_t (*remove)(services_port *port, const char *name);
    /** Those whose names begin so; one block less each that goes meanwhile. */
    int32_t (*list)(services_port *port, const char *prefix, service_info **out, size_t *count);
    void (*free)(services_port *port);
};

/** HR_NOT_SUPPORTED where there is no such thing. */
int32_t services_port_open(services_port **out);

static inline void service_info_clear(service_info *info)
{
    free(info->name);
    free(info->command_line);
    *info = (service_info){0};
}

static inline void service_infos_free(service_info *infos, size_t count)
{
    for (size_t i = 0; i < count; i++)
        service_info_clear(&infos[i]);
    free(infos);
}
DEFINE_CLEANUP_VALUE(service_info, service_info, service_info_clear)
#define cleanup_service_info CLEANUP(service_info)

/**
 * Whether others than administrators may change this executable, or put another in its place, or
 * put files into the root: then a service would run as LocalSystem what they want. The programs
 * that an administrator runs without elevation are among the others.
 *
 * @param root        the folder whose files a service would believe
 * @param[out] where  the file or folder that they may change, malloc'ed; only if so, and NULL if
 * out of memory
 */
bool service_exposed(const char *root, char **where);

/* ---- within a process that the manager has started ---- */

typedef struct service_body {
    void *context;
    /** What the service does, on a thread of its own; its end is the service's. */
    uint32_t (*run)(void *context, bool asked);
    /** It is to end, or the host goes down: on a thread of its own. May take its time; the service
     * ends when this has returned, too. */
    void (*stop)(void *context);
} service_body;

/**
 * Tells the manager that this process is the service, and returns when that has ended. `asked` is
 * what start() was given: nobody has asked for one that comes with the host, or that `net start`
 * starts.
 *
 * @return HR_FROM_WIN32(1063) if the manager did not start this process
 */
int32_t service_process_run(const service_body *body);

/**
 * The service has done what it was for: from here on it is SERVICE_ENDING, for as long as `run`
 * takes, and does not hear of its end any more. Nothing in a process that is no service.
 */
void service_process_ending(void);

#endif
