/* SPDX-License-Identifier: MIT */
/* Named pipes between wcow processes, and with other programs. */
#include "port/pipe.h"

#include <string.h>

#include "base/condition.h"
#include "base/pipe_name.h"
#include "base/text.h"
#include "platform.h"
#include "port/clock.h"
#include "port/machine.h"
#include "security.h"

#define BUFFER_SIZE   65536u
#define BUSY_INTERVAL 50u /* ms */
/* How often another program's pipe is looked for: as often as its own library would. */
#define ABSENT_INTERVAL 10u
/* For a server that says nothing: of a wcow before there was its event, or with another's in its
 * place.
 */
#define SILENT_INTERVAL 50u /* ms */
/* As long as one looks whether there is a server, its mutex is there. */
#define LOOKERS_PATIENCE 100u /* ms */
#define LOOKERS_INTERVAL 5u   /* ms */

struct pipe_server {
    wchar_t *path;
    HANDLE mutex;  /* holds the name; NULL: of an address */
    HANDLE next;   /* the instance that the next client gets; NULL: to be made */
    HANDLE event;  /* of the wait for it */
    HANDLE cancel; /* manual-reset */
    SECURITY_ATTRIBUTES *security;
};

#define HERE "\\\\.\\pipe\\"

static wchar_t *name_make(const char *prefix, const char *name)
{
    cleanup_free char *joined = text_format("%s%s", prefix, name);

    return joined ? wide_from_utf8(joined) : NULL;
}

static int32_t instance_make(pipe_server *server, DWORD first)
{
    HANDLE instance = CreateNamedPipeW(
        server->path, PIPE_ACCESS_DUPLEX | FILE_FLAG_OVERLAPPED | first,
        PIPE_TYPE_BYTE | PIPE_READMODE_BYTE | PIPE_WAIT | PIPE_REJECT_REMOTE_CLIENTS,
        PIPE_UNLIMITED_INSTANCES, BUFFER_SIZE, BUFFER_SIZE, 0, server->security);

    if (instance == INVALID_HANDLE_VALUE)
        return hresult_last();
    server->next = instance;
    return HR_OK;
}

/*
 * Nothing in Windows waits for a pipe to come into being. So a client that finds none makes an
 * event of a name that both know, and looks again; a new server sets it, if somebody has made it.
 * It is a hint and no more: whoever wakes up connects, and who is not woken tries now and then.
 */
static HANDLE hint_make(const char *name)
{
    cleanup_free wchar_t *path = name_make("Global\\wcow-listens-", name);

    return path ? CreateEventW(NULL, TRUE, FALSE, path) : NULL;
}

static void hint_give(const char *name)
{
    cleanup_free wchar_t *path = name_make("Global\\wcow-listens-", name);
    cleanup_handle HANDLE event = path ? OpenEventW(EVENT_MODIFY_STATE, FALSE, path) : NULL;

    if (event)
        SetEvent(event);
}

/* HR_ALREADY_EXISTS: somebody has it open. */
static int32_t mutex_make(pipe_server *server, const wchar_t *path)
{
    HANDLE made = CreateMutexW(server->security, FALSE, path);

    if (!made)
        return hresult_last();
    if (GetLastError() == ERROR_ALREADY_EXISTS) {
        CloseHandle(made);
        return HR_ALREADY_EXISTS;
    }
    server->mutex = made;
    return HR_OK;
}

/*
 * FILE_FLAG_FIRST_PIPE_INSTANCE keeps a second server away on Windows; Wine does not enforce it, so
 * a mutex of the same name stands for it there. One that a server left is still there while
 * somebody looks at it: so only what stays for a while is taken.
 */
static int32_t name_take(pipe_server *server, const char *name)
{
    cleanup_free wchar_t *path = name_make("Global\\wcow-pipe-", name);
    const uint64_t give_up = clock_ticks() + LOOKERS_PATIENCE;
    int32_t hr;

    if (!path)
        return HR_OUT_OF_MEMORY;
    for (;;) {
        hr = mutex_make(server, path);
        if (hr != HR_ALREADY_EXISTS || clock_ticks() >= give_up)
            return hr;
        Sleep(LOOKERS_INTERVAL);
    }
}

