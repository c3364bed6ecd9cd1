/* SPDX-License-Identifier: MIT */
/* A Host Compute Service of a few lines. */
#include "tests/unit/hcs/fake_service.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/error.h"
#include "base/text.h"
#include "port/machine.h"
#include "port/pipe.h"

struct hcs_registration {
    hcs_callback *call;
    void *context;
    bool process;
    hcs_registration *next;
};

/* Handles are memory, so that a leaked or twice closed one is seen by the sanitizer, too. */
struct hcs_system {
    char nothing;
};
struct hcs_process {
    bool exit_pending;
};

static void *zeroed(fake_service *s, size_t size)
{
    void *memory = s->allocate(1, size);

    if (!memory)
        abort();
    return memory;
}

static char *copied(const char *string)
{
    return string ? strdup(string) : NULL;
}

static fake_service *service_of(hcs_port *port)
{
    return (fake_service *)port;
}

static void enqueue(fake_service *s, hcs_registration *to, uint32_t type, int32_t hr)
{
    if (type == s->drop || s->queued == FAKE_NOTICES)
        return;
    s->queue[s->queued++] = (fake_notice){to, type, hr};
    pthread_cond_broadcast(&s->changed);
}

static void notify_all(fake_service *s, bool processes, bool systems, uint32_t type, int32_t hr)
{
    for (hcs_registration *r = s->registrations; r; r = r->next) {
        if (r->process ? processes : systems)
            enqueue(s, r, type, hr);
    }
}

static void *notifier(void *context)
{
    fake_service *s = context;

    pthread_mutex_lock(&s->lock);
    while (!s->stop) {
        fake_notice notice;

        if (s->queued == 0) {
            pthread_cond_wait(&s->changed, &s->lock);
            continue;
        }
        notice = s->queue[0];
        memmove(s->queue, s->queue + 1, --s->queued * sizeof(s->queue[0]));
        s->running = notice.to;
        pthread_mutex_unlock(&s->lock);
        notice.to->call(notice.type, notice.to->context, notice.hr, NULL);
        pthread_mutex_lock(&s->lock);
        s->running = NULL;
        pthread_cond_broadcast(&s->changed);
    }
    pthread_mutex_unlock(&s->lock);
    return NULL;
}

/* Begins a call: counts it, and says whether it is to fail. Leaves the service locked if not. */
static bool refuse(fake_service *s, const char *call, const char *string, int32_t *hr,
                   char **result)
{
    pthread_mutex_lock(&s->lock);
    s->calls++;
    snprintf(s->last_call, sizeof(s->last_call), "%s", call);
    if (string)
        snprintf(s->last_text, sizeof(s->last_text), "%s", string);
    if (s->fail_nth == 0 || --s->fail_nth > 0)
        return false;
    s->failed = true;
    snprintf(s->failed_call, sizeof(s->failed_call), "%s", call);
    *hr = s->fail_hr;
    if (result)
        *result = copied(s->result);
    pthread_mutex_unlock(&s->lock);
    return true;
}

static int32_t done(fake_service *s, int32_t hr)
{
    pthread_mutex_unlock(&s->lock);
    return hr;
}

static int32_t complete(fake_service *s, uint32_t type)
{
    if (!s->pending)
        return done(s, HR_OK);
    notify_all(s, false, true, type, s->completion_hr);
    return done(s, HCS_PENDING);
}

static hcs_system *new_system(fake_service *s)
{
    s->handles++;
    return zeroed(s, sizeof(hcs_system));
}

static int32_t create_system(hcs_port *port, const char *id, const char *document, hcs_system **out,
                             char **result)
{
    fake_service *s = service_of(port);
    int32_t hr;

    (void)id;
    if (refuse(s, "create_system", document, &hr, result))
        return hr;
    *out = new_system(s);
    s->exists = true;
    s->create_completed = s->pending;
    return done(s, s->pending ? HCS_PENDING : HR_OK);
}

