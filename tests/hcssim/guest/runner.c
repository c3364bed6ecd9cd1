/* SPDX-License-Identifier: MIT */
/* A container's job and the processes in it. */
#include "runner.h"

#include <stdlib.h>
#include <wchar.h>

#include "base/error.h"
#include "base/text.h"

#include "../service/wide.h"
#include "console.h"
#include "create.h"
#include "ctrl.h"
#include "folder.h"
#include "pipes.h"
#include "processes.h"
#include "program.h"

#define STOP_TIMEOUT   10000
#define SHUTDOWN_EVENT 6 /* CTRL_SHUTDOWN_EVENT */

/* The program has ended and its console with it: what a resize of an exited process is answered. */
#define CONSOLE_GONE ((int32_t)0xC0370105)

struct runner {
    wchar_t *root;
    char *hostname;
    HANDLE job;
};

struct runner_process {
    HANDLE process;
    uint32_t pid;
    CRITICAL_SECTION lock; /* guards the console while it ends */
    console *console;
    CRITICAL_SECTION calling; /* held while `exited` runs */
    HANDLE forgotten;         /* nobody wants to know any more */
    void (*exited)(void *context, uint32_t exit_code);
    void *context;
    volatile LONG references; /* the owner's and the waiting thread's */
};

/* Handles become inheritable only while one program is started: no other may get them. */
static SRWLOCK starting = SRWLOCK_INIT;

static int32_t last_error(void)
{
    return HR_FROM_WIN32(GetLastError());
}

int32_t runner_new(const wchar_t *root, const char *hostname, runner **out)
{
    JOBOBJECT_EXTENDED_LIMIT_INFORMATION limits = {0};
    runner *r = calloc(1, sizeof(*r));

    if (!r)
        return HR_OUT_OF_MEMORY;
    r->root = root ? _wcsdup(root) : NULL;
    r->hostname = text_copy(hostname);
    r->job = CreateJobObjectW(NULL, NULL);
    limits.BasicLimitInformation.LimitFlags = JOB_OBJECT_LIMIT_KILL_ON_JOB_CLOSE;
    if (!r->job || !SetInformationJobObject(r->job, JobObjectExtendedLimitInformation, &limits,
                                            sizeof(limits))) {
        runner_free(r);
        return HR_OUT_OF_MEMORY;
    }
    *out = r;
    return HR_OK;
}

void runner_free(runner *r)
{
    if (!r)
        return;
    if (r->job) {
        runner_stop(r, 1);
        CloseHandle(r->job);
    }
    free(r->root);
    free(r->hostname);
    free(r);
}

int32_t runner_shutdown(runner *r)
{
    return processes_signal(r->job, SHUTDOWN_EVENT);
}

void runner_stop(runner *r, uint32_t exit_code)
{
    JOBOBJECT_BASIC_ACCOUNTING_INFORMATION counts;

    TerminateJobObject(r->job, exit_code);
    for (unsigned waited = 0; waited < STOP_TIMEOUT; waited += 5) {
        if (!QueryInformationJobObject(r->job, JobObjectBasicAccountingInformation, &counts,
                                       sizeof(counts), NULL) ||
            counts.ActiveProcesses == 0)
            return;
        Sleep(5);
    }
}

int32_t runner_pause(runner *r, bool pause)
{
    return processes_pause(r->job, pause);
}

int32_t runner_list(runner *r, sim_process_row **rows, size_t *count)
{
    return processes_list(r->job, rows, count);
}

/* ---- waiting for a process's end ---- */

static void process_release(runner_process *p)
{
    if (InterlockedDecrement(&p->references))
        return;
    console_free(p->console);
    pipes_close(&p->process);
    pipes_close(&p->forgotten);
    DeleteCriticalSection(&p->lock);
    DeleteCriticalSection(&p->calling);
    free(p);
}

static void end_console(runner_process *p)
{
    console *ended;

    EnterCriticalSection(&p->lock);
    ended = p->console;
    p->console = NULL;
    LeaveCriticalSection(&p->lock);
    console_free(ended);
}

