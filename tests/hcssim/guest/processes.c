/* SPDX-License-Identifier: MIT */
/* What runs in a container's job: the list for ProcessList and Statistics,
 * pausing all of it. */
#include "processes.h"

#include <psapi.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <wchar.h>

#include <tlhelp32.h>

#include "base/error.h"

#include "../service/wide.h"
#include "ctrl.h"

#define EPOCH_100NS 116444736000000000ull /* 1970 in FILETIMEs */

static uint64_t from_filetime(FILETIME time)
{
    return (uint64_t)time.dwHighDateTime << 32 | time.dwLowDateTime;
}

static void fill_name(HANDLE process, sim_process_row *row)
{
    wchar_t path[1024];
    DWORD size = 1024;
    const wchar_t *slash;
    cleanup_free char *name = NULL;

    if (!QueryFullProcessImageNameW(process, 0, path, &size))
        return;
    slash = wcsrchr(path, L'\\');
    name = utf8_from_wide(slash ? slash + 1 : path);
    if (name)
        snprintf(row->name, sizeof(row->name), "%s", name);
}

/*
 * Of the process's threads: for a process Wine (8) gives the times of whoever
 * asks, for a thread it looks. What ended threads used is not known.
 */
static void fill_times(DWORD pid, sim_process_row *row)
{
    THREADENTRY32 entry = {.dwSize = sizeof(entry)};
    HANDLE list = CreateToolhelp32Snapshot(TH32CS_SNAPTHREAD, 0);

    for (BOOL more = Thread32First(list, &entry); more; more = Thread32Next(list, &entry)) {
        FILETIME created, ended, kernel, user;
        HANDLE thread = entry.th32OwnerProcessID == pid
                            ? OpenThread(THREAD_QUERY_INFORMATION, FALSE, entry.th32ThreadID)
                            : NULL;

        if (!thread)
            continue;
        if (GetThreadTimes(thread, &created, &ended, &kernel, &user)) {
            row->user_100ns += from_filetime(user);
            row->kernel_100ns += from_filetime(kernel);
        }
        CloseHandle(thread);
    }
    CloseHandle(list);
}

static bool fill_row(DWORD pid, sim_process_row *row)
{
    HANDLE process = OpenProcess(PROCESS_QUERY_INFORMATION | PROCESS_VM_READ, FALSE, pid);
    FILETIME created, ended, kernel, user;
    PROCESS_MEMORY_COUNTERS memory = {.cb = sizeof(memory)};

    if (!process)
        return false;
    row->pid = pid;
    fill_name(process, row);
    fill_times(pid, row);
    if (GetProcessTimes(process, &created, &ended, &kernel, &user))
        row->created = (int64_t)(from_filetime(created) - EPOCH_100NS) * 100;
    if (GetProcessMemoryInfo(process, &memory, sizeof(memory))) {
        row->commit = memory.PagefileUsage;
        row->private_ws = memory.PagefileUsage < memory.WorkingSetSize ? memory.PagefileUsage
                                                                       : memory.WorkingSetSize;
        row->shared_ws = memory.WorkingSetSize - row->private_ws;
    }
    CloseHandle(process);
    return true;
}

/* Ids of the job's processes; the caller's. */
static JOBOBJECT_BASIC_PROCESS_ID_LIST *job_ids(HANDLE job)
{
    for (DWORD room = 64;; room *= 4) {
        size_t size = sizeof(JOBOBJECT_BASIC_PROCESS_ID_LIST) + room * sizeof(ULONG_PTR);
        JOBOBJECT_BASIC_PROCESS_ID_LIST *ids = calloc(1, size);

        if (!ids)
            return NULL;
        if (QueryInformationJobObject(job, JobObjectBasicProcessIdList, ids, (DWORD)size, NULL))
            return ids;
        free(ids);
        if (GetLastError() != ERROR_MORE_DATA || room > 65536)
            return NULL;
    }
}

int32_t processes_list(HANDLE job, sim_process_row **rows, size_t *count)
{
    JOBOBJECT_BASIC_PROCESS_ID_LIST *ids = job_ids(job);
    sim_process_row *list = ids ? calloc(ids->NumberOfProcessIdsInList + 1, sizeof(*list)) : NULL;
    size_t found = 0;

    for (DWORD i = 0; list && i < ids->NumberOfProcessIdsInList; i++)
        found += fill_row((DWORD)ids->ProcessIdList[i], &list[found]);
    free(ids);
    if (!list)
        return HR_OUT_OF_MEMORY;
    *rows = list;
    *count = found;
    return HR_OK;
}

/* Ids are used again at once under Wine: one of the list may be somebody else's by now. */
static HANDLE open_in_job(DWORD pid, DWORD access, HANDLE job)
{
    HANDLE process = OpenProcess(access | PROCESS_QUERY_INFORMATION, FALSE, pid);
    BOOL inside = FALSE;

    if (process && IsProcessInJob(process, job, &inside) && inside)
        return process;
    if (process)
        CloseHandle(process);
    return NULL;
}

int32_t processes_signal(HANDLE job, int event)
{
    JOBOBJECT_BASIC_PROCESS_ID_LIST *ids = job_ids(job);

    for (DWORD i = 0; ids && i < ids->NumberOfProcessIdsInList; i++) {
        HANDLE process = open_in_job((DWORD)ids->ProcessIdList[i], PROCESS_ALL_ACCESS, job);

        if (process) {
            ctrl_send(process, event);
            CloseHandle(process);
        }
    }
    free(ids);
    return HR_OK;
}

typedef LONG WINAPI suspend_call(HANDLE process);

int32_t processes_pause(HANDLE job, bool pause)
{
    FARPROC found = GetProcAddress(GetModuleHandleW(L"ntdll.dll"),
                                   pause ? "NtSuspendProcess" : "NtResumeProcess");
    JOBOBJECT_BASIC_PROCESS_ID_LIST *ids = job_ids(job);
    suspend_call *call = (suspend_call *)(void (*)(void))found;

    for (DWORD i = 0; ids && call && i < ids->NumberOfProcessIdsInList; i++) {
        HANDLE process = open_in_job((DWORD)ids->ProcessIdList[i], PROCESS_SUSPEND_RESUME, job);

        if (process) {
            call(process);
            CloseHandle(process);
        }
    }
    free(ids);
    return call ? HR_OK : HR_PROC_NOT_FOUND;
}
