/* SPDX-License-Identifier: MIT */
/*
 * The Host Compute Service through vmcompute.dll: translates text and handles, never meanings. A
 * missing export is HR_PROC_NOT_FOUND.
 */
#include "port/hcs.h"

#include "vmcompute.h"

/* Text for one call; `missing` says that memory ran out, since NULL is a legal text, too. */
static wchar_t *wide_copy(const char *text, bool *missing)
{
    wchar_t *wide = text ? wide_from_utf8(text) : NULL;

    if (text && !wide)
        *missing = true;
    return wide;
}

static int32_t create_system(hcs_port *port, const char *id, const char *document, hcs_system **out,
                             char **result)
{
    HcsCreateComputeSystem_call *call = VMCOMPUTE(HcsCreateComputeSystem);
    bool missing = false;
    cleanup_free wchar_t *wide_id = wide_copy(id, &missing);
    cleanup_free wchar_t *wide_document = wide_copy(document, &missing);
    PWSTR text = NULL;
    HANDLE system = NULL;
    int32_t hr;

    (void)port;
    if (!call)
        return HR_PROC_NOT_FOUND;
    if (missing)
        return HR_OUT_OF_MEMORY;
    hr = call(wide_id, wide_document, NULL, &system, &text);
    *result = vmcompute_take(text);
    /* Pending is a failure by its sign, and still gives a handle. */
    if (system)
        *out = (hcs_system *)system;
    return hr;
}

static int32_t open_system(hcs_port *port, const char *id, hcs_system **out, char **result)
{
    HcsOpenComputeSystem_call *call = VMCOMPUTE(HcsOpenComputeSystem);
    cleanup_free wchar_t *wide_id = wide_from_utf8(id);
    PWSTR text = NULL;
    HANDLE system = NULL;
    int32_t hr;

    (void)port;
    if (!call)
        return HR_PROC_NOT_FOUND;
    if (!wide_id)
        return HR_OUT_OF_MEMORY;
    hr = call(wide_id, &system, &text);
    *result = vmcompute_take(text);
    if (system)
        *out = (hcs_system *)system;
    return hr;
}

static int32_t close_handle(vmcompute_export which, void *handle)
{
    HcsCloseComputeSystem_call *call = (HcsCloseComputeSystem_call *)vmcompute_find(which);

    return call ? call((HANDLE)handle) : HR_PROC_NOT_FOUND;
}

static int32_t close_system(hcs_port *port, hcs_system *system)
{
    (void)port;
    return close_handle(EXPORT_HcsCloseComputeSystem, system);
}

static int32_t close_process(hcs_port *port, hcs_process *process)
{
    (void)port;
    return close_handle(EXPORT_HcsCloseProcess, process);
}

/* All calls of the form (handle, text, result); the text is "" rather than NULL, as hcsshim sends
 * it. */
static int32_t call_with_text(vmcompute_export which, void *handle, const char *options,
                              char **result)
{
    HcsStartComputeSystem_call *call = (HcsStartComputeSystem_call *)vmcompute_find(which);
    cleanup_free wchar_t *wide = wide_from_utf8(options ? options : "");
    PWSTR text = NULL;
    int32_t hr;

    if (!call)
        return HR_PROC_NOT_FOUND;
    if (!wide)
        return HR_OUT_OF_MEMORY;
    hr = call((HANDLE)handle, wide, &text);
    *result = vmcompute_take(text);
    return hr;
}

static int32_t start_system(hcs_port *port, hcs_system *system, const char *options, char **result)
{
    (void)port;
    return call_with_text(EXPORT_HcsStartComputeSystem, system, options, result);
}

static int32_t shutdown_system(hcs_port *port, hcs_system *system, const char *options,
                               char **result)
{
    (void)port;
    return call_with_text(EXPORT_HcsShutdownComputeSystem, system, options, result);
}

static int32_t terminate_system(hcs_port *port, hcs_system *system, const char *options,
                                char **result)
{
    (void)port;
    return call_with_text(EXPORT_HcsTerminateComputeSystem, system, options, result);
}

static int32_t pause_system(hcs_port *port, hcs_system *system, const char *options, char **result)
{
    (void)port;
    return call_with_text(EXPORT_HcsPauseComputeSystem, system, options, result);
}

static int32_t resume_system(hcs_port *port, hcs_system *system, const char *options, char **result)
{
    (void)port;
    return call_with_text(EXPORT_HcsResumeComputeSystem, system, options, result);
}

static int32_t modify_system(hcs_port *port, hcs_system *system, const char *document,
                             char **result)
{
    (void)port;
    return call_with_text(EXPORT_HcsModifyComputeSystem, system, document, result);
}

