/* SPDX-License-Identifier: MIT */
/* Streams over handles that block: standard streams, anonymous pipes, files. */
#include "stream_parts.h"

/* How long stream_cancel() tries to end a write; under Wine one into a Unix pipe cannot be ended.
 */
#define CANCEL_ATTEMPTS 100

static int32_t read_once(HANDLE handle, void *buffer, size_t size, size_t *got)
{
    DWORD piece = size > MAXDWORD ? MAXDWORD : (DWORD)size;
    DWORD done = 0;

    do {
        if (!ReadFile(handle, buffer, piece, &done, NULL))
            return stream_read_result(GetLastError(), got);
        /* An empty write of the other side arrives as an empty read, and ends nothing. */
    } while (done == 0 && GetNamedPipeInfo(handle, NULL, NULL, NULL, NULL));
    *got = done;
    return HR_OK;
}

static int32_t reader_read_file(HANDLE handle, HANDLE stop, void *state, void *buffer, size_t size,
                                size_t *got)
{
    (void)stop;
    (void)state;
    return read_once(handle, buffer, size, got);
}

static int32_t blocking_read(stream *s, void *buffer, size_t size, DWORD milliseconds, size_t *got)
{
    /* A file on a disk does not keep anybody waiting. */
    if (GetFileType(s->handle) == FILE_TYPE_DISK)
        return read_once(s->handle, buffer, size, got);
    if (!s->reader) {
        int32_t hr = reader_new(s->handle, s->owned, reader_read_file, &s->reader);

        if (HR_FAILED(hr))
            return hr;
    }
    return reader_read(s->reader, s->cancel, buffer, size, milliseconds, got);
}

static BOOL write_file(stream *s, const void *bytes, DWORD size, DWORD *written)
{
    return WriteFile(s->handle, bytes, size, written, NULL);
}

int32_t stream_write_blocking(stream *s,
                              BOOL (*write)(stream *s, const void *bytes, DWORD size,
                                            DWORD *written),
                              const void *bytes, size_t size, size_t *done)
{
    const char *next = bytes;
    int32_t hr = HR_OK;

    atomic_store(&s->writer, GetCurrentThreadId());
    while (size > 0 && HR_SUCCEEDED(hr)) {
        DWORD piece = size > 0x10000 ? 0x10000 : (DWORD)size;
        DWORD written = 0;

        if (WaitForSingleObject(s->cancel, 0) == WAIT_OBJECT_0)
            hr = HR_OPERATION_ABORTED;
        else if (!write(s, next, piece, &written))
            hr = stream_write_result(GetLastError());
        next += written;
        *done += written;
        size -= written;
    }
    atomic_store(&s->writer, 0);
    return hr;
}

static int32_t blocking_write(stream *s, const void *bytes, size_t size, size_t *done)
{
    return stream_write_blocking(s, write_file, bytes, size, done);
}

void stream_cancel_blocking(stream *s)
{
    for (int i = 0; i < CANCEL_ATTEMPTS; i++) {
        unsigned long id = atomic_load(&s->writer);
        cleanup_handle HANDLE thread = NULL;

        if (id == 0)
            return;
        thread = OpenThread(THREAD_TERMINATE, FALSE, id);
        if (thread)
            CancelSynchronousIo(thread);
        Sleep(1);
    }
}

static void blocking_close(stream *s)
{
    if (s->reader)
        reader_free(s->reader);
    else if (s->owned)
        CloseHandle(s->handle);
}

const stream_kind stream_blocking = {
    .read = blocking_read,
    .write = blocking_write,
    .cancel = stream_cancel_blocking,
    .close = blocking_close,
};
