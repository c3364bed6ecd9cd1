/* SPDX-License-Identifier: MIT */
/* Processes in compute systems. */
#include "hcs/process.h"

#include <string.h>

#include "base/error.h"
#include "base/text.h"
#include "hcs/result.h"
#include "hcs/system_internal.h"

/*
 * How long to wait for the notice of a process's end after we have learnt otherwise that it must
 * have ended: its system did, or the service says so. The notice may never come (hcsshim waits as
 * long).
 */
#define GRACE 1000

struct compute_process {
    compute_system *system;
    hcs_process *handle;
    hcs_registration *registration;
    uint32_t pid;

    /* guarded by the system's board */
    bool exited;
    int64_t gone_at; /* it must have ended: nobody waits longer than until then */
    compute_process *next_abandoned;

    pthread_mutex_t exit_lock; /* guards the asking for the exit code */
    bool exit_known;
    uint32_t exit_code;
};

static void process_notified(uint32_t type, void *context, int32_t hr, const char *data)
{
    compute_process *process = context;
    notice_board *board = &process->system->board;

    (void)hr;
    (void)data;
    board_lock(board);
    if (type == HCS_PROCESS_EXITED)
        process->exited = true;
    else if (type == HCS_SERVICE_DISCONNECT)
        process->system->disconnected = true;
    board_changed(board);
    board_unlock(board);
}

static compute_process *process_new(compute_system *system)
{
    compute_process *process = calloc(1, sizeof(*process));

    if (!process)
        return NULL;
    if (pthread_mutex_init(&process->exit_lock, NULL) != 0) {
        free(process);
        return NULL;
    }
    process->system = system;
    process->gone_at = BOARD_NEVER;
    return process;
}

static wcow_status process_register(compute_process *process, wcow_error *err)
{
    hcs_port *port = process->system->port;
    int32_t hr = port->register_process(port, process->handle, process_notified, process,
                                        &process->registration);

    return error_check(err, hr, "HcsRegisterProcessCallback");
}

void compute_process_close(compute_process *process)
{
    hcs_port *port;
    bool still_called;

    if (!process)
        return;
    port = process->system->port;
    still_called =
        process->registration && HR_FAILED(port->unregister_process(port, process->registration));
    if (process->handle)
        (void)port->close_process(port, process->handle);
    if (still_called) { /* as in compute_system_close() */
        process->next_abandoned = process->system->abandoned;
        process->system->abandoned = process;
        return;
    }
    (void)pthread_mutex_destroy(&process->exit_lock);
    free(process);
}

static void close_streams(hcs_process_io *io)
{
    stream_free(io->in);
    stream_free(io->out);
    stream_free(io->err);
}

/* A failure of HcsCreateProcess that is about the command is told apart by its code, never by its
 * text. */
static wcow_status command_status(int32_t hr, wcow_status status)
{
    static const struct {
        int32_t hr;
        wcow_status status;
    } codes[] = {
        {HR_FILE_NOT_FOUND, WCOW_COMMAND_NOT_FOUND},
        {HR_PATH_NOT_FOUND, WCOW_COMMAND_NOT_FOUND},
        {HR_ACCESS_DENIED, WCOW_COMMAND_NOT_RUNNABLE},
        {HR_FROM_WIN32(193), WCOW_COMMAND_NOT_RUNNABLE}, /* ERROR_BAD_EXE_FORMAT */
        {HR_FROM_WIN32(216), WCOW_COMMAND_NOT_RUNNABLE}, /* ERROR_EXE_MACHINE_TYPE_MISMATCH */
        {HR_FROM_WIN32(740), WCOW_COMMAND_NOT_RUNNABLE}, /* ERROR_ELEVATION_REQUIRED */
    };

    for (size_t i = 0; i < sizeof(codes) / sizeof(codes[0]); i++) {
        if (hresult_normalise(hr) == codes[i].hr)
            return codes[i].status;
    }
    return status;
}

wcow_status compute_process_create(compute_system *system, const char *document, hcs_process_io *io,
                                   compute_process **out, wcow_error *err)
{
    cleanup_process compute_process *process = process_new(system);
    cleanup_free char *result = NULL;
    hcs_port *port = system->port;
    hcs_process_io streams = {0, NULL, NULL, NULL};
    wcow_status status;
    int32_t hr;

    if (!process)
        return error_no_memory(err);
    hr = port->create_process(port, system->handle, document, &streams, &process->handle, &result);
    status = hcs_check(hr, result, "HcsCreateProcess", err);
    if (status) {
        status = command_status(hr, status);
        if (err)
            err->status = status;
        return status;
    }
    process->pid = streams.pid;

    status = process_register(process, err);
    if (status) { /* nobody would hear of its end */
        cleanup_free char *ignored = NULL;

        (void)port->terminate_process(port, process->handle, &ignored);
        close_streams(&streams);
        return status;
    }
    *io = streams;
    *out = TAKE(process);
    return WCOW_OK;
}

