/* SPDX-License-Identifier: MIT */
/* JSON messages with a length before each, over an overlapped named pipe. */
#include "wire.h"

#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#define MESSAGE_MAX  (64u << 20)
#define BUSY_TIMEOUT 30000u /* ms */

wire *wire_new(HANDLE pipe)
{
    wire *w = calloc(1, sizeof(*w));

    if (!w) {
        CloseHandle(pipe);
        return NULL;
    }
    w->pipe = pipe;
    w->sent = CreateEventW(NULL, TRUE, FALSE, NULL);
    w->received = CreateEventW(NULL, TRUE, FALSE, NULL);
    InitializeCriticalSection(&w->sending);
    if (!w->sent || !w->received) {
        wire_free(w);
        return NULL;
    }
    return w;
}

void wire_free(wire *w)
{
    if (!w)
        return;
    CloseHandle(w->pipe);
    if (w->sent)
        CloseHandle(w->sent);
    if (w->received)
        CloseHandle(w->received);
    DeleteCriticalSection(&w->sending);
    free(w);
}

void wire_cancel(wire *w)
{
    CancelIoEx(w->pipe, NULL);
    DisconnectNamedPipe(w->pipe);
}

static bool transfer(HANDLE pipe, HANDLE event, char *bytes, DWORD size, bool sending)
{
    while (size) {
        OVERLAPPED overlapped = {.hEvent = event};
        DWORD done = 0;
        BOOL ok = sending ? WriteFile(pipe, bytes, size, NULL, &overlapped)
                          : ReadFile(pipe, bytes, size, NULL, &overlapped);

        if (!ok && GetLastError() != ERROR_IO_PENDING)
            return false;
        if (!GetOverlappedResult(pipe, &overlapped, &done, TRUE) || !done)
            return false;
        bytes += done;
        size -= done;
    }
    return true;
}

bool wire_send(wire *w, const cJSON *message)
{
    char *text = cJSON_PrintUnformatted(message);
    uint32_t length = text ? (uint32_t)strlen(text) : 0;
    char *frame = text ? malloc(sizeof(length) + length) : NULL;
    bool ok = frame != NULL;

    if (ok) {
        memcpy(frame, &length, sizeof(length));
        memcpy(frame + sizeof(length), text, length);
        EnterCriticalSection(&w->sending);
        ok = transfer(w->pipe, w->sent, frame, (DWORD)(sizeof(length) + length), true);
        LeaveCriticalSection(&w->sending);
    }
    free(frame);
    cJSON_free(text);
    return ok;
}

cJSON *wire_receive(wire *w)
{
    cJSON *message = NULL;
    uint32_t length;
    char *text;

    if (!transfer(w->pipe, w->received, (char *)&length, sizeof(length), false) ||
        length > MESSAGE_MAX)
        return NULL;
    text = malloc(length + 1);
    if (text && transfer(w->pipe, w->received, text, length, false))
        message = cJSON_ParseWithLength(text, length);
    free(text);
    return message;
}

/* All instances of the pipe are taken while the service makes its next one: on a busy machine that
   may take long, and WaitNamedPipe can be told of one that somebody else gets. */
static HANDLE open_pipe(void)
{
    ULONGLONG end = GetTickCount64() + BUSY_TIMEOUT;

    for (;;) {
        HANDLE pipe = CreateFileW(WIRE_PIPE, GENERIC_READ | GENERIC_WRITE, 0, NULL, OPEN_EXISTING,
                                  FILE_FLAG_OVERLAPPED, NULL);

        if (pipe != INVALID_HANDLE_VALUE || GetLastError() != ERROR_PIPE_BUSY ||
            GetTickCount64() > end)
            return pipe;
        if (!WaitNamedPipeW(WIRE_PIPE, 1000))
            Sleep(1);
    }
}

wire *wire_connect(const cJSON *opening, cJSON **answer)
{
    HANDLE pipe = open_pipe();
    wire *w = pipe == INVALID_HANDLE_VALUE ? NULL : wire_new(pipe);

    if (!w)
        return NULL;
    *answer = wire_send(w, opening) ? wire_receive(w) : NULL;
    if (!*answer) {
        wire_free(w);
        return NULL;
    }
    return w;
}
