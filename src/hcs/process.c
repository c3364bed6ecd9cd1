/* SPDX-License-Identifier: MIT */
/* Processes in compute systems: their start, what is done to them, and their end. */
#include "hcs/process.h"

#include <pthread.h>
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
    uint64_t gone_at; /* it must have ended: nobody waits longer than until then */
    compute_process *next_abandoned;

    pthread_mutex_t exit_lock; /* guards the asking for the exit code */
    bool exit_asked;
    uint32_t exit_code;
    wcow_error exit_error; /* why the code is not known; WCOW_OK if it is */
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
    process->gone_at = TICKS_NEVER;
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

/* Failures of HcsCreateProcess that are about the command: told apart by their code, never by a
 * text. */
static const struct command_failure {
    int32_t hr;
    wcow_status status;
    const char *meaning;
    const char *hint;
} command_failures[] = {
    {HR_FILE_NOT_FOUND, WCOW_COMMAND_NOT_FOUND, "the command was not found in the container",
     "use its full path there; what is built into cmd needs cmd: cmd /c dir"},
    {HR_PATH_NOT_FOUND, WCOW_COMMAND_NOT_FOUND,
     "the command's folder was not found in the container",
     "use the full path of the program in the container"},
    {HR_ACCESS_DENIED, WCOW_COMMAND_NOT_RUNNABLE, "access to the command was denied",
     "it may be a folder, or need another user: --user ContainerAdministrator"},
    {HR_FROM_WIN32(267), WCOW_INVALID,
     "the working directory cannot be made in the container, or is no folder",
     "use one where no file is in the way, for example: -w C:\\"},
    {HR_FROM_WIN32(193), WCOW_COMMAND_NOT_RUNNABLE,
     "the command is no program that Windows can run",
     "start scripts through their interpreter: cmd /c FILE.cmd, powershell -File FILE.ps1"},
    {HR_FROM_WIN32(216), WCOW_COMMAND_NOT_RUNNABLE, "the command is made for another processor",
     "use the program, or the image, for this processor"},
    {HR_FROM_WIN32(740), WCOW_COMMAND_NOT_RUNNABLE, "the command wants administrator rights",
     "run it as the container's administrator: --user ContainerAdministrator"},
};

