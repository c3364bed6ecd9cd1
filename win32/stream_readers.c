/* SPDX-License-Identifier: MIT */
/*
 * Several streams read by one thread. Each has an asynchronous read under way into a block of its
 * own; whichever ends first is handed out, in turn where several have. A thread for each would cost
 * a stack each, in every monitor for as long as its container lives.
 */
#include "stream_parts.h"

typedef struct pending {
    stream *source;
    OVERLAPPED call;
    bool reading; /* `call` is under way */
    bool ended;   /* and that was handed out */
    char *block;
} pending;

struct stream_readers {
    size_t count, block_size;
    size_t first; /* who is asked first: nobody who always has something keeps another waiting */
    pending items[STREAM_READERS_MOST];
};

int32_t stream_readers_new(stream *const *streams, size_t count, size_t block_size,
                           stream_readers **out)
{
    stream_readers *r = count <= STREAM_READERS_MOST ? calloc(1, sizeof(*r)) : NULL;

    if (!r)
        return HR_OUT_OF_MEMORY;
    r->block_size = block_size;
    for (size_t i = 0; i < count; i++) {
        pending *item = &r->items[r->count++];

        item->source = streams[i];
        item->block = malloc(block_size);
        /* What the service hands out is asynchronous: all its clients rely on that. */
        if (!item->block || streams[i]->kind != &stream_overlapped) {
            const int32_t hr = item->block ? HR_NOT_SUPPORTED : HR_OUT_OF_MEMORY;

            stream_readers_free(r);
            return hr;
        }
    }
    *out = r;
    return HR_OK;
}

/* A Win32 code; ERROR_IO_PENDING: it is under way, or has ended and its event says so. */
static DWORD begin(const stream_readers *r, pending *item)
{
    item->call = (OVERLAPPED){.hEvent = item->source->events[0]};
    if (WaitForSingleObject(item->source->cancel, 0) == WAIT_OBJECT_0)
        return ERROR_OPERATION_ABORTED;
    if (!ReadFile(item->source->handle, item->block, (DWORD)r->block_size, NULL, &item->call) &&
        GetLastError() != ERROR_IO_PENDING)
        return GetLastError();
    item->reading = true;
    return ERROR_IO_PENDING;
}

/* One that is cancelled may have ended meanwhile: then its bytes count. */
static DWORD finish(pending *item, bool cancelled, DWORD *done)
{
    if (cancelled)
        CancelIoEx(item->source->handle, &item->call);
    item->reading = false;
    return GetOverlappedResult(item->source->handle, &item->call, done, TRUE) ? ERROR_SUCCESS
                                                                              : GetLastError();
}

/* Waits for the end of one of the reads, or the cancelling of a stream. */
static pending *wait_for_one(stream_readers *r, bool *cancelled)
{
    HANDLE waited[2 * STREAM_READERS_MOST];
    pending *whose[2 * STREAM_READERS_MOST];
    DWORD count = 0;
    DWORD ended;

    for (size_t i = 0; i < r->count; i++) {
        pending *item = &r->items[(r->first + i) % r->count];

        if (!item->reading)
            continue;
        waited[count] = item->call.hEvent;
        whose[count++] = item;
        waited[count] = item->source->cancel;
        whose[count++] = item;
    }
    ended = WaitForMultipleObjects(count, waited, FALSE, INFINITE);
    if (ended >= WAIT_OBJECT_0 + count)
        return NULL;
    *cancelled = (ended - WAIT_OBJECT_0) % 2 == 1;
    return whose[ended - WAIT_OBJECT_0];
}

/* The first that cannot be read any more; else reads are under way on all that can. */
static pending *begin_all(stream_readers *r, DWORD *code)
{
    for (size_t i = 0; i < r->count; i++) {
        pending *item = &r->items[i];

        if (item->ended || item->reading)
            continue;
        *code = begin(r, item);
        if (*code != ERROR_IO_PENDING)
            return item;
    }
    return NULL;
}

int32_t stream_readers_next(stream_readers *r, size_t *which, const void **bytes, size_t *got)
{
    for (;;) {
        DWORD done = 0;
        DWORD code = ERROR_SUCCESS;
        bool cancelled = false;
        pending *item = begin_all(r, &code);

        if (!item) {
            item = wait_for_one(r, &cancelled);
            if (!item)
                return hresult_last();
            code = finish(item, cancelled, &done);
        }
        /* An empty write of the other side arrives as an empty read, and ends nothing. */
        if ((code == ERROR_SUCCESS || code == ERROR_MORE_DATA) && done == 0)
            continue;
        item->ended = done == 0;
        *which = (size_t)(item - r->items);
        *bytes = item->block;
        *got = done;
        r->first = (*which + 1) % r->count;
        return HR_OK;
    }
}

void stream_readers_free(stream_readers *r)
{
    if (!r)
        return;
    for (size_t i = 0; i < r->count; i++) {
        DWORD unused;

        if (r->items[i].reading)
            (void)finish(&r->items[i], true, &unused);
        free(r->items[i].block);
    }
    free(r);
}