static int32_t signal_process(hcs_port *port, hcs_process *process, const char *options,
                              char **result)
{
    (void)port;
    return call_with_text(EXPORT_HcsSignalProcess, process, options, result);
}

static int32_t modify_process(hcs_port *port, hcs_process *process, const char *settings,
                              char **result)
{
    (void)port;
    return call_with_text(EXPORT_HcsModifyProcess, process, settings, result);
}

static int32_t get_system_properties(hcs_port *port, hcs_system *system, const char *query,
                                     char **properties, char **result)
{
    HcsGetComputeSystemProperties_call *call = VMCOMPUTE(HcsGetComputeSystemProperties);
    cleanup_free wchar_t *wide = wide_from_utf8(query ? query : "");
    PWSTR found = NULL;
    PWSTR text = NULL;
    int32_t hr;

    (void)port;
    if (!call)
        return HR_PROC_NOT_FOUND;
    if (!wide)
        return HR_OUT_OF_MEMORY;
    hr = call((HANDLE)system, wide, &found, &text);
    *properties = vmcompute_take(found);
    *result = vmcompute_take(text);
    return hr;
}

/* The two calls of the form (query, answer, result). */
static int32_t query_service(vmcompute_export which, const char *query, char **answer,
                             char **result)
{
    HcsEnumerateComputeSystems_call *call =
        (HcsEnumerateComputeSystems_call *)vmcompute_find(which);
    cleanup_free wchar_t *wide = wide_from_utf8(query ? query : "");
    PWSTR found = NULL;
    PWSTR text = NULL;
    int32_t hr;

    if (!call)
        return HR_PROC_NOT_FOUND;
    if (!wide)
        return HR_OUT_OF_MEMORY;
    hr = call(wide, &found, &text);
    *answer = vmcompute_take(found);
    *result = vmcompute_take(text);
    return hr;
}

static int32_t enumerate_systems(hcs_port *port, const char *query, char **systems, char **result)
{
    (void)port;
    return query_service(EXPORT_HcsEnumerateComputeSystems, query, systems, result);
}

static int32_t get_service_properties(hcs_port *port, const char *query, char **properties,
                                      char **result)
{
    (void)port;
    return query_service(EXPORT_HcsGetServiceProperties, query, properties, result);
}

/* ---- processes ---- */

/* Wraps the three handles. When one fails, all are closed. */
static int32_t take_streams(const vmcompute_process *info, hcs_process_io *io)
{
    const HANDLE handles[] = {info->StdInput, info->StdOutput, info->StdError};
    stream *streams[3] = {NULL, NULL, NULL};
    int32_t hr = HR_OK;

    for (int i = 0; i < 3; i++) {
        if (handles[i] && HR_SUCCEEDED(hr))
            hr = stream_from_native((intptr_t)handles[i], &streams[i]);
        else if (handles[i])
            CloseHandle(handles[i]);
    }
    if (HR_FAILED(hr)) {
        for (int i = 0; i < 3; i++)
            stream_free(streams[i]);
        return hr;
    }
    *io = (hcs_process_io){info->ProcessId, streams[0], streams[1], streams[2]};
    return HR_OK;
}

static int32_t terminate_process(hcs_port *port, hcs_process *process, char **result)
{
    HcsTerminateProcess_call *call = VMCOMPUTE(HcsTerminateProcess);
    PWSTR text = NULL;
    int32_t hr;

    (void)port;
    if (!call)
        return HR_PROC_NOT_FOUND;
    hr = call((HANDLE)process, &text);
    *result = vmcompute_take(text);
    return hr;
}

static int32_t create_process(hcs_port *port, hcs_system *system, const char *parameters,
                              hcs_process_io *io, hcs_process **out, char **result)
{
    HcsCreateProcess_call *call = VMCOMPUTE(HcsCreateProcess);
    cleanup_free wchar_t *wide = wide_from_utf8(parameters);
    vmcompute_process info = {0};
    PWSTR text = NULL;
    HANDLE process = NULL;
    int32_t hr;

    if (!call)
        return HR_PROC_NOT_FOUND;
    if (!wide)
        return HR_OUT_OF_MEMORY;
    hr = call((HANDLE)system, wide, &info, &process, &text);
    *result = vmcompute_take(text);
    if (HR_FAILED(hr))
        return hr;
    hr = take_streams(&info, io);
    if (HR_FAILED(hr)) {
        cleanup_free char *ignored = NULL;

        (void)terminate_process(port, (hcs_process *)process, &ignored);
        (void)close_process(port, (hcs_process *)process);
        return hr;
    }
    *out = (hcs_process *)process;
    return hr;
}

