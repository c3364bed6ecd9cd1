/* SPDX-License-Identifier: MIT */
/* Passing standard streams on between pipes and sockets. */
#include "relay.h"

#include <stdlib.h>

struct relay {
    relay_end from, to;
    relay_filter *filter; /* NULL: none */
    void *context;
    HANDLE finish; /* set: no more than what is already there */
    HANDLE ended;
    volatile LONG references; /* the owner's and the thread's */
};

static void relay_release(relay *r)
{
    if (InterlockedDecrement(&r->references))
        return;
    CloseHandle(r->finish);
    CloseHandle(r->ended);
    free(r);
}

static void end_close(relay_end end)
{
    if (end.handle) {
        CloseHandle(end.handle);
    } else {
        shutdown(end.socket, SD_BOTH);
        closesocket(end.socket);
    }
}

/* After relay_finish(): only what is there. A pipe whose last writer went has an end of its own. */
static bool something_left(HANDLE pipe)
{
    DWORD available = 0;

    return PeekNamedPipe(pipe, NULL, 0, NULL, &available, NULL) && available;
}

static DWORD pipe_read(relay *r, char *buffer, DWORD size, HANDLE event)
{
    OVERLAPPED overlapped = {.hEvent = event};
    HANDLE waits[2] = {event, r->finish};
    DWORD got = 0;

    if (WaitForSingleObject(r->finish, 0) == WAIT_OBJECT_0 && !something_left(r->from.handle))
        return 0;
    if (!ReadFile(r->from.handle, buffer, size, NULL, &overlapped) &&
        GetLastError() != ERROR_IO_PENDING)
        return 0;
    if (WaitForMultipleObjects(2, waits, FALSE, INFINITE) == WAIT_OBJECT_0 + 1 &&
        !something_left(r->from.handle))
        CancelIoEx(r->from.handle, &overlapped);
    return GetOverlappedResult(r->from.handle, &overlapped, &got, TRUE) ? got : 0;
}

static bool pipe_write(HANDLE pipe, const char *bytes, DWORD size, HANDLE event)
{
    while (size) {
        OVERLAPPED overlapped = {.hEvent = event};
        DWORD done = 0;

        if (!WriteFile(pipe, bytes, size, NULL, &overlapped) && GetLastError() != ERROR_IO_PENDING)
            return false;
        if (!GetOverlappedResult(pipe, &overlapped, &done, TRUE))
            return false;
        bytes += done;
        size -= done;
    }
    return true;
}

static bool socket_write(SOCKET socket, const char *bytes, int size)
{
    while (size) {
        int done = send(socket, bytes, size, 0);

        if (done <= 0)
            return false;
        bytes += done;
        size -= done;
    }
    return true;
}

static DWORD end_read(relay *r, char *buffer, DWORD size, HANDLE event)
{
    int got;

    if (r->from.handle)
        return pipe_read(r, buffer, size, event);
    got = recv(r->from.socket, buffer, (int)size, 0);
    return got > 0 ? (DWORD)got : 0;
}

static bool end_write(relay *r, const char *bytes, DWORD size, HANDLE event)
{
    return r->to.handle ? pipe_write(r->to.handle, bytes, size, event)
                        : socket_write(r->to.socket, bytes, (int)size);
}

static DWORD WINAPI relay_run(void *argument)
{
    relay *r = argument;
    HANDLE event = CreateEventW(NULL, TRUE, FALSE, NULL);
    char buffer[16384];
    DWORD got;

    while ((got = end_read(r, buffer, sizeof(buffer), event)) > 0) {
        if (r->filter)
            got = r->filter(r->context, buffer, got);
        if (!end_write(r, buffer, got, event))
            break;
    }
    CloseHandle(event);
    end_close(r->to);
    end_close(r->from);
    SetEvent(r->ended);
    relay_release(r);
    return 0;
}

relay *relay_start(relay_end from, relay_end to)
{
    return relay_start_filtered(from, to, NULL, NULL);
}

relay *relay_start_filtered(relay_end from, relay_end to, relay_filter *filter, void *context)
{
    relay *r = calloc(1, sizeof(*r));
    HANDLE thread = NULL;

    if (r) {
        r->from = from;
        r->to = to;
        r->filter = filter;
        r->context = context;
        r->references = 2;
        r->finish = CreateEventW(NULL, TRUE, FALSE, NULL);
        r->ended = CreateEventW(NULL, TRUE, FALSE, NULL);
        thread =
            CreateThread(NULL, 128 * 1024, relay_run, r, STACK_SIZE_PARAM_IS_A_RESERVATION, NULL);
    }
    if (thread) {
        CloseHandle(thread);
        return r;
    }
    end_close(from);
    end_close(to);
    if (r) {
        r->references = 1;
        relay_release(r);
    }
    return NULL;
}

void relay_finish(relay *r)
{
    if (r)
        SetEvent(r->finish);
}

bool relay_wait(relay *r, DWORD milliseconds)
{
    return !r || WaitForSingleObject(r->ended, milliseconds) == WAIT_OBJECT_0;
}

void relay_free(relay *r)
{
    if (r)
        relay_release(r);
}
