/* SPDX-License-Identifier: MIT */
/* port/hcs.h over the engine, in the same process. */
#include <stdlib.h>
#include <unistd.h>

#include "base/text.h"
#include "exchange.h"

static void notified(void *context, uint64_t callback, uint32_t type, int32_t hr, const char *data)
{
    fake_hcs *fake = context;
    listener found = {0};

    /* Also waits for a registration whose call has not come back yet. */
    pthread_mutex_lock(&fake->lock);
    for (const listener *at = fake->listeners; at; at = at->next)
        if (at->callback == callback)
            found = *at;
    pthread_mutex_unlock(&fake->lock);
    if (found.call)
        found.call(type, found.context, hr, data);
}

static int32_t create_system(hcs_port *port, const char *id, const char *document, hcs_system **out,
                             char **result)
{
    exchange e = exchange_begin(port, "HcsCreateComputeSystem");
    void *made;
    int32_t hr;

    json_add_text(e.request, "id", id);
    json_add_text(e.request, "configuration", document);
    hr = exchange_carry_out(&e);
    made = exchange_take_handle(&e, "system");
    if (made)
        *out = made;
    return exchange_end(&e, hr, result);
}

static int32_t open_system(hcs_port *port, const char *id, hcs_system **out, char **result)
{
    exchange e = exchange_begin(port, "HcsOpenComputeSystem");
    int32_t hr;

    json_add_text(e.request, "id", id);
    hr = exchange_carry_out(&e);
    if (HR_SUCCEEDED(hr))
        *out = exchange_take_handle(&e, "system");
    return exchange_end(&e, hr, result);
}

static int32_t close_system(hcs_port *port, hcs_system *system)
{
    return exchange_plainly(port, &(plain_call){.name = "HcsCloseComputeSystem",
                                                .handle_member = "system",
                                                .handle = system});
}

/* What is asked of a system with a text, and answered with a result alone. */
#define SYSTEM_CALL(member, call, text_name)                                                       \
    static int32_t member(hcs_port *port, hcs_system *system, const char *text_given,              \
                          char **result)                                                           \
    {                                                                                              \
        return exchange_plainly(port, &(plain_call){.name = call,                                  \
                                                    .handle_member = "system",                     \
                                                    .handle = system,                              \
                                                    .text_member = text_name,                      \
                                                    .content = text_given,                         \
                                                    .result = result});                            \
    }

SYSTEM_CALL(start_system, "HcsStartComputeSystem", "options")
SYSTEM_CALL(shutdown_system, "HcsShutdownComputeSystem", "options")
SYSTEM_CALL(terminate_system, "HcsTerminateComputeSystem", "options")
SYSTEM_CALL(pause_system, "HcsPauseComputeSystem", "options")
SYSTEM_CALL(resume_system, "HcsResumeComputeSystem", "options")
SYSTEM_CALL(modify_system, "HcsModifyComputeSystem", "configuration")

static int32_t get_system_properties(hcs_port *port, hcs_system *system, const char *query,
                                     char **properties, char **result)
{
    return exchange_plainly(port, &(plain_call){.name = "HcsGetComputeSystemProperties",
                                                .handle_member = "system",
                                                .handle = system,
                                                .text_member = "propertyQuery",
                                                .content = query,
                                                .out_member = "properties",
                                                .out = properties,
                                                .result = result});
}

static int32_t enumerate_systems(hcs_port *port, const char *query, char **systems, char **result)
{
    return exchange_plainly(port, &(plain_call){.name = "HcsEnumerateComputeSystems",
                                                .text_member = "query",
                                                .content = query,
                                                .out_member = "computeSystems",
                                                .out = systems,
                                                .result = result});
}

