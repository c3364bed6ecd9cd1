/* SPDX-License-Identifier: MIT */
/* Pseudoconsoles with a launcher on them. */
#include "console.h"

#include <stdlib.h>
#include <wchar.h>

#include "base/error.h"

#include "../service/wide.h"
#include "create.h"
#include "ctrl.h"
#include "pipes.h"
#include "relay.h"

#ifndef PROC_THREAD_ATTRIBUTE_PSEUDOCONSOLE
#define PROC_THREAD_ATTRIBUTE_PSEUDOCONSOLE 0x20016
#endif

#define ANSWER_TIMEOUT 20000 /* of a launcher that has to be loaded first */
#define DRAIN_TIME     60    /* conhost writes what it shows a moment after it was printed */

struct console {
    HPCON handle;
    HANDLE input; /* a second handle to the terminal's input: conhost must see no end of it */
    relay *keys;  /* to that */
    CRITICAL_SECTION sending;
    HANDLE launcher;
    DWORD launcher_pid;
    HANDLE control; /* overlapped pipe to the launcher */
    HANDLE event;
};

static int32_t last_error(void)
{
    return HR_FROM_WIN32(GetLastError());
}

static int32_t control_send(console *c, uint32_t kind, uint32_t first, uint32_t second);

/*
 * Takes Ctrl-C out of what is typed: Wine's console host would kill the program without asking its
 * handlers. The launcher does what a console does.
 */
static DWORD take_ctrl_c(void *context, char *bytes, DWORD size)
{
    console *c = context;
    DWORD left = 0;

    for (DWORD i = 0; i < size; i++) {
        if (bytes[i] == 3 && c->control)
            control_send(c, CONSOLE_CTRL_C, 0, 0);
        else
            bytes[left++] = bytes[i];
    }
    return left;
}

/* What is typed: from the client's pipe through the filter to the console host. */
static int32_t open_input(console *c, HANDLE *in, HANDLE *host_end)
{
    HANDLE typed = NULL, ours = NULL;
    int32_t hr = pipes_new(false, true, in, &typed);

    if (HR_SUCCEEDED(hr))
        hr = pipes_new(false, false, &ours, host_end);
    if (HR_SUCCEEDED(hr) && !DuplicateHandle(GetCurrentProcess(), ours, GetCurrentProcess(),
                                             &c->input, 0, FALSE, DUPLICATE_SAME_ACCESS))
        hr = last_error();
    if (HR_FAILED(hr)) {
        pipes_close(&typed);
        pipes_close(&ours);
        return hr;
    }
    c->keys = relay_start_filtered(RELAY_PIPE(typed), RELAY_PIPE(ours), take_ctrl_c, c);
    return c->keys ? HR_OK : HR_OUT_OF_MEMORY;
}

static console *console_alloc(void)
{
    console *c = calloc(1, sizeof(*c));

    if (!c)
        return NULL;
    InitializeCriticalSection(&c->sending);
    c->event = CreateEventW(NULL, TRUE, FALSE, NULL);
    if (c->event)
        return c;
    console_free(c);
    return NULL;
}

int32_t console_new(uint16_t columns, uint16_t rows, HANDLE *in, HANDLE *out, console **result)
{
    COORD size = {(SHORT)(columns ? columns : 80), (SHORT)(rows ? rows : 25)};
    HANDLE near_in = NULL, far_in = NULL, near_out = NULL, far_out = NULL;
    console *c = console_alloc();
    int32_t hr = c ? open_input(c, &near_in, &far_in) : HR_OUT_OF_MEMORY;

    if (HR_SUCCEEDED(hr))
        hr = pipes_new(true, false, &near_out, &far_out);
    if (HR_SUCCEEDED(hr))
        hr = CreatePseudoConsole(size, far_in, far_out, 0, &c->handle);
    pipes_close(&far_in);
    pipes_close(&far_out);
    if (HR_FAILED(hr)) {
        pipes_close(&near_in);
        pipes_close(&near_out);
        console_free(c);
        return hr;
    }
    *in = near_in;
    *out = near_out;
    *result = c;
    return HR_OK;
}

static int32_t launcher_pipe(console *c, wchar_t name[64])
{
    static volatile LONG count;

    swprintf(name, 64, L"\\\\.\\pipe\\hcssim-console-%lu-%lu", GetCurrentProcessId(),
             (unsigned long)InterlockedIncrement(&count));
    c->control =
        CreateNamedPipeW(name, PIPE_ACCESS_DUPLEX | FILE_FLAG_OVERLAPPED,
                         PIPE_TYPE_MESSAGE | PIPE_READMODE_MESSAGE, 1, 4096, 4096, 0, NULL);
    if (c->control != INVALID_HANDLE_VALUE)
        return HR_OK;
    c->control = NULL;
    return last_error();
}

/* Finishes an overlapped operation on the control pipe, or gives up on a launcher that died. */
static int32_t control_wait(console *c, BOOL done, OVERLAPPED *overlapped)
{
    HANDLE waits[2] = {c->event, c->launcher};
    DWORD error = done ? ERROR_SUCCESS : GetLastError();
    DWORD count;

    if (!done && error == ERROR_PIPE_CONNECTED)
        return HR_OK;
    if (!done && error != ERROR_IO_PENDING)
        return HR_FROM_WIN32(error);
    if (WaitForMultipleObjects(2, waits, FALSE, ANSWER_TIMEOUT) != WAIT_OBJECT_0)
        CancelIoEx(c->control, overlapped);
    return GetOverlappedResult(c->control, overlapped, &count, TRUE) ? HR_OK : last_error();
}

