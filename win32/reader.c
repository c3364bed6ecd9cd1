/* SPDX-License-Identifier: MIT */
/*
 * A thread that reads for a stream whose handle can only block.
 *
 * It reads when asked, once, into its own buffer: what arrives after the asker gave up waiting is
 * there for the next one, and nothing is taken from a shared input that nobody wanted.
 */
#include <process.h>
#include <string.h>

#include "stream_parts.h"

#define BUFFER_SIZE     16384
#define CANCEL_ATTEMPTS 20

struct reader {
    atomic_int users; /* the stream and the thread */
    HANDLE handle;
    bool owned;
    reader_call *call;
    HANDLE thread;
    HANDLE asked; /* auto-reset */
    HANDLE done;  /* manual-reset: the thread waits to be asked */
    HANDLE stop;  /* manual-reset */
    bool pending; /* asked, and the answer not taken */
    _Alignas(8) unsigned char state[READER_STATE_SIZE];
    int32_t hr;
    size_t start, end;
    unsigned char buffer[BUFFER_SIZE];
};

static void reader_release(reader *r)
{
    if (atomic_fetch_sub(&r->users, 1) > 1)
        return;
    if (r->owned)
        CloseHandle(r->handle);
    cleanup_after_handle(&r->thread);
    cleanup_after_handle(&r->asked);
    cleanup_after_handle(&r->done);
    cleanup_after_handle(&r->stop);
    free(r);
}

static unsigned __stdcall reader_run(void *context)
{
    reader *r = context;

    for (;;) {
        size_t got = 0;

        WaitForSingleObject(r->asked, INFINITE);
        if (WaitForSingleObject(r->stop, 0) == WAIT_OBJECT_0)
            break;
        r->hr = r->call(r->handle, r->stop, r->state, r->buffer, sizeof(r->buffer), &got);
        r->start = 0;
        r->end = got;
        SetEvent(r->done);
    }
    reader_release(r);
    return 0;
}

int32_t reader_new(HANDLE handle, bool owned, reader_call *call, reader **out)
{
    reader *r = calloc(1, sizeof(*r));

    if (!r)
        return HR_OUT_OF_MEMORY;
    r->handle = handle;
    r->call = call;
    r->asked = CreateEventW(NULL, FALSE, FALSE, NULL);
    r->done = CreateEventW(NULL, TRUE, FALSE, NULL);
    r->stop = CreateEventW(NULL, TRUE, FALSE, NULL);
    atomic_store(&r->users, 2);
    if (r->asked && r->done && r->stop)
        /* Of the program's stack size: a number here would be committed at once. */
        r->thread = (HANDLE)_beginthreadex(NULL, 0, reader_run, r, 0, NULL);
    if (!r->thread) {
        atomic_store(&r->users, 1);
        reader_release(r);
        return HR_OUT_OF_MEMORY;
    }
    r->owned = owned;
    *out = r;
    return HR_OK;
}

int32_t reader_read(reader *r, HANDLE cancel, void *buffer, size_t size, DWORD milliseconds,
                    size_t *got)
{
    const HANDLE waited[] = {cancel, r->done};
    size_t count;

    if (r->start == r->end && !r->pending) {
        r->pending = true;
        ResetEvent(r->done);
        SetEvent(r->asked);
    }
    if (r->pending) {
        DWORD ended = WaitForMultipleObjects(2, waited, FALSE, milliseconds);

        if (ended == WAIT_TIMEOUT)
            return HR_WAIT_TIMEOUT;
        if (ended != WAIT_OBJECT_0 + 1)
            return HR_OPERATION_ABORTED;
        r->pending = false;
        if (HR_FAILED(r->hr))
            return r->hr;
    }
    count = r->end - r->start < size ? r->end - r->start : size;
    memcpy(buffer, r->buffer + r->start, count);
    r->start += count;
    *got = count;
    return HR_OK;
}

void reader_free(reader *r)
{
    SetEvent(r->stop);
    SetEvent(r->asked);
    for (int i = 0; i < CANCEL_ATTEMPTS && WaitForSingleObject(r->thread, 1) == WAIT_TIMEOUT; i++)
        CancelSynchronousIo(r->thread);
    reader_release(r);
}
