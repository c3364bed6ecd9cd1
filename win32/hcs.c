/* SPDX-License-Identifier: MIT */
/*
 * The Host Compute Service through vmcompute.dll: translates text and handles, never meanings. A
 * missing export is HR_PROC_NOT_FOUND.
 */
#include "hcs_parts.h"

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

int32_t vmcompute_close(vmcompute_export which, void *handle)
{
    HcsCloseComputeSystem_call *call = (HcsCloseComputeSystem_call *)vmcompute_find(which);

    return call ? call((HANDLE)handle) : HR_PROC_NOT_FOUND;
}

static int32_t close_system(hcs_port *port, hcs_system *system)
{
    (void)port;
    return vmcompute_close(EXPORT_HcsCloseComputeSystem, system);
}

/* All calls of the form (handle, text, result); the text is "" rather than NULL, as hcsshim sends
 * it. */
int32_t vmcompute_call(vmcompute_export which, void *handle, const char *options, char **result)
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
    return vmcompute_call(EXPORT_HcsStartComputeSystem, system, options, result);
}

static int32_t shutdown_system(hcs_port *port, hcs_system *system, const char *options,
                               char **result)
{
    (void)port;
    return vmcompute_call(EXPORT_HcsShutdownComputeSystem, system, options, result);
}

static int32_t terminate_system(hcs_port *port, hcs_system *system, const char *options,
                                char **result)
{
    (void)port;
    return vmcompute_call(EXPORT_HcsTerminateComputeSystem, system, options, result);
}

static int32_t pause_system(hcs_port *port, hcs_system *system, const char *options, char **result)
{
    (void)port;
    return vmcompute_call(EXPORT_HcsPauseComputeSystem, system, options, result);
}

static int32_t resume_system(hcs_port *port, hcs_system *system, const char *options, char **result)
{
    (void)port;
    return vmcompute_call(EXPORT_HcsResumeComputeSystem, system, options, result);
}

static int32_t modify_system(hcs_port *port, hcs_system *system, const char *document,
                             char **result)
{
    (void)port;
    return vmcompute_call(EXPORT_HcsModifyComputeSystem, system, document, result);
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

static int32_t modify_service(hcs_port *port, const char *settings, char **result)
{
    HcsModifyServiceSettings_call *call = VMCOMPUTE(HcsModifyServiceSettings);
    cleanup_free wchar_t *wide = wide_from_utf8(settings);
    PWSTR text = NULL;
    int32_t hr;

    (void)port;
    if (!call)
        return HR_PROC_NOT_FOUND;
    if (!wide)
        return HR_OUT_OF_MEMORY;
    hr = call(wide, &text);
    *result = vmcompute_take(text);
    return hr;
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
        .register_system = vmcompute_register_system,
        .unregister_system = vmcompute_unregister_system,
        .enumerate_systems = enumerate_systems,
        .create_process = vmcompute_create_process,
        .open_process = vmcompute_open_process,
        .close_process = vmcompute_close_process,
        .terminate_process = vmcompute_terminate_process,
        .signal_process = vmcompute_signal_process,
        .get_process_properties = vmcompute_get_process_properties,
        .modify_process = vmcompute_modify_process,
        .register_process = vmcompute_register_process,
        .unregister_process = vmcompute_unregister_process,
        .get_service_properties = get_service_properties,
        .modify_service = modify_service,
        .hns_call = hns_call,
        .create_namespace = computenetwork_create_namespace,
        .open_namespace = computenetwork_open_namespace,
        .close_namespace = computenetwork_close_namespace,
        .modify_namespace = computenetwork_modify_namespace,
        .query_namespace = computenetwork_query_namespace,
        .enumerate_namespaces = computenetwork_enumerate_namespaces,
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
