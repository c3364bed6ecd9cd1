/* SPDX-License-Identifier: MIT */
/*
 * Connections to the service: one session for the life of the process, on which notifications come,
 * and as many for calls as there are calls at once. When the service goes and comes back, the next
 * call opens a new session.
 */
#include <stdlib.h>

#include "base/error.h"
#include "base/json.h"

#include "../service/wire.h"
#include "client.h"

#define IDLE_MAX 8

static SRWLOCK lock = SRWLOCK_INIT; /* guards all of these */
static uint64_t session;            /* 0: none */
static wire *idle[IDLE_MAX];
static size_t idle_count;

/* Drops what belongs to a session that has ended. Called with the lock held. */
static void forget_session(uint64_t ended)
{
    if (session != ended)
        return;
    session = 0;
    while (idle_count)
        wire_free(idle[--idle_count]);
}

typedef struct session_thread {
    wire *wire;
    uint64_t number;
} session_thread;

static DWORD WINAPI read_session(void *argument)
{
    session_thread *s = argument;
    cJSON *message;

    while ((message = wire_receive(s->wire)) != NULL) {
        notifications_take(message);
        cJSON_Delete(message);
    }
    AcquireSRWLockExclusive(&lock);
    forget_session(s->number);
    ReleaseSRWLockExclusive(&lock);
    notifications_disconnect();
    wire_free(s->wire);
    free(s);
    return 0;
}

/* The thread runs in this DLL until the process ends, so the DLL must stay. */
static void pin(void)
{
    HMODULE self;

    GetModuleHandleExW(GET_MODULE_HANDLE_EX_FLAG_PIN | GET_MODULE_HANDLE_EX_FLAG_FROM_ADDRESS,
                       (LPCWSTR)(uintptr_t)&session, &self);
}

/* Called with the lock held. */
static int32_t open_session(void)
{
    cleanup_json cJSON *opening = cJSON_Parse("{\"open\":\"session\"}");
    cleanup_json cJSON *answer = NULL;
    session_thread *s = calloc(1, sizeof(*s));
    HANDLE thread;

    if (!s)
        return HR_OUT_OF_MEMORY;
    s->wire = wire_connect(opening, &answer);
    if (!s->wire) {
        free(s);
        return HR_SERVER_UNAVAILABLE;
    }
    pin();
    s->number = (uint64_t)json_integer(answer, "session", 0);
    session = s->number;
    thread =
        CreateThread(NULL, 256 * 1024, read_session, s, STACK_SIZE_PARAM_IS_A_RESERVATION, NULL);
    if (thread) {
        CloseHandle(thread);
        return HR_OK;
    }
    session = 0;
    wire_free(s->wire);
    free(s);
    return HR_OUT_OF_MEMORY;
}

/* A connection for one call; the lock is not held while it is made. */
static wire *take_wire(uint64_t *its_session, int32_t *hr)
{
    cleanup_json cJSON *opening = NULL;
    cleanup_json cJSON *answer = NULL;
    wire *w = NULL;

    AcquireSRWLockExclusive(&lock);
    *hr = session ? HR_OK : open_session();
    *its_session = session;
    if (HR_SUCCEEDED(*hr) && idle_count)
        w = idle[--idle_count];
    ReleaseSRWLockExclusive(&lock);
    if (HR_FAILED(*hr) || w)
        return w;
    opening = cJSON_CreateObject();
    json_add_text(opening, "open", "call");
    json_add_integer(opening, "session", (int64_t)*its_session);
    w = wire_connect(opening, &answer);
    if (!w)
        *hr = HR_SERVER_UNAVAILABLE;
    return w;
}

static void give_wire(wire *w, uint64_t its_session)
{
    AcquireSRWLockExclusive(&lock);
    if (its_session == session && idle_count < IDLE_MAX) {
        idle[idle_count++] = w;
        w = NULL;
    }
    ReleaseSRWLockExclusive(&lock);
    wire_free(w);
}

cJSON *connection_call(const cJSON *request, int32_t *hr)
{
    uint64_t its_session;
    wire *w = take_wire(&its_session, hr);
    cJSON *reply;

    if (!w)
        return NULL;
    reply = wire_send(w, request) ? wire_receive(w) : NULL;
    if (reply) {
        give_wire(w, its_session);
        return reply;
    }
    wire_free(w);
    AcquireSRWLockExclusive(&lock);
    forget_session(its_session);
    ReleaseSRWLockExclusive(&lock);
    *hr = HR_CALL_FAILED;
    return NULL;
}