static int32_t register_on(hcs_port *port, const char *call, const char *member, const void *handle,
                           const listener *wanted, hcs_registration **out)
{
    fake_hcs *fake = fake_of(port);
    exchange e = exchange_begin(port, call);
    listener *made;
    int32_t hr;

    exchange_add_handle(&e, member, handle);
    pthread_mutex_lock(&fake->lock);
    hr = exchange_carry_out(&e);
    if (HR_SUCCEEDED(hr)) {
        made = malloc(sizeof(*made));
        *made = *wanted;
        made->callback = (uint64_t)json_integer(e.reply, "callback", 0);
        made->next = fake->listeners;
        fake->listeners = made;
        *out = exchange_take_handle(&e, "callback");
    }
    pthread_mutex_unlock(&fake->lock);
    return exchange_end(&e, hr, NULL);
}

static int32_t register_system(hcs_port *port, hcs_system *system, hcs_callback *call,
                               void *context, hcs_registration **out)
{
    listener wanted = {0, call, context, NULL};

    return register_on(port, "HcsRegisterComputeSystemCallback", "system", system, &wanted, out);
}

static int32_t register_process(hcs_port *port, hcs_process *process, hcs_callback *call,
                                void *context, hcs_registration **out)
{
    listener wanted = {0, call, context, NULL};

    return register_on(port, "HcsRegisterProcessCallback", "process", process, &wanted, out);
}

static void forget(fake_hcs *fake, uint64_t callback)
{
    pthread_mutex_lock(&fake->lock);
    for (listener **at = &fake->listeners; *at; at = &(*at)->next)
        if ((*at)->callback == callback) {
            listener *gone = *at;

            *at = gone->next;
            free(gone);
            break;
        }
    pthread_mutex_unlock(&fake->lock);
}

static int32_t unregister(hcs_port *port, const char *call, hcs_registration *registration)
{
    int32_t hr = exchange_plainly(
        port, &(plain_call){.name = call, .handle_member = "callback", .handle = registration});

    if (HR_SUCCEEDED(hr))
        forget(fake_of(port), (uint64_t)(uintptr_t)registration);
    return hr;
}

static int32_t unregister_system(hcs_port *port, hcs_registration *registration)
{
    return unregister(port, "HcsUnregisterComputeSystemCallback", registration);
}

static int32_t unregister_process(hcs_port *port, hcs_registration *registration)
{
    return unregister(port, "HcsUnregisterProcessCallback", registration);
}

static int32_t take_stream(const cJSON *info, const char *name, stream **out)
{
    int64_t descriptor = json_integer(info, name, 0);

    return descriptor ? stream_from_native((intptr_t)descriptor, out) : HR_OK;
}

static int32_t create_process(hcs_port *port, hcs_system *system, const char *parameters,
                              hcs_process_io *io, hcs_process **out, char **result)
{
    exchange e = exchange_begin(port, "HcsCreateProcess");
    const cJSON *info;
    int32_t hr;

    exchange_add_handle(&e, "system", system);
    json_add_text(e.request, "processParameters", parameters);
    hr = exchange_carry_out(&e);
    if (HR_SUCCEEDED(hr)) {
        info = json_member(e.reply, "info");
        *io = (hcs_process_io){.pid = (uint32_t)json_integer(info, "pid", 0)};
        hr = take_stream(info, "in", &io->in);
        if (HR_SUCCEEDED(hr))
            hr = take_stream(info, "out", &io->out);
        if (HR_SUCCEEDED(hr))
            hr = take_stream(info, "err", &io->err);
        *out = exchange_take_handle(&e, "process");
    }
    return exchange_end(&e, hr, result);
}

static int32_t open_process(hcs_port *port, hcs_system *system, uint32_t pid, hcs_process **out,
                            char **result)
{
    exchange e = exchange_begin(port, "HcsOpenProcess");
    int32_t hr;

    exchange_add_handle(&e, "system", system);
    json_add_integer(e.request, "pid", pid);
    hr = exchange_carry_out(&e);
    if (HR_SUCCEEDED(hr))
        *out = exchange_take_handle(&e, "process");
    return exchange_end(&e, hr, result);
}

static int32_t close_process(hcs_port *port, hcs_process *process)
{
    return exchange_plainly(
        port,
        &(plain_call){.name = "HcsCloseProcess", .handle_member = "process", .handle = process});
}