static wcow_status check_create(int32_t hr, const char *result, wcow_error *err)
{
    static const char call[] = "HcsCreateProcess";
    wcow_status status = hcs_check(hr, result, call, err);

    for (size_t i = 0; i < sizeof(command_failures) / sizeof(command_failures[0]); i++) {
        const struct command_failure *failure = &command_failures[i];
        wcow_error before;

        if (!status || hresult_normalise(hr) != failure->hr)
            continue;
        if (!err)
            return failure->status;
        before = *err;
        status = error_set(err, failure->status, "%s: %s (0x%08X)", call, failure->meaning,
                           (uint32_t)hr);
        err->hresult = before.hresult;
        memcpy(err->events, before.events, sizeof(err->events));
        error_hint(err, "%s", failure->hint);
        return status;
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
    status = check_create(hr, result, err);
    if (status)
        return status;
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

/* The code counts only when the service's own wait went well. */
static wcow_status read_exit_code(const char *properties, uint32_t *out, wcow_error *err)
{
    cleanup_json cJSON *ended = NULL;
    wcow_status status = json_parse(properties, strlen(properties), "its answer", &ended, err);
    int64_t waited;
    int64_t code;

    if (status)
        return status;
    if (!json_bool(ended, "Exited", true))
        return error_set(err, WCOW_FAILED, "the service believes that it has not ended");
    waited = json_integer(ended, "LastWaitResult", 0);
    if (waited != 0)
        return error_set(err, WCOW_FAILED, "the service's own wait for it failed (0x%08X)",
                         (uint32_t)waited);

    /* NTSTATUS values come as unsigned numbers, and from some builds as negative ones. */
    code = json_integer(ended, "ExitCode", INT64_MAX);
    if (code < INT32_MIN || code > (int64_t)UINT32_MAX)
        return error_set(err, WCOW_FAILED, "the service tells no exit code");
    *out = (uint32_t)code;
    return WCOW_OK;
}

static wcow_status query_exit_code(compute_process *process, uint32_t *out, wcow_error *err)
{
    static const char call[] = "HcsGetProcessProperties";
    hcs_port *port = process->system->port;
    cleanup_free char *properties = NULL;
    cleanup_free char *result = NULL;
    int32_t hr = port->get_process_properties(port, process->handle, &properties, &result);
    wcow_status status = hcs_check(hr, result, call, err);

    if (!status) {
        status = read_exit_code(properties ? properties : "", out, err);
        if (status)
            error_wrap(err, status, "%s", call);
    }
    /* Of one kind for all who wait: a time-out here is not theirs. */
    return status ? error_kind(err, WCOW_EXIT_UNKNOWN) : WCOW_OK;
}

static wcow_status exit_code_of(compute_process *process, uint32_t *out, wcow_error *err)
{
    wcow_status status;

    (void)pthread_mutex_lock(&process->exit_lock);
    if (!process->exit_asked) {
        ignore(query_exit_code(process, &process->exit_code, &process->exit_error));
        process->exit_asked = true;
    }
    status = process->exit_error.status;
    if (status && err)
        *err = process->exit_error;
    if (!status)
        *out = process->exit_code;
    (void)pthread_mutex_unlock(&process->exit_lock);
    return status;
}

/* From now on its end is waited for a moment only. The board is locked. */
static void presume_gone(compute_process *process)
{
    if (process->gone_at == TICKS_NEVER)
        process->gone_at = ticks_now() + GRACE;
    board_changed(&process->system->board);
}

static void note_gone(compute_process *process)
{
    board_lock(&process->system->board);
    presume_gone(process);
    board_unlock(&process->system->board);
}

/* The board is locked. */
static wcow_status await_exit(compute_process *process, uint64_t deadline, uint32_t milliseconds,
                              wcow_error *err)
{
    compute_system *system = process->system;

    while (!process->exited) {
        uint64_t until;

        if (system->disconnected)
            return error_hresult(err, HCS_SERVICE_GONE, "waiting for a process's end");
        if (system->notices[NOTICE_EXITED].there && process->gone_at == TICKS_NEVER)
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
    uint64_t deadline = ticks_after(milliseconds);
    wcow_status status;

    board_lock(board);
    status = await_exit(process, deadline, milliseconds, err);
    board_unlock(board);
    return status ? status : exit_code_of(process, exit_code, err);
}

/* Then await_exit() returns, or looks at the clock. The board is locked. */
static bool has_reason_to_end(const compute_process *process)
{
    return process->exited || process->gone_at != TICKS_NEVER || process->system->disconnected ||
           process->system->notices[NOTICE_EXITED].there;
}

bool compute_process_ends_within(compute_process *process, uint32_t milliseconds)
{
    notice_board *board = &process->system->board;
    const uint64_t deadline = ticks_after(milliseconds);
    bool ends;

    board_lock(board);
    do
        ends = has_reason_to_end(process);
    while (!ends && board_wait(board, deadline));
    board_unlock(board);
    return ends;
}

void compute_process_wake_also(compute_process *process, void (*wake)(void *), void *context)
{
    board_wake_also(&process->system->board, wake, context);
}

bool compute_process_exited(compute_process *process)
{
    bool exited;

    board_lock(&process->system->board);
    exited = process->exited;
    board_unlock(&process->system->board);
    return exited;
}

/* ---- what is done to one that runs ---- */

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

static wcow_status kill_process(compute_process *process, bool or_system, wcow_error *err)
{
    compute_system *system = process->system;
    cleanup_free char *result = NULL;
    hcs_system *second = NULL;
    wcow_status status;
    int32_t hr;

    if (compute_process_exited(process))
        return WCOW_OK;
    hr = system->port->open_system(system->port, system->id, &second, &result);
    if (HR_FAILED(hr))
        return or_system ? compute_system_terminate(system, err)
                         : hcs_check(hr, result, "HcsOpenComputeSystem", err);
    status = terminate_through(process, second, err);
    (void)system->port->close_system(system->port, second);
    return status;
}

/* Better the whole container than a process that nobody can end. */
wcow_status compute_process_kill(compute_process *process, wcow_error *err)
{
    return kill_process(process, true, err);
}

wcow_status compute_process_kill_alone(compute_process *process, wcow_error *err)
{
    return kill_process(process, false, err);
}