static DWORD WINAPI wait_for_end(void *argument)
{
    runner_process *p = argument;
    HANDLE waits[2] = {p->forgotten, p->process};
    DWORD code = 0;

    /* A terminal must not vanish under its program: then stay until it ends, unseen. */
    if (WaitForMultipleObjects(2, waits, FALSE, INFINITE) == WAIT_OBJECT_0 && p->console)
        WaitForSingleObject(p->process, INFINITE);
    GetExitCodeProcess(p->process, &code);
    end_console(p);
    EnterCriticalSection(&p->calling);
    if (WaitForSingleObject(p->forgotten, 0) != WAIT_OBJECT_0)
        p->exited(p->context, code);
    LeaveCriticalSection(&p->calling);
    process_release(p);
    return 0;
}

void runner_process_free(runner_process *process)
{
    if (!process)
        return;
    SetEvent(process->forgotten);
    EnterCriticalSection(&process->calling); /* free from within `exited`, too: it may recurse */
    LeaveCriticalSection(&process->calling);
    process_release(process);
}

static int32_t watch(runner_process *p)
{
    HANDLE thread;

    InterlockedIncrement(&p->references);
    thread =
        CreateThread(NULL, 128 * 1024, wait_for_end, p, STACK_SIZE_PARAM_IS_A_RESERVATION, NULL);
    if (!thread) {
        InterlockedDecrement(&p->references);
        return last_error();
    }
    CloseHandle(thread);
    return HR_OK;
}

/* ---- starting ---- */

typedef struct start {
    const sim_process_spec *spec;
    runner *runner;
    wchar_t *application, *line, *directory, *environment; /* as this process sees them */
    HANDLE theirs[3];
} start;

static void start_done(start *s)
{
    free(s->application);
    free(s->line);
    free(s->directory);
    free(s->environment);
    for (int i = 0; i < 3; i++)
        pipes_close(&s->theirs[i]);
}

static int32_t search_volume(start *s)
{
    wchar_t *environment = program_search(s->runner->root, s->environment);

    if (!environment)
        return HR_OUT_OF_MEMORY;
    free(s->environment);
    s->environment = environment;
    return HR_OK;
}

static int32_t prepare(start *s)
{
    const sim_process_spec *spec = s->spec;
    const char *folder =
        spec->working_directory && *spec->working_directory ? spec->working_directory : "C:\\";
    cleanup_free wchar_t *wanted = wide_from_utf8(folder);
    cleanup_free wchar_t *inside = NULL;
    cleanup_free wchar_t *application = wide_from_utf8(spec->application);
    int32_t hr;

    s->environment = program_environment(s->runner->hostname, spec->user, spec->environment);
    s->line = wide_from_utf8(spec->command_line ? spec->command_line : spec->application);
    if (!s->environment || !s->line || !wanted)
        return HR_OUT_OF_MEMORY;
    hr = folder_make(s->runner->root, wanted, &inside, &s->directory);
    if (HR_FAILED(hr))
        return hr;
    hr = program_find(s->runner->root, application, s->line, inside,
                      program_variable(s->environment, L"PATH"), &s->application);
    if (HR_SUCCEEDED(hr) && s->runner->root)
        hr = search_volume(s);
    return hr;
}

static int32_t make_pipes(start *s, runner_started *out)
{
    bool wanted[3] = {s->spec->in, s->spec->out, s->spec->err};
    HANDLE *ours[3] = {&out->in, &out->out, &out->err};
    int32_t hr = HR_OK;

    for (int i = 0; i < 3 && HR_SUCCEEDED(hr); i++) {
        if (wanted[i]) {
            hr = pipes_new(i > 0, false, ours[i], &s->theirs[i]);
        } else {
            s->theirs[i] =
                CreateFileW(L"NUL", i ? GENERIC_WRITE : GENERIC_READ,
                            FILE_SHARE_READ | FILE_SHARE_WRITE, NULL, OPEN_EXISTING, 0, NULL);
        }
    }
    return hr;
}

/*
 * Not DETACHED_PROCESS: Wine would give the program's own children a console, and their output to
 * that. As it is, none of them has one, and the streams are inherited.
 */
