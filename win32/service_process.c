/* SPDX-License-Identifier: MIT */
/*
 * A process as a service. The manager waits for StartServiceCtrlDispatcher(), which keeps the main
 * thread and calls the handler on it; service_main() gets a thread of Windows', and the service
 * ends with it. What ends the service may take its time, and the handler may not: a thread of its
 * own asks for the end, and tells the manager now and then that it is still at it. What it asks
 * uses what the service does, so the service ends when both have.
 */
#include <pthread.h>

#include "platform.h"
#include "port/service_manager.h"
#include "self.h"

/* Of the sign of life before the manager gives up; and how often one comes. */
#define PATIENCE 30000u
#define BEAT     5000u

/* There is one service in a process, and its handler is given no other context. */
static struct {
    service_body body;
    SERVICE_STATUS_HANDLE handle;
    HANDLE over;          /* an event: the body has run */
    pthread_mutex_t lock; /* guards the following */
    SERVICE_STATUS status;
    bool ended;   /* the body has run: nobody may ask it for anything any more */
    HANDLE ender; /* the thread that asks for the end */
} self = {.lock = PTHREAD_MUTEX_INITIALIZER};

/* Lock held. */
static void report(DWORD state)
{
    const DWORD accepted = SERVICE_ACCEPT_STOP | SERVICE_ACCEPT_PRESHUTDOWN;

    self.status.dwCheckPoint = state == SERVICE_STOP_PENDING ? self.status.dwCheckPoint + 1 : 0;
    self.status.dwWaitHint = state == SERVICE_STOP_PENDING ? PATIENCE : 0;
    self.status.dwControlsAccepted = state == SERVICE_RUNNING ? accepted : 0;
    self.status.dwCurrentState = state;
    SetServiceStatus(self.handle, &self.status);
}

static void tell(DWORD state)
{
    pthread_mutex_lock(&self.lock);
    report(state);
    pthread_mutex_unlock(&self.lock);
}

static DWORD WINAPI ask_for_end(void *unused)
{
    (void)unused;
    self.body.stop(self.body.context);
    return 0;
}

/* Tells of life while a thread or the body runs; false: it has ended. */
static bool runs_on(HANDLE what)
{
    if (WaitForSingleObject(what, BEAT) != WAIT_TIMEOUT)
        return false;
    tell(SERVICE_STOP_PENDING);
    return true;
}

/* What was asked before it could be carried out (of one that is just starting) is asked again. */
static DWORD WINAPI end(void *unused)
{
    HANDLE asking = NULL;

    (void)unused;
    do {
        if (asking && WaitForSingleObject(asking, 0) != WAIT_OBJECT_0)
            continue;
        if (asking)
            CloseHandle(asking);
        asking = CreateThread(NULL, 0, ask_for_end, NULL, 0, NULL);
    } while (runs_on(self.over));
    while (asking && runs_on(asking))
        continue;
    if (asking)
        CloseHandle(asking);
    return 0;
}

static DWORD WINAPI handle_control(DWORD control, DWORD type, void *data, void *context)
{
    const bool ends = control == SERVICE_CONTROL_STOP || control == SERVICE_CONTROL_PRESHUTDOWN;

    (void)type;
    (void)data;
    (void)context;
    if (!ends)
        return control == SERVICE_CONTROL_INTERROGATE ? NO_ERROR : ERROR_CALL_NOT_IMPLEMENTED;
    pthread_mutex_lock(&self.lock);
    if (!self.ended) {
        report(SERVICE_STOP_PENDING);
        if (!self.ender)
            self.ender = CreateThread(NULL, 0, end, NULL, 0, NULL);
    }
    pthread_mutex_unlock(&self.lock);
    return NO_ERROR;
}

void service_process_ending(void)
{
    pthread_mutex_lock(&self.lock);
    if (self.handle && !self.ended)
        report(SERVICE_STOP_PENDING);
    pthread_mutex_unlock(&self.lock);
}

/* The last who asked for its end has his answer, or none. */
static void join_ender(void)
{
    HANDLE ender;

    pthread_mutex_lock(&self.lock);
    self.ended = true;
    ender = self.ender;
    pthread_mutex_unlock(&self.lock);
    SetEvent(self.over);
    if (!ender)
        return;
    WaitForSingleObject(ender, INFINITE);
    CloseHandle(ender);
}

static void WINAPI service_main(DWORD count, wchar_t **arguments)
{
    bool asked = false;
    uint32_t code;

    for (DWORD i = 0; i < count; i++)
        asked |= wcscmp(arguments[i], SERVICE_ASKED) == 0;
    self.over = CreateEventW(NULL, TRUE, FALSE, NULL);
    self.handle = self.over ? RegisterServiceCtrlHandlerExW(L"", handle_control, NULL) : NULL;
    if (!self.handle)
        return;
    self.status.dwServiceType = SERVICE_WIN32_OWN_PROCESS;
    tell(SERVICE_RUNNING);
    code = self.body.run(self.body.context, asked);
    join_ender();
    self.status.dwWin32ExitCode = code ? ERROR_SERVICE_SPECIFIC_ERROR : NO_ERROR;
    self.status.dwServiceSpecificExitCode = code;
    tell(SERVICE_STOPPED);
}

int32_t service_process_run(const service_body *body)
{
    static wchar_t any_name[] = L"";
    const SERVICE_TABLE_ENTRYW table[] = {{any_name, service_main}, {NULL, NULL}};

    self.body = *body;
    return StartServiceCtrlDispatcherW(table) ? HR_OK : hresult_last();
}