static int32_t server_new(const char *name, pipe_server **out)
{
    pipe_server *server = calloc(1, sizeof(*server));

    if (!server)
        return HR_OUT_OF_MEMORY;
    server->path = name_make(HERE, name);
    server->event = CreateEventW(NULL, TRUE, FALSE, NULL);
    server->cancel = CreateEventW(NULL, TRUE, FALSE, NULL);
    if (!server->path || !server->event || !server->cancel) {
        pipe_server_free(server);
        return HR_OUT_OF_MEMORY;
    }
    *out = server;
    return HR_OK;
}

int32_t pipe_listen(const char *name, pipe_server **out)
{
    pipe_server *server = NULL;
    int32_t hr;

    if (*name == '\0' || strpbrk(name, "\\/"))
        return HR_INVALID_PARAMETER;
    hr = server_new(name, &server);
    if (HR_SUCCEEDED(hr))
        hr = security_private(security_pipe_kind(), &server->security);
    if (HR_SUCCEEDED(hr))
        hr = name_take(server, name);
    if (HR_SUCCEEDED(hr))
        hr = instance_make(server, FILE_FLAG_FIRST_PIPE_INSTANCE);
    if (HR_FAILED(hr)) {
        pipe_server_free(server);
        return hr;
    }
    hint_give(name);
    *out = server;
    return HR_OK;
}

/*
 * By the mutex: a look at the pipe itself is a connection, or a wait. Anybody can make one of that
 * name, so it counts by its owner, as the pipe does for a client. What a friend made an elevated
 * process may open; any other may be kept from what an elevated one has.
 */
bool pipe_listened(const char *name)
{
    cleanup_free wchar_t *path = name_make("Global\\wcow-pipe-", name);
    cleanup_handle HANDLE mutex = path ? OpenMutexW(SYNCHRONIZE | READ_CONTROL, FALSE, path) : NULL;
    bool ours = false;

    if (!mutex)
        return path && GetLastError() == ERROR_ACCESS_DENIED && !machine_elevated();
    return HR_SUCCEEDED(security_is_ours(mutex, SECURITY_OF_PIPE, &ours)) && ours;
}

/* Wine lets a second server in, so it is looked for. The mutex of our own names would not do: it is
 * there for anybody to take, and names below ProtectedPrefix are not. */
static bool is_taken(const pipe_server *server)
{
    return WaitNamedPipeW(server->path, 1) || GetLastError() == ERROR_SEM_TIMEOUT;
}

static int32_t first_instance(pipe_server *server)
{
    const int32_t hr = security_private(security_pipe_kind(), &server->security);

    return HR_FAILED(hr) ? hr : instance_make(server, FILE_FLAG_FIRST_PIPE_INSTANCE);
}

int32_t pipe_listen_address(const char *address, pipe_server **out)
{
    cleanup_free char *name = NULL;
    pipe_server *server = NULL;
    int32_t hr = pipe_name_parse(address, &name);

    if (HR_SUCCEEDED(hr))
        hr = server_new(name, &server);
    if (HR_SUCCEEDED(hr))
        hr = is_taken(server) ? HR_ALREADY_EXISTS : first_instance(server);
    if (HR_FAILED(hr)) {
        pipe_server_free(server);
        return hr;
    }
    *out = server;
    return HR_OK;
}

/* ERROR_NO_DATA: a client came and went before anybody looked. One that comes at the last moment
 * counts. */
static DWORD client_wait(pipe_server *server, DWORD milliseconds)
{
    const HANDLE waited[] = {server->cancel, server->event};
    OVERLAPPED call = {.hEvent = server->event};
    DWORD ended;
    DWORD unused;

    if (ConnectNamedPipe(server->next, &call))
        return ERROR_SUCCESS;
    if (GetLastError() == ERROR_PIPE_CONNECTED)
        return ERROR_SUCCESS;
    if (GetLastError() != ERROR_IO_PENDING)
        return GetLastError();
    ended = WaitForMultipleObjects(2, waited, FALSE, milliseconds);
    if (ended != WAIT_OBJECT_0 + 1)
        CancelIoEx(server->next, &call);
    if (GetOverlappedResult(server->next, &call, &unused, TRUE))
        return ERROR_SUCCESS;
    return GetLastError() == ERROR_OPERATION_ABORTED && ended == WAIT_TIMEOUT ? WAIT_TIMEOUT
                                                                              : GetLastError();
}