static int32_t create(start *s, PROCESS_INFORMATION *made)
{
    STARTUPINFOW startup = {.cb = sizeof(startup), .dwFlags = STARTF_USESTDHANDLES};
    BOOL ok;
    int32_t hr;

    startup.hStdInput = s->theirs[0];
    startup.hStdOutput = s->theirs[1];
    startup.hStdError = s->theirs[2];
    AcquireSRWLockExclusive(&starting);
    for (int i = 0; i < 3; i++)
        SetHandleInformation(s->theirs[i], HANDLE_FLAG_INHERIT, HANDLE_FLAG_INHERIT);
    ok =
        create_process(s->application, s->line, TRUE, CREATE_SUSPENDED | CREATE_UNICODE_ENVIRONMENT,
                       s->environment, s->directory, &startup, made);
    hr = ok ? HR_OK : last_error();
    for (int i = 0; i < 3; i++)
        pipes_close(&s->theirs[i]);
    ReleaseSRWLockExclusive(&starting);
    return hr;
}

static int32_t start_plain(start *s, runner_process *p, runner_started *out)
{
    PROCESS_INFORMATION made;
    int32_t hr = make_pipes(s, out);

    if (HR_SUCCEEDED(hr))
        hr = create(s, &made);
    if (HR_FAILED(hr))
        return hr;
    p->process = made.hProcess;
    p->pid = made.dwProcessId;
    if (AssignProcessToJobObject(s->runner->job, made.hProcess)) {
        ctrl_prepare(made.hProcess);
        ResumeThread(made.hThread);
    } else {
        hr = last_error();
    }
    CloseHandle(made.hThread);
    return hr;
}

static int32_t start_console(start *s, runner_process *p, runner_started *out)
{
    console_program program = {s->application, s->directory, s->line, s->environment,
                               s->runner->job};
    DWORD pid = 0;
    int32_t hr = console_new(s->spec->columns, s->spec->rows, &out->in, &out->out, &p->console);

    if (HR_SUCCEEDED(hr))
        hr = console_start(p->console, &program, &pid, &p->process);
    p->pid = pid;
    if (HR_SUCCEEDED(hr) && !s->spec->in)
        pipes_close(&out->in);
    if (HR_SUCCEEDED(hr) && !s->spec->out)
        pipes_close(&out->out);
    return hr;
}

static int32_t start_process(start *s, runner_process *p, runner_started *out)
{
    int32_t hr = prepare(s);

    if (HR_SUCCEEDED(hr))
        hr = s->spec->console ? start_console(s, p, out) : start_plain(s, p, out);
    return HR_SUCCEEDED(hr) ? watch(p) : hr;
}

int32_t runner_start(runner *r, const sim_process_spec *spec, runner_started *out)
{
    start s = {.spec = spec, .runner = r};
    runner_started started = {0};
    runner_process *p = calloc(1, sizeof(*p));
    int32_t hr;

    if (!p)
        return HR_OUT_OF_MEMORY;
    InitializeCriticalSection(&p->lock);
    InitializeCriticalSection(&p->calling);
    p->references = 1;
    p->exited = spec->exited;
    p->context = spec->context;
    p->forgotten = CreateEventW(NULL, TRUE, FALSE, NULL);
    hr = p->forgotten ? start_process(&s, p, &started) : HR_OUT_OF_MEMORY;
    start_done(&s);
    if (HR_FAILED(hr)) {
        pipes_close(&started.in);
        pipes_close(&started.out);
        pipes_close(&started.err);
        if (p->process)
            TerminateProcess(p->process, 1);
        process_release(p);
        return hr;
    }
    started.pid = p->pid;
    started.process = p;
    *out = started;
    return HR_OK;
}

/* ---- one process ---- */

int32_t runner_process_kill(runner_process *process, uint32_t exit_code)
{
    return TerminateProcess(process->process, exit_code) ? HR_OK : last_error();
}

int32_t runner_process_signal(runner_process *process, int event)
{
    return ctrl_send(process->process, event);
}

int32_t runner_process_resize(runner_process *process, uint16_t columns, uint16_t rows)
{
    int32_t hr = CONSOLE_GONE;

    EnterCriticalSection(&process->lock);
    if (process->console)
        hr = console_resize(process->console, columns, rows);
    LeaveCriticalSection(&process->lock);
    return hr;
}