static int32_t control_send(console *c, uint32_t kind, uint32_t first, uint32_t second)
{
    console_message message = {kind, first, second};
    OVERLAPPED overlapped = {.hEvent = c->event};
    int32_t hr;

    EnterCriticalSection(&c->sending);
    hr = control_wait(c, WriteFile(c->control, &message, sizeof(message), NULL, &overlapped),
                      &overlapped);
    LeaveCriticalSection(&c->sending);
    return hr;
}

static int32_t control_receive(console *c, console_message *message)
{
    OVERLAPPED overlapped = {.hEvent = c->event};

    return control_wait(c, ReadFile(c->control, message, sizeof(*message), NULL, &overlapped),
                        &overlapped);
}

/* conlaunch.exe PIPE APPLICATION|COMMAND LINE: the rest of the line is taken as it is. */
static wchar_t *launcher_line(const wchar_t *pipe, const console_program *program)
{
    cleanup_free wchar_t *folder = wide_program_folder();

    return folder ? wide_format(L"\"%ls\\conlaunch.exe\" %ls %ls|%ls", folder, pipe,
                                program->application, program->command_line)
                  : NULL;
}

static int32_t launch(console *c, const console_program *program, wchar_t *line)
{
    STARTUPINFOEXW startup = {.StartupInfo.cb = sizeof(startup)};
    PROCESS_INFORMATION made;
    SIZE_T size = 0;
    BOOL ok;

    InitializeProcThreadAttributeList(NULL, 1, 0, &size);
    startup.lpAttributeList = malloc(size);
    if (!startup.lpAttributeList)
        return HR_OUT_OF_MEMORY;
    ok =
        InitializeProcThreadAttributeList(startup.lpAttributeList, 1, 0, &size) &&
        UpdateProcThreadAttribute(startup.lpAttributeList, 0, PROC_THREAD_ATTRIBUTE_PSEUDOCONSOLE,
                                  c->handle, sizeof(c->handle), NULL, NULL) &&
        create_process(NULL, line, FALSE, EXTENDED_STARTUPINFO_PRESENT | CREATE_UNICODE_ENVIRONMENT,
                       program->environment, program->directory, &startup.StartupInfo, &made);
    free(startup.lpAttributeList);
    if (!ok)
        return last_error();
    CloseHandle(made.hThread);
    c->launcher = made.hProcess;
    c->launcher_pid = made.dwProcessId;
    return HR_OK;
}

/* The launcher has connected: which process did it make? */
static int32_t take_program(console *c, HANDLE job, DWORD *pid, HANDLE *process)
{
    console_message message;
    int32_t hr = control_receive(c, &message);
    HANDLE handle;

    if (HR_FAILED(hr))
        return hr;
    if (message.kind != CONSOLE_STARTED)
        return HR_FROM_WIN32(message.first);
    handle = OpenProcess(PROCESS_ALL_ACCESS, FALSE, message.first);
    if (!handle)
        return last_error();
    if (job && !AssignProcessToJobObject(job, handle))
        hr = last_error();
    if (HR_SUCCEEDED(hr))
        ctrl_prepare(handle);
    if (HR_SUCCEEDED(hr))
        hr = control_send(c, CONSOLE_GO, 0, 0);
    if (HR_FAILED(hr)) {
        TerminateProcess(handle, 1);
        CloseHandle(handle);
        return hr;
    }
    *pid = message.first;
    *process = handle;
    return HR_OK;
}

int32_t console_start(console *c, const console_program *program, DWORD *pid, HANDLE *process)
{
    OVERLAPPED overlapped = {.hEvent = c->event};
    cleanup_free wchar_t *line = NULL;
    wchar_t name[64];
    int32_t hr = launcher_pipe(c, name);

    if (HR_FAILED(hr))
        return hr;
    line = launcher_line(name, program);
    hr = line ? launch(c, program, line) : HR_OUT_OF_MEMORY;
    if (HR_SUCCEEDED(hr))
        hr = control_wait(c, ConnectNamedPipe(c->control, &overlapped), &overlapped);
    return HR_SUCCEEDED(hr) ? take_program(c, program->job, pid, process) : hr;
}

int32_t console_resize(console *c, uint16_t columns, uint16_t rows)
{
    return control_send(c, CONSOLE_SIZE, columns, rows);
}

DWORD console_launcher(const console *c)
{
    return c->launcher_pid;
}

void console_free(console *c)
{
    if (!c)
        return;
    if (c->launcher) {
        WaitForSingleObject(c->launcher, 2000);
        Sleep(DRAIN_TIME);
        TerminateProcess(c->launcher, 1);
    }
    if (c->handle)
        ClosePseudoConsole(c->handle);
    relay_finish(c->keys);
    relay_wait(c->keys, INFINITE); /* it uses this console */
    relay_free(c->keys);
    pipes_close(&c->input);
    pipes_close(&c->control);
    pipes_close(&c->launcher);
    pipes_close(&c->event);
    DeleteCriticalSection(&c->sending);
    free(c);
}
