/* SPDX-License-Identifier: MIT */
/*
 * A process as a service. The manager waits for StartServiceCtrlDispatcher(), which keeps the main
 * thread and calls the handler on it; service_main() gets a thread of Windows', and the service
 * ends with it. What ends the service may take its time, and the handler may not: a thread of its
 * own asks for the end, and tells the manager now and then that it is still at it.
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
    SERVICE_STATUS status; /* its state is SERVICE_STOPPED (1) at last, and never again another */
    pthread_mutex_t lock;  /* guards the status, and what was asked */
    bool ending;
    bool shutdown;
    HANDLE asking; /* the thread that asks for the end; of the thread that tells of it alone */
} self = {.lock = PTHREAD_MUTEX_INITIALIZER};

/* Lock held. */
static bool report(DWORD state)
{
    const DWORD accepted = SERVICE_ACCEPT_STOP | SERVICE_ACCEPT_PRESHUTDOWN;

    if (self.status.dwCurrentState == SERVICE_STOPPED)
        return false;
    self.status.dwCheckPoint = state == SERVICE_STOP_PENDING ? self.status.dwCheckPoint + 1 : 0;
    self.status.dwWaitHint = state == SERVICE_STOP_PENDING ? PATIENCE : 0;
    self.status.dwControlsAccepted = state == SERVICE_RUNNING ? accepted : 0;
    self.status.dwCurrentState = state;
    SetServiceStatus(self.handle, &self.status);
    return true;
}

/* False: it has ended, and the manager knows it. */
static bool tell(DWORD state)
{
    bool alive;

    pthread_mutex_lock(&self.lock);
    alive = report(state);
    pthread_mutex_unlock(&self.lock);
    return alive;
}

static DWORD WINAPI ask_for_end(void *unused)
{
    (void)unused;
    self.body.stop(self.body.context, self.shutdown);
    return 0;
}

/* What was asked before it could be carried out (of one that is just starting) is asked again. */
static void ask(void)
{
    if (self.asking && WaitForSingleObject(self.asking, 0) != WAIT_OBJECT_0)
        return;
    if (self.asking)
        CloseHandle(self.asking);
    self.asking = CreateThread(NULL, 0, ask_for_end, NULL, 0, NULL);
}

/* Until the service has ended, and with it the process. */
static DWORD WINAPI end(void *unused)
{
    (void)unused;
    do {
        ask();
        Sleep(BEAT);
    } while (tell(SERVICE_STOP_PENDING));
    return 0;
}

static DWORD WINAPI handle_control(DWORD control, DWORD type, void *data, void *context)
{
    const bool ends = control == SERVICE_CONTROL_STOP || control == SERVICE_CONTROL_PRESHUTDOWN;
    HANDLE thread;

    (void)type;
    (void)data;
    (void)context;
    if (!ends)
        return control == SERVICE_CONTROL_INTERROGATE ? NO_ERROR : ERROR_CALL_NOT_IMPLEMENTED;
    pthread_mutex_lock(&self.lock);
    (void)report(SERVICE_STOP_PENDING);
    thread = NULL;
    if (!self.ending) {
        self.ending = true;
        self.shutdown = control == SERVICE_CONTROL_PRESHUTDOWN;
        thread = CreateThread(NULL, 0, end, NULL, 0, NULL);
    }
    pthread_mutex_unlock(&self.lock);
    if (thread)
        CloseHandle(thread);
    return NO_ERROR;
}

static void WINAPI service_main(DWORD count, wchar_t **arguments)
{
    bool asked = false;
    uint32_t code;

    for (DWORD i = 0; i < count; i++)
        asked |= wcscmp(arguments[i], SERVICE_ASKED) == 0;
    self.handle = RegisterServiceCtrlHandlerExW(L"", handle_control, NULL);
    if (!self.handle)
        return;
    self.status.dwServiceType = SERVICE_WIN32_OWN_PROCESS;
    self.status.dwCurrentState = SERVICE_START_PENDING;
    (void)tell(SERVICE_RUNNING);
    code = self.body.run(self.body.context, asked);
    pthread_mutex_lock(&self.lock);
    self.status.dwWin32ExitCode = code ? ERROR_SERVICE_SPECIFIC_ERROR : NO_ERROR;
    self.status.dwServiceSpecificExitCode = code;
    (void)report(SERVICE_STOPPED);
    pthread_mutex_unlock(&self.lock);
}

int32_t service_process_run(const service_body *body)
{
    static wchar_t any_name[] = L"";
    const SERVICE_TABLE_ENTRYW table[] = {{any_name, service_main}, {NULL, NULL}};

    self.body = *body;
    return StartServiceCtrlDispatcherW(table) ? HR_OK : hresult_last();
}
