/* SPDX-License-Identifier: MIT */
/* Running a helper. */
#include "port/helper.h"

#include <string.h>
#include <wchar.h>

#include "base/command_line.h"
#include "base/condition.h"
#include "base/text.h"
#include "platform.h"
#include "port/clock.h"
#include "port/stream.h"
#include "process_wait.h"

#define PATH_LIMIT 32768

/* The two pipes; ours are not inherited. */
typedef struct helper_pipes {
    HANDLE child_input, input;
    HANDLE child_output, output;
} helper_pipes;

static void close_handle(HANDLE *handle)
{
    if (*handle)
        CloseHandle(*handle);
    *handle = NULL;
}

static void pipes_close(helper_pipes *pipes)
{
    close_handle(&pipes->child_input);
    close_handle(&pipes->input);
    close_handle(&pipes->child_output);
    close_handle(&pipes->output);
}

DEFINE_CLEANUP_VALUE(pipes, helper_pipes, pipes_close)

static bool pipes_open(helper_pipes *pipes)
{
    SECURITY_ATTRIBUTES inherited = {sizeof(inherited), NULL, TRUE};

    return CreatePipe(&pipes->child_input, &pipes->input, &inherited, (DWORD)HELPER_INPUT_LIMIT) &&
           SetHandleInformation(pipes->input, HANDLE_FLAG_INHERIT, 0) &&
           CreatePipe(&pipes->output, &pipes->child_output, &inherited, 0) &&
           SetHandleInformation(pipes->output, HANDLE_FLAG_INHERIT, 0);
}

/* Looked up in PATH alone, since SearchPath's default begins with the current folder. */
static int32_t find(const char *name, wchar_t *path)
{
    cleanup_free wchar_t *wide = wide_from_utf8(name);
    cleanup_free wchar_t *folders = calloc(PATH_LIMIT, sizeof(*folders));

    if (!wide || !folders)
        return HR_OUT_OF_MEMORY;
    if (!GetEnvironmentVariableW(L"PATH", folders, PATH_LIMIT))
        return HR_FILE_NOT_FOUND;
    if (!SearchPathW(folders, wide, L".exe", PATH_LIMIT, path, NULL))
        return HR_FILE_NOT_FOUND;
    return HR_OK;
}

static int32_t start(const char *const *arguments, const helper_pipes *pipes, HANDLE *process)
{
    STARTUPINFOW startup = {.cb = sizeof(startup), .dwFlags = STARTF_USESTDHANDLES};
    cleanup_free char *line = command_line_join(arguments);
    cleanup_free wchar_t *wide = line ? wide_from_utf8(line) : NULL;
    cleanup_free wchar_t *path = calloc(PATH_LIMIT, sizeof(*path));
    PROCESS_INFORMATION made;
    int32_t hr;

    if (!wide || !path)
        return HR_OUT_OF_MEMORY;
    hr = find(arguments[0], path);
    if (HR_FAILED(hr))
        return hr;
    startup.hStdInput = pipes->child_input;
    startup.hStdOutput = pipes->child_output;
    startup.hStdError = GetStdHandle(STD_ERROR_HANDLE);
    if (!CreateProcessW(path, wide, NULL, NULL, TRUE, CREATE_NO_WINDOW, NULL, NULL, &startup,
                        &made))
        return hresult_last();
    CloseHandle(made.hThread);
    *process = made.hProcess;
    return HR_OK;
}

/* Takes over the pipe. A stream's reads can be given up, those of a pipe cannot. */
static int32_t read_all(HANDLE *from, size_t limit, uint64_t deadline, text *out)
{
    cleanup_stream stream *answer = NULL;
    int32_t hr = stream_from_native((intptr_t)TAKE(*from), &answer);

    while (HR_SUCCEEDED(hr)) {
        char buffer[4096];
        size_t got = 0;

        hr = stream_read_timeout(answer, buffer, sizeof(buffer), ticks_left(deadline), &got);
        if (HR_FAILED(hr) || !got)
            break;
        if (out->length + got > limit)
            return HR_FILE_TOO_LARGE;
        text_add_bytes(out, buffer, got);
    }
    return hr;
}

static int32_t talk(HANDLE process, helper_pipes *pipes, const void *input, size_t size,
                    size_t limit, uint64_t deadline, text *said, uint32_t *exit_code)
{
    DWORD written;
    int32_t hr;

    close_handle(&pipes->child_input);
    close_handle(&pipes->child_output);
    /* One that does not read says why on its own. */
    (void)WriteFile(pipes->input, input, (DWORD)size, &written, NULL);
    close_handle(&pipes->input);
    hr = read_all(&pipes->output, limit, deadline, said);
    if (HR_SUCCEEDED(hr))
        hr = process_wait(process, ticks_left(deadline), exit_code);
    if (HR_FAILED(hr))
        TerminateProcess(process, 1);
    return hr;
}

int32_t helper_run(const char *const *arguments, const void *input, size_t size, size_t limit,
                   uint32_t milliseconds, char **output, size_t *output_size, uint32_t *exit_code)
{
    const uint64_t deadline = clock_ticks() + milliseconds;
    CLEANUP(pipes) helper_pipes pipes = {NULL, NULL, NULL, NULL};
    cleanup_text text said = TEXT_INIT;
    cleanup_handle HANDLE process = NULL;
    uint32_t code = 0;
    int32_t hr;

    text_add(&said, "");
    if (size > HELPER_INPUT_LIMIT)
        return HR_INVALID_PARAMETER;
    if (!pipes_open(&pipes))
        return hresult_last();
    hr = start(arguments, &pipes, &process);
    if (HR_SUCCEEDED(hr))
        hr = talk(process, &pipes, input, size, limit, deadline, &said, &code);
    if (HR_FAILED(hr))
        return hr;
    *output_size = said.length;
    *output = text_take(&said);
    if (!*output)
        return HR_OUT_OF_MEMORY;
    *exit_code = code;
    return HR_OK;
}