static int32_t accept_until(pipe_server *server, uint64_t deadline, stream **out)
{
    for (;;) {
        DWORD code;

        /* Before all that may fail: whoever is told of a shortage tries again, for ever. */
        if (WaitForSingleObject(server->cancel, 0) == WAIT_OBJECT_0)
            return HR_OPERATION_ABORTED;
        if (!server->next) {
            int32_t hr = instance_make(server, 0);

            if (HR_FAILED(hr))
                return hr;
        }
        code = client_wait(server, ticks_left(deadline));
        if (code == ERROR_SUCCESS) {
            HANDLE client = server->next;

            /* The next instance first, so that there is always one to connect to; a failure to make
             * it is the next call's. */
            server->next = NULL;
            (void)instance_make(server, 0);
            return stream_from_native((intptr_t)client, out);
        }
        if (code == ERROR_NO_DATA) {
            DisconnectNamedPipe(server->next);
            continue;
        }
        if (code == WAIT_TIMEOUT)
            return HR_WAIT_TIMEOUT;
        /* Whatever is wrong with this instance, the next call gets another one. */
        if (code != ERROR_OPERATION_ABORTED) {
            cleanup_after_handle(&server->next);
            server->next = NULL;
        }
        return HR_FROM_WIN32(code);
    }
}

int32_t pipe_accept(pipe_server *server, stream **out)
{
    return accept_until(server, TICKS_NEVER, out);
}

int32_t pipe_accept_within(pipe_server *server, uint32_t milliseconds, stream **out)
{
    return accept_until(server, clock_ticks() + milliseconds, out);
}

void pipe_server_cancel(pipe_server *server)
{
    SetEvent(server->cancel);
}

void pipe_server_resume(pipe_server *server)
{
    ResetEvent(server->cancel);
}

void pipe_server_free(pipe_server *server)
{
    if (!server)
        return;
    cleanup_after_handle(&server->next);
    cleanup_after_handle(&server->mutex);
    cleanup_after_handle(&server->event);
    cleanup_after_handle(&server->cancel);
    free(server->path);
    free(server);
}

/*
 * Whoever was faster than the monitor may have made a pipe of its name: what is typed, and the
 * environment of what is to run, is not for him. GENERIC_READ has READ_CONTROL in it.
 */
static int32_t check_server(HANDLE pipe)
{
    bool ours = false;
    int32_t hr = security_is_ours(pipe, SECURITY_OF_PIPE, &ours);

    if (HR_FAILED(hr))
        return hr;
    return ours ? HR_OK : HR_ACCESS_DENIED;
}

/* No server can act as us: `level` says whether it may learn who we are. */
static HANDLE open_pipe(const wchar_t *path, DWORD level)
{
    return CreateFileW(path, GENERIC_READ | GENERIC_WRITE, 0, NULL, OPEN_EXISTING,
                       FILE_FLAG_OVERLAPPED | SECURITY_SQOS_PRESENT | level, NULL);
}

static int32_t connect_once(const wchar_t *path, stream **out)
{
    HANDLE client = open_pipe(path, SECURITY_IDENTIFICATION);
    int32_t hr;

    if (client == INVALID_HANDLE_VALUE)
        return hresult_last();
    hr = check_server(client);
    if (HR_FAILED(hr)) {
        CloseHandle(client);
        return hr;
    }
    return stream_from_native((intptr_t)client, out);
}

/* What a client that found no server waits for. */
typedef struct hint {
    HANDLE event;
    bool tried; /* to make it */
    bool given; /* once is enough: whoever else may set it cannot make us run in circles */
} hint;

