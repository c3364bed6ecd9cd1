/* SPDX-License-Identifier: MIT */
/* Processes of a system, and notifications, through vmcompute.dll. */
#include "hcs_parts.h"

#include "port/survey.h"

int32_t vmcompute_close_process(hcs_port *port, hcs_process *process)
{
    (void)port;
    return vmcompute_close(EXPORT_HcsCloseProcess, process);
}

int32_t vmcompute_signal_process(hcs_port *port, hcs_process *process, const char *options,
                                 char **result)
{
    (void)port;
    return vmcompute_call(EXPORT_HcsSignalProcess, process, options, result);
}

int32_t vmcompute_modify_process(hcs_port *port, hcs_process *process, const char *settings,
                                 char **result)
{
    (void)port;
    return vmcompute_call(EXPORT_HcsModifyProcess, process, settings, result);
}

/* What the service last wrote where no stream was asked for. */
static _Atomic int64_t unasked;
static _Atomic bool any_unasked;

int32_t survey_unasked_stream(int64_t *out)
{
    if (!any_unasked)
        return HR_NOT_FOUND;
    *out = unasked;
    return HR_OK;
}

/* A stream that was not asked for may come as either. */
static bool is_handle(HANDLE handle)
{
    return handle && handle != INVALID_HANDLE_VALUE;
}

/* Wraps the three handles. When one fails, all are closed. */
static int32_t take_streams(const vmcompute_process *info, hcs_process_io *io)
{
    const HANDLE handles[] = {info->StdInput, info->StdOutput, info->StdError};
    stream *streams[3] = {NULL, NULL, NULL};
    int32_t hr = HR_OK;

    for (int i = 0; i < 3; i++) {
        if (!is_handle(handles[i])) {
            unasked = (int64_t)(intptr_t)handles[i];
            any_unasked = true;
        } else if (HR_SUCCEEDED(hr)) {
            hr = stream_from_native((intptr_t)handles[i], &streams[i]);
        } else {
            CloseHandle(handles[i]);
        }
    }
    if (HR_FAILED(hr)) {
        for (int i = 0; i < 3; i++)
            stream_free(streams[i]);
        return hr;
    }
    *io = (hcs_process_io){info->ProcessId, streams[0], streams[1], streams[2]};
    return HR_OK;
}

int32_t vmcompute_terminate_process(hcs_port *port, hcs_process *process, char **result)
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

int32_t vmcompute_create_process(hcs_port *port, hcs_system *system, const char *parameters,
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

        (void)vmcompute_terminate_process(port, (hcs_process *)process, &ignored);
        (void)vmcompute_close_process(port, (hcs_process *)process);
        return hr;
    }
    *out = (hcs_process *)process;
    return hr;
}

int32_t vmcompute_open_process(hcs_port *port, hcs_system *system, uint32_t pid, hcs_process **out,
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

int32_t vmcompute_get_process_properties(hcs_port *port, hcs_process *process, char **properties,
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
    int32_t hr = vmcompute_close(which, registration->handle);

    if (HR_SUCCEEDED(hr))
        free(registration);
    return hr;
}

int32_t vmcompute_register_system(hcs_port *port, hcs_system *system, hcs_callback *call,
                                  void *context, hcs_registration **out)
{
    (void)port;
    return register_handle(EXPORT_HcsRegisterComputeSystemCallback, system, call, context, out);
}

int32_t vmcompute_unregister_system(hcs_port *port, hcs_registration *registration)
{
    (void)port;
    return unregister_handle(EXPORT_HcsUnregisterComputeSystemCallback, registration);
}

int32_t vmcompute_register_process(hcs_port *port, hcs_process *process, hcs_callback *call,
                                   void *context, hcs_registration **out)
{
    (void)port;
    return register_handle(EXPORT_HcsRegisterProcessCallback, process, call, context, out);
}

int32_t vmcompute_unregister_process(hcs_port *port, hcs_registration *registration)
{
    (void)port;
    return unregister_handle(EXPORT_HcsUnregisterProcessCallback, registration);
}
