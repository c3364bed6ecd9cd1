/* SPDX-License-Identifier: MIT */
/*
 * A monitor as a service of Windows. Whoever ends the service - net stop, the host that goes down -
 * is one more who asks the monitor for the container's end, over its pipe as everybody does; so
 * nothing here runs beside the monitor's own threads.
 */
#include <wcow/container.h>

#include "base/error.h"
#include "engine/container/container.h"
#include "engine/host/host.h"
#include "port/service_manager.h"

typedef struct service {
    wcow_host *host;
    const char *id;
    wcow_status status;
    wcow_error err;
} service;

static uint32_t run(void *context, bool asked)
{
    service *s = context;

    s->status = asked ? wcow_monitor_run(s->host, s->id, &s->err)
                      : wcow_monitor_run_at_boot(s->host, s->id, &s->err);
    return (uint32_t)s->status;
}

/*
 * Not for good: an automatic service that an administrator stops starts with the host again, and
 * what is stopped for the sake of another service (Restart-Service -Force) is started again with
 * it.
 */
static void stop(void *context)
{
    const service *s = context;
    cleanup_container wcow_container *container = container_new(s->host, s->id, s->id);

    if (container)
        container_dismiss(container);
}

wcow_status wcow_monitor_serve(wcow_host *host, const char *id, wcow_error *err)
{
    service s = {.host = host, .id = id, .err = WCOW_ERROR_INIT};
    const service_body body = {&s, run, stop};
    wcow_status status;

    host_distrust_root(host); /* the command line names it, whosoever's it is */
    status = error_check(err, service_process_run(&body), "StartServiceCtrlDispatcher");

    return status ? status : error_pass(err, s.status, &s.err);
}