static int32_t open_process(hcs_port *port, hcs_system *system, uint32_t pid, hcs_process **out,
                            char **result)
{
    HcsOpenProcess_call *call = VMCOMPUTE(HcsOpenProcess);
    PWSTR text = NULL;
    HANDLE process = NULL;
    int32_t hr;

    (void)port;
    if (!call)
        return HR_PROC_NOT_FOUND;
    hr = call((HANDLE)system, pid, &process, &text);
    *result = vmcompute_take(text);
    if (process)
        *out = (hcs_process *)process;
    return hr;
}

static int32_t get_process_properties(hcs_port *port, hcs_process *process, char **properties,
                                      char **result)
{
    HcsGetProcessProperties_call *call = VMCOMPUTE(HcsGetProcessProperties);
    PWSTR found = NULL;
    PWSTR text = NULL;
    int32_t hr;

    (void)port;
    if (!call)
        return HR_PROC_NOT_FOUND;
    hr = call((HANDLE)process, &found, &text);
    *properties = vmcompute_take(found);
    *result = vmcompute_take(text);
    return hr;
}

/* ---- notifications ---- */

struct hcs_registration {
    HANDLE handle;
    hcs_callback *call;
    void *context;
};

static void WINAPI notified(DWORD type, void *context, HRESULT hr, PCWSTR data)
{
    const hcs_registration *registration = context;
    cleanup_free char *text = data ? utf8_from_wide(data) : NULL;

    registration->call(type, registration->context, hr, text);
}

static int32_t register_handle(vmcompute_export which, void *handle, hcs_callback *call,
                               void *context, hcs_registration **out)
{
    HcsRegisterComputeSystemCallback_call *enter =
        (HcsRegisterComputeSystemCallback_call *)vmcompute_find(which);
    hcs_registration *registration;
    int32_t hr;

    if (!enter)
        return HR_PROC_NOT_FOUND;
    registration = malloc(sizeof(*registration));
    if (!registration)
        return HR_OUT_OF_MEMORY;
    *registration = (hcs_registration){NULL, call, context};
    hr = enter((HANDLE)handle, notified, registration, &registration->handle);
    if (HR_FAILED(hr))
        free(registration);
    else
        *out = registration;
    return hr;
}

/* The service returns when no callback of it runs any more, so that its context can go. */
static int32_t unregister_handle(vmcompute_export which, hcs_registration *registration)
{
    int32_t hr = close_handle(which, registration->handle);

    if (HR_SUCCEEDED(hr))
        free(registration);
    return hr;
}

static int32_t register_system(hcs_port *port, hcs_system *system, hcs_callback *call,
                               void *context, hcs_registration **out)
{
    (void)port;
    return register_handle(EXPORT_HcsRegisterComputeSystemCallback, system, call, context, out);
}

static int32_t unregister_system(hcs_port *port, hcs_registration *registration)
{
    (void)port;
    return unregister_handle(EXPORT_HcsUnregisterComputeSystemCallback, registration);
}

static int32_t register_process(hcs_port *port, hcs_process *process, hcs_callback *call,
                                void *context, hcs_registration **out)
{
    (void)port;
    return register_handle(EXPORT_HcsRegisterProcessCallback, process, call, context, out);
}

static int32_t unregister_process(hcs_port *port, hcs_registration *registration)
{
    (void)port;
    return unregister_handle(EXPORT_HcsUnregisterProcessCallback, registration);
}

static int32_t hns_call(hcs_port *port, const char *method, const char *path, const char *body,
                        char **response)
{
    HNSCall_call *call = VMCOMPUTE(HNSCall);
    cleanup_free wchar_t *wide_method = wide_from_utf8(method);
    cleanup_free wchar_t *wide_path_text = wide_from_utf8(path);
    cleanup_free wchar_t *wide_body = wide_from_utf8(body ? body : "");
    PWSTR text = NULL;
    int32_t hr;

    (void)port;
    if (!call)
        return HR_PROC_NOT_FOUND;
    if (!wide_method || !wide_path_text || !wide_body)
        return HR_OUT_OF_MEMORY;
    hr = call(wide_method, wide_path_text, wide_body, &text);
    *response = vmcompute_take(text);
    return hr;
}

static void hcs_free(hcs_port *port)
{
    free(port);
}

int32_t hcs_port_open(hcs_port **out)
{
    static const hcs_port table = {
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
        .hns_call = hns_call,
        .free = hcs_free,
    };
    hcs_port *port;
    int32_t hr = vmcompute_load();

    if (HR_FAILED(hr))
        return hr;
    port = malloc(sizeof(*port));
    if (!port)
        return HR_OUT_OF_MEMORY;
    *port = table;
    *out = port;
    return HR_OK;
}