static int32_t terminate_process(hcs_port *port, hcs_process *process, char **result)
{
    return exchange_plainly(port, &(plain_call){.name = "HcsTerminateProcess",
                                                .handle_member = "process",
                                                .handle = process,
                                                .result = result});
}

static int32_t signal_process(hcs_port *port, hcs_process *process, const char *options,
                              char **result)
{
    return exchange_plainly(port, &(plain_call){.name = "HcsSignalProcess",
                                                .handle_member = "process",
                                                .handle = process,
                                                .text_member = "options",
                                                .content = options,
                                                .result = result});
}

static int32_t get_process_properties(hcs_port *port, hcs_process *process, char **properties,
                                      char **result)
{
    return exchange_plainly(port, &(plain_call){.name = "HcsGetProcessProperties",
                                                .handle_member = "process",
                                                .handle = process,
                                                .out_member = "processProperties",
                                                .out = properties,
                                                .result = result});
}

static int32_t modify_process(hcs_port *port, hcs_process *process, const char *settings,
                              char **result)
{
    return exchange_plainly(port, &(plain_call){.name = "HcsModifyProcess",
                                                .handle_member = "process",
                                                .handle = process,
                                                .text_member = "settings",
                                                .content = settings,
                                                .result = result});
}

static int32_t get_service_properties(hcs_port *port, const char *query, char **properties,
                                      char **result)
{
    return exchange_plainly(port, &(plain_call){.name = "HcsGetServiceProperties",
                                                .text_member = "propertyQuery",
                                                .content = query,
                                                .out_member = "properties",
                                                .out = properties,
                                                .result = result});
}

static int32_t modify_service(hcs_port *port, const char *settings, char **result)
{
    return exchange_plainly(port, &(plain_call){.name = "HcsModifyServiceSettings",
                                                .text_member = "settings",
                                                .content = settings,
                                                .result = result});
}

static int32_t hns_call(hcs_port *port, const char *method, const char *path, const char *body,
                        char **response)
{
    exchange e = exchange_begin(port, "HNSCall");
    int32_t hr;

    json_add_text(e.request, "method", method);
    json_add_text(e.request, "path", path);
    json_add_text(e.request, "object", body);
    hr = exchange_carry_out(&e);
    exchange_take_text(&e, "response", response);
    return exchange_end(&e, hr, NULL);
}

static void fake_free(hcs_port *port)
{
    fake_hcs *fake = fake_of(port);

    if (!fake)
        return;
    sim_session_close(fake->sim, fake->session);
    while (fake->listeners)
        forget(fake, fake->listeners->callback);
    pthread_mutex_destroy(&fake->lock);
    free(fake);
}

size_t fake_hcs_handles(hcs_port *port)
{
    return sim_session_handles(fake_of(port)->sim, fake_of(port)->session);
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
    .unregister_system = unregister_system,
    .enumerate_systems = enumerate_systems,
    .create_process = create_process,
    .open_process = open_process,
    .close_process = close_process,
    .terminate_process = terminate_process,
    .signal_process = signal_process,
    .get_process_properties = get_process_properties,
    .modify_process = modify_process,
    .register_process = register_process,
    .unregister_process = unregister_process,
    .get_service_properties = get_service_properties,
    .modify_service = modify_service,
    .hns_call = hns_call,
    .create_namespace = fake_create_namespace,
    .open_namespace = fake_open_namespace,
    .close_namespace = fake_close_namespace,
    .modify_namespace = fake_modify_namespace,
    .query_namespace = fake_query_namespace,
    .enumerate_namespaces = fake_enumerate_namespaces,
    .free = fake_free,
};

hcs_port *fake_hcs_open(sim *s)
{
    fake_hcs *fake = calloc(1, sizeof(*fake));

    if (!fake)
        return NULL;
    fake->port = functions;
    fake->sim = s;
    pthread_mutex_init(&fake->lock, NULL);
    fake->session = sim_session_open(s, (uint32_t)getpid(), notified, fake);
    return &fake->port;
}
