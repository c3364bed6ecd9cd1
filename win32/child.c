/* SPDX-License-Identifier: MIT */
/* Starting wcow itself, detached. */
#include <stdlib.h>

#include "platform.h"
#include "port/machine.h"
#include "process_wait.h"
#include "self.h"

struct machine_child {
    HANDLE process;
    DWORD id;
    bool bound;
};

/* What a child is to have of ours: one handle, or none. */
typedef struct inheritance {
    HANDLE output; /* its standard output; NULL: none */
    LPPROC_THREAD_ATTRIBUTE_LIST list;
} inheritance;

static void inheritance_free(inheritance *in)
{
    if (in->list)
        DeleteProcThreadAttributeList(in->list);
    free(in->list);
    if (in->output)
        CloseHandle(in->output);
}

DEFINE_CLEANUP_VALUE(inheritance, inheritance, inheritance_free)

/*
 * Only what a list names is inherited: whoever has started us waits until nobody holds his pipes
 * any more, and handles of another thread that is just starting something are not ours to give.
 */
static bool inheritance_list(inheritance *in)
{
    SIZE_T size = 0;
    LPPROC_THREAD_ATTRIBUTE_LIST list;

    InitializeProcThreadAttributeList(NULL, 1, 0, &size);
    list = malloc(size);
    if (!list || !InitializeProcThreadAttributeList(list, 1, 0, &size)) {
        free(list);
        return false;
    }
    in->list = list;
    return UpdateProcThreadAttribute(list, 0, PROC_THREAD_ATTRIBUTE_HANDLE_LIST, &in->output,
                                     sizeof(in->output), NULL, NULL);
}

/*
 * Standard handles are given as none, since otherwise the child would get the numbers of ours. The
 * current folder is the system's: ours could not be removed as long as the child lives.
 */
static bool create(const wchar_t *self, wchar_t *line, const inheritance *in, DWORD flags,
                   PROCESS_INFORMATION *out)
{
    STARTUPINFOEXW startup = {.StartupInfo = {.cb = sizeof(startup),
                                              .dwFlags = STARTF_USESTDHANDLES,
                                              .hStdOutput = in->output},
                              .lpAttributeList = in->list};
    wchar_t folder[MAX_PATH];

    if (!in->output)
        startup.StartupInfo.cb = sizeof(startup.StartupInfo);
    else
        flags |= EXTENDED_STARTUPINFO_PRESENT;
    if (GetSystemDirectoryW(folder, MAX_PATH) == 0)
        return false;
    return CreateProcessW(self, line, NULL, NULL, in->output != NULL,
                          DETACHED_PROCESS | CREATE_NEW_PROCESS_GROUP | CREATE_UNICODE_ENVIRONMENT |
                              flags,
                          NULL, folder, &startup.StartupInfo, out);
}

static int32_t start_self(const char *const *arguments, const inheritance *in, machine_child **out)
{
    cleanup_free wchar_t *self = self_path();
    cleanup_free wchar_t *line = self ? self_command_line(self, arguments) : NULL;
    machine_child *child = line ? calloc(1, sizeof(*child)) : NULL;
    PROCESS_INFORMATION process;
    BOOL in_job = FALSE;
    bool made;

    if (!self)
        return hresult_last();
    if (!child)
        return HR_OUT_OF_MEMORY;
    /* A job that ends with whoever started us (a service's, a terminal's) must not end the child,
     * but not every job lets go. */
    made = create(self, line, in, CREATE_BREAKAWAY_FROM_JOB, &process);
    if (!made && GetLastError() == ERROR_ACCESS_DENIED) {
        made = create(self, line, in, 0, &process);
        /* Not in one all the same where the job lets everybody go silently. */
        child->bound = made && IsProcessInJob(process.hProcess, NULL, &in_job) && in_job;
    }
    if (!made) {
        int32_t hr = hresult_last();

        free(child);
        return hr;
    }
    CloseHandle(process.hThread);
    child->process = process.hProcess;
    child->id = process.dwProcessId;
    *out = child;
    return HR_OK;
}

int32_t machine_start_self(const char *const *arguments, machine_child **out)
{
    const inheritance nothing = {NULL, NULL};

    return start_self(arguments, &nothing, out);
}

int32_t machine_start_self_heard(const char *const *arguments, machine_child **out, stream **said)
{
    SECURITY_ATTRIBUTES inherited = {sizeof(inherited), NULL, TRUE};
    CLEANUP(inheritance) inheritance in = {NULL, NULL};
    machine_child *child = NULL;
    HANDLE ours = NULL;
    int32_t hr;

    if (!CreatePipe(&ours, &in.output, &inherited, 0))
        return hresult_last();
    hr = SetHandleInformation(ours, HANDLE_FLAG_INHERIT, 0) && inheritance_list(&in)
             ? start_self(arguments, &in, &child)
             : hresult_last();
    if (HR_FAILED(hr)) {
        CloseHandle(ours);
        return hr;
    }
    hr = stream_from_native((intptr_t)ours, said);
    if (HR_FAILED(hr))
        machine_child_free(child);
    else
        *out = child;
    return hr;
}

int32_t machine_child_wait(machine_child *child, uint32_t milliseconds, uint32_t *exit_code)
{
    return process_wait(child->process, milliseconds, exit_code);
}

uint32_t machine_child_id(const machine_child *child)
{
    return child->id;
}

void machine_child_kill(machine_child *child)
{
    TerminateProcess(child->process, 1);
}

bool machine_child_bound(const machine_child *child)
{
    return child->bound;
}

void machine_child_free(machine_child *child)
{
    if (!child)
        return;
    CloseHandle(child->process);
    free(child);
}