static int32_t open_system(hcs_port *port, const char *id, hcs_system **out, char **result)
{
    fake_service *s = service_of(port);
    int32_t hr;

    (void)id;
    if (refuse(s, "open_system", NULL, &hr, result))
        return hr;
    if (!s->exists)
        return done(s, HCS_SYSTEM_NOT_FOUND);
    *out = new_system(s);
    return done(s, HR_OK);
}

static int32_t close_system(hcs_port *port, hcs_system *system)
{
    fake_service *s = service_of(port);
    int32_t hr;
    bool refused = refuse(s, "close_system", NULL, &hr, NULL);

    /* Even a failed close closes: a handle that cannot be closed is nobody's fault. */
    if (refused)
        pthread_mutex_lock(&s->lock);
    s->handles--;
    free(system);
    return done(s, refused ? hr : HR_OK);
}

static int32_t start_system(hcs_port *port, hcs_system *system, const char *options, char **result)
{
    fake_service *s = service_of(port);
    int32_t hr;

    (void)system;
    if (refuse(s, "start_system", options, &hr, result))
        return hr;
    if (s->die_while_starting) {
        s->exited = true;
        notify_all(s, false, true, HCS_SYSTEM_EXITED, HCS_UNEXPECTED_EXIT);
        return done(s, HCS_PENDING);
    }
    s->started = true;
    return complete(s, HCS_SYSTEM_START_COMPLETED);
}

static int32_t end_system(fake_service *s)
{
    if (s->exited)
        return done(s, HCS_SYSTEM_ALREADY_STOPPED);
    if (HR_FAILED(s->terminate_hr))
        return done(s, s->terminate_hr);
    s->exited = true;
    notify_all(s, true, false, HCS_PROCESS_EXITED, HR_OK);
    notify_all(s, false, true, HCS_SYSTEM_EXITED, HR_OK);
    return done(s, HCS_PENDING);
}

static int32_t shutdown_system(hcs_port *port, hcs_system *system, const char *options,
                               char **result)
{
    fake_service *s = service_of(port);
    int32_t hr;

    (void)system;
    if (refuse(s, "shutdown_system", options, &hr, result))
        return hr;
    return s->shutdown_hangs ? done(s, HCS_PENDING) : end_system(s);
}

static int32_t terminate_system(hcs_port *port, hcs_system *system, const char *options,
                                char **result)
{
    fake_service *s = service_of(port);
    int32_t hr;

    (void)system;
    if (refuse(s, "terminate_system", options, &hr, result))
        return hr;
    return end_system(s);
}

static int32_t pause_system(hcs_port *port, hcs_system *system, const char *options, char **result)
{
    fake_service *s = service_of(port);
    int32_t hr;

    (void)system;
    if (refuse(s, "pause_system", options, &hr, result))
        return hr;
    return complete(s, HCS_SYSTEM_PAUSE_COMPLETED);
}

static int32_t resume_system(hcs_port *port, hcs_system *system, const char *options, char **result)
{
    fake_service *s = service_of(port);
    int32_t hr;

    (void)system;
    if (refuse(s, "resume_system", options, &hr, result))
        return hr;
    return complete(s, HCS_SYSTEM_RESUME_COMPLETED);
}

static int32_t get_system_properties(hcs_port *port, hcs_system *system, const char *query,
                                     char **properties, char **result)
{
    fake_service *s = service_of(port);
    int32_t hr;

    (void)system;
    if (refuse(s, "get_system_properties", query, &hr, result))
        return hr;
    *properties = copied(s->properties);
    return done(s, HR_OK);
}

static int32_t modify_system(hcs_port *port, hcs_system *system, const char *document,
                             char **result)
{
    fake_service *s = service_of(port);
    int32_t hr;

    (void)system;
    return refuse(s, "modify_system", document, &hr, result) ? hr : done(s, HR_OK);
}

