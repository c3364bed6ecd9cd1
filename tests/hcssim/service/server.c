/* SPDX-License-Identifier: MIT */
/* Clients of the simulated service: one thread a connection, see wire.h for what is said on it. */
#include "server.h"

#include <stdlib.h>
#include <string.h>

#include "base/error.h"
#include "base/json.h"

#include "../guest/pipes.h"
#include "wire.h"

#define PIPE_BUFFER 65536

typedef struct server {
    sim *sim;
    HANDLE stop;
} server;

typedef struct connection {
    const server *server;
    wire *wire;
} connection;

static void notify(void *context, uint64_t callback, uint32_t type, int32_t hr, const char *data)
{
    cleanup_json cJSON *message = cJSON_CreateObject();

    json_add_integer(message, "callback", (int64_t)callback);
    json_add_integer(message, "type", type);
    json_add_integer(message, "hr", hr);
    json_add_text(message, "data", data);
    wire_send(context, message);
}

static bool answer_number(wire *w, const char *name, uint64_t number)
{
    cleanup_json cJSON *answer = cJSON_CreateObject();

    if (name)
        json_add_integer(answer, name, (int64_t)number);
    return wire_send(w, answer);
}

/* Lives as long as the client; what it says after its greeting is of no interest. */
static void serve_session(const connection *c, ULONG pid)
{
    uint64_t session = sim_session_open(c->server->sim, pid, notify, c->wire);
    cJSON *message;

    if (answer_number(c->wire, "session", session))
        while ((message = wire_receive(c->wire)) != NULL)
            cJSON_Delete(message);
    sim_session_close(c->server->sim, session);
}

static void serve_calls(const connection *c, uint64_t session)
{
    cJSON *request;

    if (!answer_number(c->wire, "session", session))
        return;
    while ((request = wire_receive(c->wire)) != NULL) {
        cJSON *reply = sim_call(c->server->sim, session, request);
        bool sent = wire_send(c->wire, reply);

        cJSON_Delete(reply);
        cJSON_Delete(request);
        if (!sent)
            return;
    }
}

static void serve_control(const connection *c)
{
    cleanup_json cJSON *request = NULL;
    cleanup_json cJSON *reply = NULL;
    const char *what;

    if (!answer_number(c->wire, NULL, 0) || !(request = wire_receive(c->wire)))
        return;
    what = json_text(request, "control", "");
    if (strcmp(what, "leftovers") == 0)
        reply = sim_leftovers(c->server->sim);
    else if (strcmp(what, "journal") == 0)
        reply = sim_journal(c->server->sim);
    else
        reply = cJSON_CreateObject();
    if (strcmp(what, "stop") == 0)
        SetEvent(c->server->stop);
    wire_send(c->wire, reply);
}

static DWORD WINAPI serve(void *argument)
{
    connection *c = argument;
    cleanup_json cJSON *opening = wire_receive(c->wire);
    const char *what = json_text(opening, "open", "");
    ULONG pid = 0;

    GetNamedPipeClientProcessId(c->wire->pipe, &pid);
    if (strcmp(what, "session") == 0)
        serve_session(c, pid);
    else if (strcmp(what, "call") == 0)
        serve_calls(c, (uint64_t)json_integer(opening, "session", 0));
    else if (strcmp(what, "control") == 0)
        serve_control(c);
    FlushFileBuffers(c->wire->pipe);
    wire_free(c->wire);
    free(c);
    return 0;
}

static HANDLE new_instance(void)
{
    return CreateNamedPipeW(WIRE_PIPE, PIPE_ACCESS_DUPLEX | FILE_FLAG_OVERLAPPED,
                            PIPE_TYPE_BYTE | PIPE_READMODE_BYTE | PIPE_REJECT_REMOTE_CLIENTS,
                            PIPE_UNLIMITED_INSTANCES, PIPE_BUFFER, PIPE_BUFFER, 0, NULL);
}

/* False when it is time to stop. */
static bool wait_for_client(HANDLE pipe, HANDLE stop)
{
    HANDLE event = CreateEventW(NULL, TRUE, FALSE, NULL);
    OVERLAPPED overlapped = {.hEvent = event};
    HANDLE waits[2] = {event, stop};
    bool came = true;

    if (!ConnectNamedPipe(pipe, &overlapped) && GetLastError() == ERROR_IO_PENDING)
        came = WaitForMultipleObjects(2, waits, FALSE, INFINITE) == WAIT_OBJECT_0;
    if (!came) {
        DWORD none;

        CancelIoEx(pipe, &overlapped);
        GetOverlappedResult(pipe, &overlapped, &none, TRUE);
    }
    CloseHandle(event);
    return came;
}

static void start_serving(const server *s, HANDLE pipe)
{
    connection *c = calloc(1, sizeof(*c));
    HANDLE thread = NULL;

    if (c) {
        c->server = s;
        c->wire = wire_new(pipe);
        thread = c->wire ? CreateThread(NULL, 256 * 1024, serve, c,
                                        STACK_SIZE_PARAM_IS_A_RESERVATION, NULL)
                         : NULL;
    }
    if (thread) {
        CloseHandle(thread);
        return;
    }
    if (c)
        wire_free(c->wire);
    free(c);
}

int32_t server_run(sim *s, HANDLE stop)
{
    static server the_server; /* connections outlive this function by a moment */
    HANDLE pipe = new_instance();

    the_server = (server){s, stop};
    if (pipe == INVALID_HANDLE_VALUE)
        return HR_FROM_WIN32(GetLastError());
    while (wait_for_client(pipe, stop)) {
        HANDLE client = pipe;

        pipe = new_instance();
        start_serving(&the_server, client);
        if (pipe == INVALID_HANDLE_VALUE)
            return HR_FROM_WIN32(GetLastError());
    }
    CloseHandle(pipe);
    return HR_OK;
}
