/* SPDX-License-Identifier: MIT */
/* Starting wcow itself, detached. */
#include "platform.h"
#include "port/machine.h"
#include "self.h"

struct machine_child {
    HANDLE process;
    DWORD id;
    bool bound;
};

/*
 * Standard handles are given as none, since otherwise the child would get the numbers of ours. The
 * current folder is the system's: ours could not be removed as long as the child lives.
 */
static bool create(const wchar_t *self, wchar_t *line, DWORD flags, PROCESS_INFORMATION *out)
{
    STARTUPINFOW startup = {.cb = sizeof(startup), .dwFlags = STARTF_USESTDHANDLES};
    wchar_t folder[MAX_PATH];

    if (GetSystemDirectoryW(folder, MAX_PATH) == 0)
        return false;
    return CreateProcessW(self, line, NULL, NULL, FALSE,
                          DETACHED_PROCESS | CREATE_NEW_PROCESS_GROUP | CREATE_UNICODE_ENVIRONMENT |
                              flags,
                          NULL, folder, &startup, out);
}

int32_t machine_start_self(const char *const *arguments, machine_child **out)
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
    made = create(self, line, CREATE_BREAKAWAY_FROM_JOB, &process);
    if (!made && GetLastError() == ERROR_ACCESS_DENIED) {
        made = create(self, line, 0, &process);
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

int32_t machine_child_wait(machine_child *child, uint32_t milliseconds, uint32_t *exit_code)
{
    DWORD code;

    switch (WaitForSingleObject(child->process, milliseconds)) {
    case WAIT_OBJECT_0:
        break;
    case WAIT_TIMEOUT:
        return HR_WAIT_TIMEOUT;
    default:
        return hresult_last();
    }
    if (!GetExitCodeProcess(child->process, &code))
        return hresult_last();
    *exit_code = code;
    return HR_OK;
}

uint32_t machine_child_id(const machine_child *child)
{
    return child->id;
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
