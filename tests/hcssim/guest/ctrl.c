/* SPDX-License-Identifier: MIT */
/* Console control events by threads in the receiver. */
#include "ctrl.h"

#include <stdlib.h>
#include <string.h>

#include "base/error.h"

#define STATUS_CONTROL_C_EXIT_CODE 0xC000013Au
#define PREPARE_TIME               5000

/*
 * The code that a process gets: a handler that ends it, and a thread's start that registers it
 * before any handler of the program's own, so that it is asked last.
 */
/* clang-format off */
static const BYTE template[] = {
    /*  0 */ 0x48, 0x83, 0xEC, 0x28,                         /* sub rsp, 40      handler */
    /*  4 */ 0xB9, 0, 0, 0, 0,                               /* mov ecx, code            */
    /*  9 */ 0x48, 0xB8, 0, 0, 0, 0, 0, 0, 0, 0,             /* mov rax, ExitProcess     */
    /* 19 */ 0xFF, 0xD0,                                     /* call rax                 */
    /* 21 */ 0x48, 0x83, 0xEC, 0x28,                         /* sub rsp, 40      start   */
    /* 25 */ 0x48, 0x8D, 0x0D, 0xE0, 0xFF, 0xFF, 0xFF,       /* lea rcx, [handler]       */
    /* 32 */ 0xBA, 1, 0, 0, 0,                               /* mov edx, TRUE            */
    /* 37 */ 0x48, 0xB8, 0, 0, 0, 0, 0, 0, 0, 0,             /* mov rax, Set…CtrlHandler */
    /* 47 */ 0xFF, 0xD0,                                     /* call rax                 */
    /* 49 */ 0x31, 0xC0,                                     /* xor eax, eax             */
    /* 51 */ 0x48, 0x83, 0xC4, 0x28,                         /* add rsp, 40              */
    /* 55 */ 0xC3                                            /* ret                      */
};
/* clang-format on */

enum { AT_CODE = 5, AT_EXIT = 11, AT_START = 21, AT_SET = 39 };

/* System libraries lie at the same place in every process. */
static FARPROC system_function(const wchar_t *library, const char *name)
{
    return GetProcAddress(GetModuleHandleW(library), name);
}

/* A thread to be made in a process. Whoever lets go of it last frees it. */
typedef struct making {
    HANDLE process, thread;
    LPTHREAD_START_ROUTINE entry;
    void *argument;
    DWORD error;
    LONG owners;
} making;

static void let_go(making *m)
{
    if (InterlockedDecrement(&m->owners))
        return;
    if (m->thread)
        CloseHandle(m->thread);
    CloseHandle(m->process);
    free(m);
}

static DWORD WINAPI make_thread(void *context)
{
    making *m = context;

    m->thread = CreateRemoteThread(m->process, NULL, 0, m->entry, m->argument, 0, NULL);
    if (!m->thread)
        m->error = GetLastError();
    let_go(m);
    return 0;
}

static making *making_new(HANDLE process, void *start, void *argument)
{
    HANDLE self = GetCurrentProcess();
    making *m = calloc(1, sizeof(*m));

    if (!m)
        return NULL;
    m->entry = (LPTHREAD_START_ROUTINE)(uintptr_t)start;
    m->argument = argument;
    m->owners = 2;
    if (DuplicateHandle(self, process, self, &m->process, 0, FALSE, DUPLICATE_SAME_ACCESS))
        return m;
    free(m);
    return NULL;
}

/*
 * Wine has the receiver make the thread, and CreateRemoteThread() waits for its answer (ntdll/unix,
 * server_queue_process_apc). A receiver that ends just then never answers, and the call never
 * returns: so it is made on a thread of its own, which is left behind once the receiver is gone.
 */
static int32_t run_in(HANDLE process, void *start, void *argument, DWORD wait)
{
    making *m = making_new(process, start, argument);
    HANDLE maker = m ? CreateThread(NULL, 0, make_thread, m, 0, NULL) : NULL;
    HANDLE either[] = {maker, process};
    int32_t hr = HR_OK;
    DWORD first;

    if (!maker) {
        if (m)
            m->owners = 1;
        hr = m ? HR_FROM_WIN32(GetLastError()) : HR_OUT_OF_MEMORY;
    } else {
        first = WaitForMultipleObjects(2, either, FALSE, PREPARE_TIME);
        if (first == WAIT_TIMEOUT)
            hr = HR_FROM_WIN32(ERROR_PROCESS_ABORTED);
        else if (first == WAIT_OBJECT_0 && !m->thread)
            hr = HR_FROM_WIN32(m->error);
        else if (first == WAIT_OBJECT_0) /* else it has ended, of this most often */
            WaitForSingleObject(m->thread, wait);
    }
    if (maker)
        CloseHandle(maker);
    if (m)
        let_go(m);
    return hr;
}

void ctrl_prepare(HANDLE process)
{
    const uint32_t code = STATUS_CONTROL_C_EXIT_CODE;
    FARPROC leave = system_function(L"kernel32.dll", "ExitProcess");
    FARPROC set = system_function(L"kernel32.dll", "SetConsoleCtrlHandler");
    BYTE *there = VirtualAllocEx(process, NULL, sizeof(template), MEM_COMMIT | MEM_RESERVE,
                                 PAGE_EXECUTE_READWRITE);
    BYTE bytes[sizeof(template)];

    if (!there || !leave || !set)
        return;
    memcpy(bytes, template, sizeof(bytes));
    memcpy(bytes + AT_CODE, &code, sizeof(code));
    memcpy(bytes + AT_EXIT, &leave, sizeof(leave));
    memcpy(bytes + AT_SET, &set, sizeof(set));
    if (WriteProcessMemory(process, there, bytes, sizeof(bytes), NULL))
        run_in(process, there + AT_START, NULL, PREPARE_TIME);
}

/*
 * Windows delivers such an event by a thread in the receiver that starts at CtrlRoutine; there it
 * is the console host that makes it. Works for processes without a console, too.
 */
int32_t ctrl_send(HANDLE process, int event)
{
    FARPROC routine = system_function(L"kernelbase.dll", "CtrlRoutine");

    if (!routine)
        return HR_PROC_NOT_FOUND;
    return run_in(process, (void *)(uintptr_t)routine, (void *)(intptr_t)event, 0);
}