wcow_status compute_process_open(compute_system *system, uint32_t pid, compute_process **out,
                                 wcow_error *err)
{
    cleanup_process compute_process *process = process_new(system);
    cleanup_free char *result = NULL;
    wcow_status status;
    int32_t hr;

    if (!process)
        return error_no_memory(err);
    hr = system->port->open_process(system->port, system->handle, pid, &process->handle, &result);
    status = hcs_check(hr, result, "HcsOpenProcess", err);
    if (status)
        return status;
    process->pid = pid;
    status = process_register(process, err);
    if (status)
        return status;
    *out = TAKE(process);
    return WCOW_OK;
}

uint32_t compute_process_id(const compute_process *process)
{
    return process->pid;
}

/* The code counts only when the service's own wait went well; -1 is what hcsshim tells otherwise.
 */
static uint32_t query_exit_code(compute_process *process)
{
    hcs_port *port = process->system->port;
    cleanup_free char *properties = NULL;
    cleanup_free char *result = NULL;
    cleanup_json cJSON *status = NULL;
    int32_t hr = port->get_process_properties(port, process->handle, &properties, &result);
    int64_t code;

    if (HR_FAILED(hr) || !properties ||
        json_parse(properties, strlen(properties), "the status of a process", &status, NULL) ||
        !json_bool(status, "Exited", true) || json_integer(status, "LastWaitResult", 0) != 0)
        return COMPUTE_EXIT_UNKNOWN;

    /* NTSTATUS values come as unsigned numbers, and from some builds as negative ones. */
    code = json_integer(status, "ExitCode", -1);
    return code >= INT32_MIN && code <= (int64_t)UINT32_MAX ? (uint32_t)code : COMPUTE_EXIT_UNKNOWN;
}

static uint32_t exit_code_of(compute_process *process)
{
    uint32_t code;

    (void)pthread_mutex_lock(&process->exit_lock);
    if (!process->exit_known) {
        process->exit_code = query_exit_code(process);
        process->exit_known = true;
    }
    code = process->exit_code;
    (void)pthread_mutex_unlock(&process->exit_lock);
    return code;
}

/* From now on its end is waited for a moment only. The board is locked. */
static void presume_gone(compute_process *process)
{
    if (process->gone_at == BOARD_NEVER)
        process->gone_at = board_now() + GRACE;
    board_changed(&process->system->board);
}

static void note_gone(compute_process *process)
{
    board_lock(&process->system->board);
    presume_gone(process);
    board_unlock(&process->system->board);
}

/* The board is locked. */
static wcow_status await_exit(compute_process *process, int64_t deadline, uint32_t milliseconds,
                              wcow_error *err)
{
    compute_system *system = process->system;

    while (!process->exited) {
        int64_t until;

        if (system->disconnected)
            return error_hresult(err, HCS_SERVICE_GONE, "waiting for a process's end");
        if (system->notices[NOTICE_EXITED].there && process->gone_at == BOARD_NEVER)
            presume_gone(process);
        until = process->gone_at < deadline ? process->gone_at : deadline;
        if (board_wait(&system->board, until))
            continue;
        if (until == process->gone_at)
            return WCOW_OK;
        return error_set(err, WCOW_TIMEOUT, "process %u did not end within %u ms", process->pid,
                         milliseconds);
    }
    return WCOW_OK;
}

wcow_status compute_process_wait(compute_process *process, uint32_t milliseconds,
                                 uint32_t *exit_code, wcow_error *err)
{
    notice_board *board = &process->system->board;
    int64_t deadline = board_deadline(milliseconds);
    wcow_status status;

    board_lock(board);
    status = await_exit(process, deadline, milliseconds, err);
    board_unlock(board);
    if (!status)
        *exit_code = exit_code_of(process);
    return status;
}

bool compute_process_exited(compute_process *process)
{
    bool exited;

    board_lock(&process->system->board);
    exited = process->exited;
    board_unlock(&process->system->board);
    return exited;
}

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
        return hcs_check(hr, result, "HcsSignalProcess", err);
    if (gone)
        note_gone(process);
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
    note_gone(process);
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
