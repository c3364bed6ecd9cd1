/* SPDX-License-Identifier: MIT */
/*
 * Network namespaces through computenetwork.dll. It is loaded by the first call, since few programs
 * have namespaces and older Windows has no such DLL: text and handles are translated, meanings
 * never. Its texts are freed as those of vmcompute.dll are.
 */
#include "hcs_parts.h"

#include <pthread.h>

_Static_assert(sizeof(guid) == sizeof(GUID), "guid");

static pthread_mutex_t lock = PTHREAD_MUTEX_INITIALIZER;
static HMODULE module;

typedef void export_function(void);

/* An export, or why there is none. */
static int32_t find(const char *name, export_function **out)
{
    int32_t hr = HR_OK;
    export_function *found;

    pthread_mutex_lock(&lock);
    if (!module)
        module = system_library(L"computenetwork.dll");
    if (!module)
        hr = hresult_last();
    pthread_mutex_unlock(&lock);
    if (HR_FAILED(hr))
        return hr;
    found = (export_function *)GetProcAddress(module, name);
    if (!found)
        return HR_PROC_NOT_FOUND;
    *out = found;
    return HR_OK;
}

typedef HRESULT WINAPI create_call(const GUID *id, PCWSTR settings, HANDLE *out, PWSTR *result);
typedef HRESULT WINAPI open_call(const GUID *id, HANDLE *out, PWSTR *result);
typedef HRESULT WINAPI close_call(HANDLE space);
typedef HRESULT WINAPI modify_call(HANDLE space, PCWSTR settings, PWSTR *result);
typedef HRESULT WINAPI query_call(HANDLE space, PCWSTR query, PWSTR *properties, PWSTR *result);
typedef HRESULT WINAPI enumerate_call(PCWSTR query, PWSTR *namespaces, PWSTR *result);

int32_t computenetwork_create_namespace(hcs_port *port, const guid *id, const char *settings,
                                        hcn_namespace **out, char **result)
{
    cleanup_free wchar_t *wide = wide_from_utf8(settings);
    export_function *call = NULL;
    HANDLE space = NULL;
    PWSTR text = NULL;
    int32_t hr = find("HcnCreateNamespace", &call);

    (void)port;
    if (HR_FAILED(hr))
        return hr;
    if (!wide)
        return HR_OUT_OF_MEMORY;
    hr = ((create_call *)call)((const GUID *)(const void *)id, wide, &space, &text);
    *result = vmcompute_take(text);
    if (space)
        *out = (hcn_namespace *)space;
    return hr;
}

int32_t computenetwork_open_namespace(hcs_port *port, const guid *id, hcn_namespace **out,
                                      char **result)
{
    export_function *call = NULL;
    HANDLE space = NULL;
    PWSTR text = NULL;
    int32_t hr = find("HcnOpenNamespace", &call);

    (void)port;
    if (HR_FAILED(hr))
        return hr;
    hr = ((open_call *)call)((const GUID *)(const void *)id, &space, &text);
    *result = vmcompute_take(text);
    if (space)
        *out = (hcn_namespace *)space;
    return hr;
}

int32_t computenetwork_close_namespace(hcs_port *port, hcn_namespace *space)
{
    export_function *call = NULL;
    int32_t hr = find("HcnCloseNamespace", &call);

    (void)port;
    return HR_FAILED(hr) ? hr : ((close_call *)call)((HANDLE)space);
}

int32_t computenetwork_modify_namespace(hcs_port *port, hcn_namespace *space, const char *settings,
                                        char **result)
{
    cleanup_free wchar_t *wide = wide_from_utf8(settings);
    export_function *call = NULL;
    PWSTR text = NULL;
    int32_t hr = find("HcnModifyNamespace", &call);

    (void)port;
    if (HR_FAILED(hr))
        return hr;
    if (!wide)
        return HR_OUT_OF_MEMORY;
    hr = ((modify_call *)call)((HANDLE)space, wide, &text);
    *result = vmcompute_take(text);
    return hr;
}

int32_t computenetwork_query_namespace(hcs_port *port, hcn_namespace *space, const char *query,
                                       char **properties, char **result)
{
    cleanup_free wchar_t *wide = wide_from_utf8(query);
    export_function *call = NULL;
    PWSTR found = NULL;
    PWSTR text = NULL;
    int32_t hr = find("HcnQueryNamespaceProperties", &call);

    (void)port;
    if (HR_FAILED(hr))
        return hr;
    if (!wide)
        return HR_OUT_OF_MEMORY;
    hr = ((query_call *)call)((HANDLE)space, wide, &found, &text);
    *properties = vmcompute_take(found);
    *result = vmcompute_take(text);
    return hr;
}

int32_t computenetwork_enumerate_namespaces(hcs_port *port, const char *query, char **namespaces,
                                            char **result)
{
    cleanup_free wchar_t *wide = wide_from_utf8(query);
    export_function *call = NULL;
    PWSTR found = NULL;
    PWSTR text = NULL;
    int32_t hr = find("HcnEnumerateNamespaces", &call);

    (void)port;
    if (HR_FAILED(hr))
        return hr;
    if (!wide)
        return HR_OUT_OF_MEMORY;
    hr = ((enumerate_call *)call)(wide, &found, &text);
    *namespaces = vmcompute_take(found);
    *result = vmcompute_take(text);
    return hr;
}
