/* SPDX-License-Identifier: MIT */
/* What is done to a running process: its input, its console, signals, its end. */
#include "base/error.h"
#include "base/text.h"
#include "hcs/process_internal.h"
#include "hcs/result.h"
#include "hcs/system_internal.h"

static bool is_gone(int32_t hr)
{
    return hcs_is_already_stopped(hr) || hcs_is_not_found(hr) || hcs_is_invalid_state(hr);
}

static wcow_status process_modify(compute_process *process, const char *settings, int32_t *hr,
                                  wcow_error *err)
{
    cleanup_free char *result = NULL;
    hcs_port *port = process->system->port;

    *hr = port->modify_process(port, process->handle, settings, &result);
    return hcs_check(*hr, result, "HcsModifyProcess", err);
}

wcow_status compute_process_close_input(compute_process *process, wcow_error *err)
{
    static const char request[] =
        "{\"Operation\":\"CloseHandle\",\"CloseHandle\":{\"Handle\":\"StdIn\"}}";
    wcow_error error = WCOW_ERROR_INIT;
    wcow_status status;
    int32_t hr;

    if (compute_process_exited(process))
        return WCOW_OK;
    status = process_modify(process, request, &hr, &error);
    if (status && is_gone(hr))
        return WCOW_OK;
    if (status && err)
        *err = error;
    return status;
}

wcow_status compute_process_resize(compute_process *process, uint16_t height, uint16_t width,
                                   wcow_error *err)
{
    cleanup_free char *request = NULL;
    int32_t hr;

    request =
        text_format("{\"Operation\":\"ConsoleSize\",\"ConsoleSize\":{\"Height\":%u,\"Width\":%u}}",
                    (unsigned)height, (unsigned)width);
    return request ? process_modify(process, request, &hr, err) : error_no_memory(err);
}

/* Hosts before 17763 lack the export; guests that are older answer in several ways. */
static wcow_status signal_failed(int32_t hr, const char *result, wcow_error *err)
{
    wcow_status status = hcs_check(hr, result, "HcsSignalProcess", err);

    if (!hcs_is_not_supported(hr))
        return status;
    status = error_set(err, WCOW_UNSUPPORTED,
                       "HcsSignalProcess: the container's Windows knows no signals (0x%08X)",
                       (uint32_t)hr);
    if (err)
        err->hresult = hr;
    error_hint(err, "end it without a signal: wcow kill CONTAINER");
    return status;
}

wcow_status compute_process_signal(compute_process *process, const char *signal, bool *delivered,
                                   wcow_error *err)
{
    hcs_port *port = process->system->port;
    cleanup_free char *options = text_format("{\"Signal\":\"%s\"}", signal);
    cleanup_free char *result = NULL;
    bool gone;
    int32_t hr;

    if (!options)
        return error_no_memory(err);
    hr = port->signal_process(port, process->handle, options, &result);
    gone = HR_FAILED(hr) && is_gone(hr);
    if (HR_FAILED(hr) && !gone)
        return signal_failed(hr, result, err);
    if (gone)
        process_note_gone(process);
    if (delivered)
        *delivered = !gone;
    return WCOW_OK;
}

/* Access denied is what TerminateProcess answers for a process that has ended. */
static wcow_status terminate_through(compute_process *process, hcs_system *system, wcow_error *err)
{
    hcs_port *port = process->system->port;
    cleanup_free char *open_result = NULL;
    cleanup_free char *result = NULL;
    hcs_process *handle = NULL;
    int32_t hr = port->open_process(port, system, process->pid, &handle, &open_result);

    if (HR_FAILED(hr) && !is_gone(hr))
        return hcs_check(hr, open_result, "HcsOpenProcess", err);
    if (HR_SUCCEEDED(hr)) {
        hr = port->terminate_process(port, handle, &result);
        (void)port->close_process(port, handle);
    }
    if (HR_SUCCEEDED(hr) || hcs_is_pending(hr) || hresult_normalise(hr) == HR_ACCESS_DENIED)
        return WCOW_OK;
    if (!is_gone(hr))
        return hcs_check(hr, result, "HcsTerminateProcess", err);
    process_note_gone(process);
    return WCOW_OK;
}

wcow_status compute_process_kill(compute_process *process, wcow_error *err)
{
    compute_system *system = process->system;
    cleanup_free char *result = NULL;
    hcs_system *second = NULL;
    wcow_status status;
    int32_t hr;

    if (compute_process_exited(process))
        return WCOW_OK;
    hr = system->port->open_system(system->port, system->id, &second, &result);
    if (HR_FAILED(hr)) /* better the whole container than a process that nobody can end */
        return compute_system_terminate(system, err);
    status = terminate_through(process, second, err);
    (void)system->port->close_system(system->port, second);
    return status;
}
