/* SPDX-License-Identifier: MIT */
/*
 * Registered callbacks. Notifications of one registration run one after the other, those of several
 * at once, on threads of the process's pool and never on the caller's.
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/error.h"
#include "base/json.h"
#include "base/text.h"

#include "../service/wide.h"
#include "client.h"

#define SERVICE_DISCONNECT 0x01000000u
#define EARLY_MAX          256

typedef struct notification {
    struct notification *next;
    uint64_t number;
    DWORD type;
    HRESULT status;
    wchar_t *data;
} notification;

typedef struct registration {
    struct registration *next;
    uint64_t number;
    notification_callback *call;
    void *context;
    notification *queue;
    DWORD running; /* id of the thread that calls back; 0: none */
    bool removed;
} registration;

static SRWLOCK lock = SRWLOCK_INIT;
static CONDITION_VARIABLE idle = CONDITION_VARIABLE_INIT; /* a registration stopped running */
static registration *registrations;
/* Came before the registering call was told the number: the service is faster than its reply. */
static notification *early;
static size_t early_count;

static void notification_free(notification *n)
{
    free(n->data);
    free(n);
}

static void append(notification **list, notification *n)
{
    while (*list)
        list = &(*list)->next;
    n->next = NULL;
    *list = n;
}

static registration *find(uint64_t number)
{
    registration *r = registrations;

    while (r && r->number != number)
        r = r->next;
    return r;
}

/* On a thread of the pool: calls back until the queue is empty. */
static void CALLBACK run(PTP_CALLBACK_INSTANCE instance, void *argument)
{
    registration *r = argument;

    CallbackMayRunLong(instance);
    AcquireSRWLockExclusive(&lock);
    r->running = GetCurrentThreadId();
    while (r->queue && !r->removed) {
        notification *n = r->queue;

        r->queue = n->next;
        ReleaseSRWLockExclusive(&lock);
        r->call(n->type, r->context, n->status, n->data);
        notification_free(n);
        AcquireSRWLockExclusive(&lock);
    }
    r->running = 0;
    WakeAllConditionVariable(&idle);
    ReleaseSRWLockExclusive(&lock);
}

/* Called with the lock held. */
static void deliver(registration *r, notification *n)
{
    append(&r->queue, n);
    if (r->running)
        return;
    r->running = MAXDWORD; /* on its way to a thread */
    if (!TrySubmitThreadpoolCallback(run, r, NULL))
        r->running = 0;
}

static void take_early(registration *r)
{
    notification **at = &early;

    while (*at) {
        notification *n = *at;

        if (n->number != r->number) {
            at = &n->next;
            continue;
        }
        *at = n->next;
        early_count--;
        deliver(r, n);
    }
}

HRESULT notifications_add(uint64_t number, notification_callback *call, void *context)
{
    registration *r = calloc(1, sizeof(*r));

    if (!r)
        return HR_OUT_OF_MEMORY;
    r->number = number;
    r->call = call;
    r->context = context;
    AcquireSRWLockExclusive(&lock);
    r->next = registrations;
    registrations = r;
    take_early(r);
    ReleaseSRWLockExclusive(&lock);
    return S_OK;
}

static void unlink_registration(registration *r)
{
    for (registration **at = &registrations; *at; at = &(*at)->next) {
        if (*at == r) {
            *at = r->next;
            return;
        }
    }
}

void notifications_remove(uint64_t number)
{
    registration *r;

    AcquireSRWLockExclusive(&lock);
    r = find(number);
    if (r && r->running == GetCurrentThreadId()) {
        fputs("vmcompute.dll: a callback unregisters itself; on Windows that would hang\n", stderr);
        abort();
    }
    if (r) {
        r->removed = true;
        unlink_registration(r);
        while (r->running)
            SleepConditionVariableSRW(&idle, &lock, INFINITE, 0);
        while (r->queue) {
            notification *n = r->queue;

            r->queue = n->next;
            notification_free(n);
        }
        free(r);
    }
    ReleaseSRWLockExclusive(&lock);
}

static void keep_early(notification *n)
{
    append(&early, n);
    if (++early_count > EARLY_MAX) { /* for registrations that are no more */
        notification *oldest = early;

        early = oldest->next;
        early_count--;
        notification_free(oldest);
    }
}

void notifications_take(const cJSON *message)
{
    notification *n = calloc(1, sizeof(*n));
    registration *r;

    if (!n)
        return;
    n->number = (uint64_t)json_integer(message, "callback", 0);
    n->type = (DWORD)json_integer(message, "type", 0);
    n->status = (HRESULT)json_integer(message, "hr", 0);
    n->data = wide_from_utf8(json_text(message, "data", NULL));
    AcquireSRWLockExclusive(&lock);
    r = find(n->number);
    if (r)
        deliver(r, n);
    else
        keep_early(n);
    ReleaseSRWLockExclusive(&lock);
}

void notifications_disconnect(void)
{
    AcquireSRWLockExclusive(&lock);
    for (registration *r = registrations; r; r = r->next) {
        notification *n = calloc(1, sizeof(*n));

        if (n) {
            n->number = r->number;
            n->type = SERVICE_DISCONNECT;
            n->status = (HRESULT)0x8037011E;
            deliver(r, n);
        }
    }
    ReleaseSRWLockExclusive(&lock);
}
