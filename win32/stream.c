/* SPDX-License-Identifier: MIT */
/* Streams: which kind of handle it is, and asynchronous reads and writes. */
#include "stream_parts.h"

#include <winternl.h>

/* FILE_MODE_INFORMATION says whether a handle was opened for synchronous use; ntifs.h. */
#define FILE_MODE_INFORMATION_CLASS ((FILE_INFORMATION_CLASS)16)
#define SYNCHRONOUS_MODES           0x30u

static bool is_synchronous(HANDLE handle)
{
    IO_STATUS_BLOCK io;
    ULONG mode = SYNCHRONOUS_MODES;

    if (NtQueryInformationFile(handle, &io, &mode, sizeof(mode), FILE_MODE_INFORMATION_CLASS) < 0)
        return true;
    return mode & SYNCHRONOUS_MODES;
}

static const stream_kind *kind_of(HANDLE handle)
{
    DWORD mode;

    if (GetConsoleMode(handle, &mode))
        return &stream_console;
    return is_synchronous(handle) ? &stream_blocking : &stream_overlapped;
}

static int32_t stream_new(HANDLE handle, bool owned, stream **out)
{
    stream *s = calloc(1, sizeof(*s));

    if (!s)
        return HR_OUT_OF_MEMORY;
    s->handle = handle;
    s->owned = owned;
    s->kind = kind_of(handle);
    s->pipe = GetFileType(handle) == FILE_TYPE_PIPE && GetNamedPipeInfo(handle, 0, 0, 0, 0);
    s->cancel = CreateEventW(NULL, TRUE, FALSE, NULL);
    for (int i = 0; i < 2 && s->kind == &stream_overlapped; i++)
        s->events[i] = CreateEventW(NULL, TRUE, FALSE, NULL);
    if (!s->cancel || (s->kind == &stream_overlapped && (!s->events[0] || !s->events[1]))) {
        s->owned = false;
        stream_free(s);
        return HR_OUT_OF_MEMORY;
    }
    *out = s;
    return HR_OK;
}

int32_t stream_from_native(intptr_t native, stream **out)
{
    HANDLE handle = (HANDLE)native;
    int32_t hr;

    if (!handle || handle == INVALID_HANDLE_VALUE)
        return HR_FROM_WIN32(ERROR_INVALID_HANDLE);
    hr = stream_new(handle, true, out);
    if (HR_FAILED(hr))
        CloseHandle(handle);
    return hr;
}

int32_t stream_standard(int which, stream **out)
{
    static const DWORD ids[] = {STD_INPUT_HANDLE, STD_OUTPUT_HANDLE, STD_ERROR_HANDLE};
    HANDLE handle;

    if (which < STANDARD_INPUT || which > STANDARD_ERROR)
        return HR_INVALID_PARAMETER;
    handle = GetStdHandle(ids[which]);
    if (!handle || handle == INVALID_HANDLE_VALUE)
        return HR_FROM_WIN32(ERROR_INVALID_HANDLE);
    return stream_new(handle, false, out);
}

static bool is_cancelled(const stream *s)
{
    return atomic_load(&s->cancelled);
}

int32_t stream_read_timeout(stream *s, void *buffer, size_t size, uint32_t milliseconds,
                            size_t *got)
{
    int32_t hr;

    if (is_cancelled(s))
        return HR_OPERATION_ABORTED;
    hr = s->kind->read(s, buffer, size, milliseconds, got);
    return hr == HR_OPERATION_ABORTED && atomic_load(&s->hurried) && !is_cancelled(s)
               ? HR_WAIT_TIMEOUT
               : hr;
}

int32_t stream_read(stream *s, void *buffer, size_t size, size_t *got)
{
    return stream_read_timeout(s, buffer, size, INFINITE, got);
}

int32_t stream_write(stream *s, const void *bytes, size_t size)
{
    size_t unused;

    return stream_write_counted(s, bytes, size, &unused);
}

int32_t stream_write_counted(stream *s, const void *bytes, size_t size, size_t *done)
{
    *done = 0;
    return is_cancelled(s) ? HR_OPERATION_ABORTED : s->kind->write(s, bytes, size, done);
}

/* Whoever waits sees the event; his read has what is there, or is ended. */
void stream_hurry(stream *s)
{
    atomic_store(&s->hurried, true);
    SetEvent(s->cancel);
}