static int32_t enumerate_systems(hcs_port *port, const char *query, char **systems, char **result)
{
    fake_service *s = service_of(port);
    int32_t hr;

    if (refuse(s, "enumerate_systems", query, &hr, result))
        return hr;
    *systems = copied(s->properties);
    return done(s, HR_OK);
}

static int32_t add_registration(fake_service *s, bool process, hcs_callback *call, void *context,
                                hcs_registration **out)
{
    hcs_registration *r = zeroed(s, sizeof(*r));

    *r = (hcs_registration){call, context, process, s->registrations};
    s->registrations = r;
    s->handles++;
    *out = r;
    if (process ? s->exit_completed : s->create_completed)
        enqueue(s, r, process ? HCS_PROCESS_EXITED : HCS_SYSTEM_CREATE_COMPLETED, s->completion_hr);
    if (!process)
        s->create_completed = false;
    return done(s, HR_OK);
}

static int32_t register_system(hcs_port *port, hcs_system *system, hcs_callback *call,
                               void *context, hcs_registration **out)
{
    fake_service *s = service_of(port);
    int32_t hr;

    (void)system;
    if (refuse(s, "register_system", NULL, &hr, NULL))
        return hr;
    return add_registration(s, false, call, context, out);
}

static void forget(fake_service *s, hcs_registration *r)
{
    size_t kept = 0;

    for (size_t i = 0; i < s->queued; i++) {
        if (s->queue[i].to != r)
            s->queue[kept++] = s->queue[i];
    }
    s->queued = kept;
    while (s->running == r)
        pthread_cond_wait(&s->changed, &s->lock);
    for (hcs_registration **where = &s->registrations; *where; where = &(*where)->next) {
        if (*where == r) {
            *where = r->next;
            break;
        }
    }
    s->handles--;
    free(r);
}

static int32_t unregister(hcs_port *port, hcs_registration *registration)
{
    fake_service *s = service_of(port);
    int32_t hr;

    if (refuse(s, "unregister", NULL, &hr, NULL))
        return hr;
    forget(s, registration);
    return done(s, HR_OK);
}

/* Some stream, so that it is seen whether somebody frees it. There is none when memory has run out.
 */
static stream *new_stream(void)
{
    cleanup_free char *name = text_format("wcow-test-%u", machine_process_id());
    cleanup_pipe_server pipe_server *server = NULL;
    stream *made = NULL;

    if (!name || pipe_listen(name, &server) != HR_OK || pipe_connect(name, 1000, &made) != HR_OK)
        return NULL;
    return made;
}

static int32_t create_process(hcs_port *port, hcs_system *system, const char *parameters,
                              hcs_process_io *io, hcs_process **out, char **result)
{
    fake_service *s = service_of(port);
    int32_t hr;

    (void)system;
    if (refuse(s, "create_process", parameters, &hr, result))
        return hr;
    *io = (hcs_process_io){1234, NULL, new_stream(), NULL};
    *out = zeroed(s, sizeof(hcs_process));
    s->handles++;
    return done(s, HR_OK);
}

static int32_t open_process(hcs_port *port, hcs_system *system, uint32_t pid, hcs_process **out,
                            char **result)
{
    fake_service *s = service_of(port);
    int32_t hr;

    (void)system;
    if (refuse(s, "open_process", NULL, &hr, result))
        return hr;
    if (pid != 1234)
        return done(s, HR_NOT_FOUND);
    *out = zeroed(s, sizeof(hcs_process));
    s->handles++;
    return done(s, HR_OK);
}

static int32_t close_process(hcs_port *port, hcs_process *process)
{
    fake_service *s = service_of(port);
    int32_t hr;
    bool refused = refuse(s, "close_process", NULL, &hr, NULL);

    if (refused)
        pthread_mutex_lock(&s->lock);
    s->handles--;
    free(process);
    return done(s, refused ? hr : HR_OK);
}