static void wait_for_server(const char *name, hint *h, uint64_t milliseconds)
{
    const DWORD longest = milliseconds < SILENT_INTERVAL ? (DWORD)milliseconds : SILENT_INTERVAL;

    if (!h->tried) {
        h->tried = true;
        h->event = hint_make(name);
    } else if (h->event && !h->given) {
        h->given = WaitForSingleObject(h->event, longest) == WAIT_OBJECT_0;
    } else {
        Sleep(longest);
    }
}

static int32_t connect_until(const char *name, uint64_t deadline, hint *h, stream **out)
{
    cleanup_free wchar_t *path = name_make(HERE, name);

    if (!path)
        return HR_OUT_OF_MEMORY;
    for (;;) {
        const int32_t hr = connect_once(path, out);
        const uint32_t left = ticks_left(deadline);

        if (hr != HR_FILE_NOT_FOUND && hr != HR_PIPE_BUSY)
            return hr;
        if (!left)
            return hr;
        if (hr == HR_PIPE_BUSY)
            WaitNamedPipeW(path, BUSY_INTERVAL);
        else
            wait_for_server(name, h, left);
    }
}

int32_t pipe_connect(const char *name, uint32_t milliseconds, stream **out)
{
    hint h = {NULL, false, false};
    int32_t hr;

    if (*name == '\0' || strpbrk(name, "\\/"))
        return HR_INVALID_PARAMETER;
    hr = connect_until(name, clock_ticks() + milliseconds, &h, out);
    cleanup_after_handle(&h.event);
    return hr;
}

/* ---- pipes of other programs ---- */

/* A server that takes one client at a time is busy, or not there, for a moment in between. */
static int32_t address_once(const wchar_t *path, DWORD longest, stream **out)
{
    HANDLE client = open_pipe(path, SECURITY_ANONYMOUS);
    DWORD code;

    if (client != INVALID_HANDLE_VALUE)
        return stream_from_native((intptr_t)client, out);
    code = GetLastError();
    if (longest && code == ERROR_FILE_NOT_FOUND)
        Sleep(longest);
    /* Without an end it would fall asleep for as long as the server thinks fit. */
    if (longest && code == ERROR_PIPE_BUSY && !WaitNamedPipeW(path, longest) &&
        GetLastError() != ERROR_SEM_TIMEOUT)
        Sleep(1);
    return HR_FROM_WIN32(code);
}

static int32_t address_until(const wchar_t *path, uint64_t deadline, const atomic_bool *given_up,
                             stream **out)
{
    for (;;) {
        const DWORD left = ticks_left(deadline);
        const int32_t hr = address_once(path, left < ABSENT_INTERVAL ? left : ABSENT_INTERVAL, out);

        if (hr != HR_FILE_NOT_FOUND && hr != HR_PIPE_BUSY)
            return hr;
        if (left == 0)
            return hr;
        if (given_up && atomic_load(given_up))
            return HR_OPERATION_ABORTED;
    }
}

int32_t pipe_connect_address(const char *address, uint32_t milliseconds,
                             const atomic_bool *given_up, stream **out)
{
    cleanup_free char *name = NULL;
    cleanup_free wchar_t *path = NULL;
    const int32_t hr = pipe_name_parse(address, &name);

    if (HR_FAILED(hr))
        return hr;
    path = name_make(HERE, name);
    return path ? address_until(path, clock_ticks() + milliseconds, given_up, out)
                : HR_OUT_OF_MEMORY;
}

/*
 * Without a connection where that can be. A pipe whose server has closed it keeps its name as long
 * as a client has not: then nobody can be waited for, and only who connects is told that nobody
 * is there.
 */
bool pipe_address_listened(const char *address)
{
    cleanup_free char *name = NULL;
    cleanup_free wchar_t *path = NULL;
    HANDLE client;

    if (HR_FAILED(pipe_name_parse(address, &name)))
        return false;
    path = name_make(HERE, name);
    if (!path || WaitNamedPipeW(path, 1))
        return true;
    if (GetLastError() == ERROR_FILE_NOT_FOUND)
        return false;
    client = open_pipe(path, SECURITY_ANONYMOUS);
    if (client == INVALID_HANDLE_VALUE)
        return GetLastError() != ERROR_FILE_NOT_FOUND;
    CloseHandle(client);
    return true;
}