/* The handle is an overlapped one: a read that is under way does not hold this call up. */
bool stream_is_over(stream *s)
{
    DWORD code;

    if (PeekNamedPipe(s->handle, NULL, 0, NULL, NULL, NULL))
        return false;
    code = GetLastError();
    return code == ERROR_BROKEN_PIPE || code == ERROR_PIPE_NOT_CONNECTED;
}

void stream_cancel(stream *s)
{
    atomic_store(&s->cancelled, true);
    SetEvent(s->cancel);
    s->kind->cancel(s);
}

void stream_free(stream *s)
{
    if (!s)
        return;
    s->kind->close(s);
    for (int i = 0; i < 2; i++)
        cleanup_after_handle(&s->events[i]);
    cleanup_after_handle(&s->cancel);
    free(s);
}

int32_t stream_read_result(DWORD code, size_t *got)
{
    switch (code) {
    case ERROR_BROKEN_PIPE:
    case ERROR_PIPE_NOT_CONNECTED:
    case ERROR_NO_DATA:
    case ERROR_HANDLE_EOF:
        *got = 0;
        return HR_OK;
    default:
        return HR_FROM_WIN32(code);
    }
}

int32_t stream_write_result(DWORD code)
{
    return code == ERROR_NO_DATA || code == ERROR_PIPE_NOT_CONNECTED ? HR_BROKEN_PIPE
                                                                     : HR_FROM_WIN32(code);
}

/*
 * Waits for a call under way. One that is cancelled may have ended meanwhile: then its result
 * counts, so that no byte is lost. Returns a Win32 code.
 */
static DWORD call_finish(stream *s, OVERLAPPED *call, DWORD milliseconds, DWORD *done)
{
    const HANDLE waited[] = {s->cancel, call->hEvent};
    DWORD ended = WaitForMultipleObjects(2, waited, FALSE, milliseconds);

    if (ended != WAIT_OBJECT_0 + 1)
        CancelIoEx(s->handle, call);
    if (GetOverlappedResult(s->handle, call, done, TRUE))
        return ERROR_SUCCESS;
    if (GetLastError() == ERROR_OPERATION_ABORTED && ended == WAIT_TIMEOUT)
        return WAIT_TIMEOUT;
    return GetLastError();
}

static int32_t overlapped_read(stream *s, void *buffer, size_t size, DWORD milliseconds,
                               size_t *got)
{
    DWORD piece = size > MAXDWORD ? MAXDWORD : (DWORD)size;

    for (;;) {
        OVERLAPPED call = {.hEvent = s->events[0]};
        DWORD done = 0;
        DWORD code = ERROR_SUCCESS;

        call.Offset = (DWORD)s->position;
        call.OffsetHigh = (DWORD)(s->position >> 32);
        if (!ReadFile(s->handle, buffer, piece, NULL, &call))
            code = GetLastError();
        if (code == ERROR_SUCCESS || code == ERROR_IO_PENDING)
            code = call_finish(s, &call, milliseconds, &done);
        if (code != ERROR_SUCCESS && code != ERROR_MORE_DATA)
            return stream_read_result(code, got);
        s->position += done;
        /* An empty write of the other side arrives as an empty read, and ends nothing. */
        if (done == 0 && s->pipe && size > 0)
            continue;
        *got = done;
        return HR_OK;
    }
}

static int32_t overlapped_write(stream *s, const void *bytes, size_t size, size_t *written)
{
    const char *next = bytes;

    while (size > 0) {
        /* For files: at the end. */
        OVERLAPPED call = {.hEvent = s->events[1], .Offset = MAXDWORD, .OffsetHigh = MAXDWORD};
        DWORD piece = size > 0x100000 ? 0x100000 : (DWORD)size;
        DWORD code = ERROR_SUCCESS;
        DWORD done = 0;

        if (s->pipe)
            call.Offset = call.OffsetHigh = 0;
        if (!WriteFile(s->handle, next, piece, NULL, &call))
            code = GetLastError();
        if (code == ERROR_SUCCESS || code == ERROR_IO_PENDING)
            code = call_finish(s, &call, INFINITE, &done);
        *written += done;
        if (code != ERROR_SUCCESS)
            return stream_write_result(code);
        next += done;
        size -= done;
    }
    return HR_OK;
}

/* Whoever waits sees the event and cancels its own call. */
static void overlapped_cancel(stream *s)
{
    (void)s;
}

static void overlapped_close(stream *s)
{
    if (s->owned)
        CloseHandle(s->handle);
}

const stream_kind stream_overlapped = {
    .read = overlapped_read,
    .write = overlapped_write,
    .cancel = overlapped_cancel,
    .close = overlapped_close,
};