static int32_t terminate_process(hcs_port *port, hcs_process *process, char **result)
{
    fake_service *s = service_of(port);
    int32_t hr;

    (void)process;
    if (refuse(s, "terminate_process", NULL, &hr, result))
        return hr;
    s->kills++;
    if (HR_FAILED(s->terminate_hr))
        return done(s, s->terminate_hr);
    notify_all(s, true, false, HCS_PROCESS_EXITED, HR_OK);
    return done(s, HR_OK);
}

static int32_t signal_process(hcs_port *port, hcs_process *process, const char *options,
                              char **result)
{
    fake_service *s = service_of(port);
    int32_t hr;

    (void)process;
    return refuse(s, "signal_process", options, &hr, result) ? hr : done(s, s->signal_hr);
}

static int32_t get_process_properties(hcs_port *port, hcs_process *process, char **properties,
                                      char **result)
{
    fake_service *s = service_of(port);
    int32_t hr;

    (void)process;
    if (refuse(s, "get_process_properties", NULL, &hr, result))
        return hr;
    *properties = copied(s->properties);
    return done(s, HR_OK);
}

static int32_t modify_process(hcs_port *port, hcs_process *process, const char *settings,
                              char **result)
{
    fake_service *s = service_of(port);
    int32_t hr;

    (void)process;
    return refuse(s, "modify_process", settings, &hr, result) ? hr : done(s, s->signal_hr);
}

static int32_t register_process(hcs_port *port, hcs_process *process, hcs_callback *call,
                                void *context, hcs_registration **out)
{
    fake_service *s = service_of(port);
    int32_t hr;

    (void)process;
    if (refuse(s, "register_process", NULL, &hr, NULL))
        return hr;
    return add_registration(s, true, call, context, out);
}

static const hcs_port functions = {
    .create_system = create_system,
    .open_system = open_system,
    .close_system = close_system,
    .start_system = start_system,
    .shutdown_system = shutdown_system,
    .terminate_system = terminate_system,
    .pause_system = pause_system,
    .resume_system = resume_system,
    .get_system_properties = get_system_properties,
    .modify_system = modify_system,
    .register_system = register_system,
    .unregister_system = unregister,
    .enumerate_systems = enumerate_systems,
    .create_process = create_process,
    .open_process = open_process,
    .close_process = close_process,
    .terminate_process = terminate_process,
    .signal_process = signal_process,
    .get_process_properties = get_process_properties,
    .modify_process = modify_process,
    .register_process = register_process,
    .unregister_process = unregister,
};

void fake_start(fake_service *service)
{
    memset(service, 0, sizeof(*service));
    service->port = functions;
    service->allocate = calloc;
    service->fail_hr = (int32_t)0x80004005;
    pthread_mutex_init(&service->lock, NULL);
    pthread_cond_init(&service->changed, NULL);
    if (pthread_create(&service->notifier, NULL, notifier, service) != 0)
        abort();
}

void fake_stop(fake_service *service)
{
    pthread_mutex_lock(&service->lock);
    service->stop = true;
    pthread_cond_broadcast(&service->changed);
    pthread_mutex_unlock(&service->lock);
    pthread_join(service->notifier, NULL);
    while (service->registrations)
        forget(service, service->registrations);
    pthread_cond_destroy(&service->changed);
    pthread_mutex_destroy(&service->lock);
}

void fake_process_exits(fake_service *service)
{
    pthread_mutex_lock(&service->lock);
    service->exit_completed = true;
    notify_all(service, true, false, HCS_PROCESS_EXITED, HR_OK);
    pthread_mutex_unlock(&service->lock);
}

void fake_system_exits(fake_service *service, int32_t hr)
{
    pthread_mutex_lock(&service->lock);
    service->exited = true;
    notify_all(service, false, true, HCS_SYSTEM_EXITED, hr);
    pthread_mutex_unlock(&service->lock);
}

void fake_service_dies(fake_service *service)
{
    pthread_mutex_lock(&service->lock);
    notify_all(service, true, true, HCS_SERVICE_DISCONNECT, HR_OK);
    pthread_mutex_unlock(&service->lock);
}
