/* SPDX-License-Identifier: MIT */
/*
 * Named pipes as Unix sockets in the abstract namespace: the name is taken as long as its server
 * lives and leaves nothing behind. Abstract names have no permissions, so both sides look at whom
 * the kernel says they talk to. An address is the word that it ends with, as on Windows.
 */
#include "port/pipe.h"

#include <errno.h>
#include <poll.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

#include "base/error.h"
#include "base/pipe_name.h"
#include "cancel.h"
#include "codes.h"
#include "pipe_owner.h"
#include "port/clock.h"

#define PREFIX         "wcow/"
#define RETRY_INTERVAL 5u       /* ms */
#define SOCKET_LISTENS 0x10000u /* __SO_ACCEPTCON */
#define NAME_LIMIT     100u
#define NAME_TOO_LONG  HR_FROM_WIN32(206)

struct pipe_server {
    int descriptor;
    int cancel;
};

static int32_t address_make(const char *name, struct sockaddr_un *out, socklen_t *size)
{
    size_t length = strlen(name);

    memset(out, 0, sizeof(*out));
    if (length + sizeof(PREFIX) > sizeof(out->sun_path))
        return NAME_TOO_LONG;
    out->sun_family = AF_UNIX;
    memcpy(out->sun_path + 1, PREFIX, sizeof(PREFIX) - 1);
    memcpy(out->sun_path + sizeof(PREFIX), name, length);
    *size = (socklen_t)(offsetof(struct sockaddr_un, sun_path) + sizeof(PREFIX) + length);
    return HR_OK;
}

static bool is_word(const char *name)
{
    return *name != '\0' && !strpbrk(name, "\\/");
}

/* Windows' names may be longer: of a long one there is the beginning, and a hash (FNV-1a) of it. */
static int32_t name_of_address(const char *address, char name[NAME_LIMIT])
{
    cleanup_free char *whole = NULL;
    const int32_t hr = pipe_name_parse(address, &whole);
    uint64_t hash = 0xcbf29ce484222325u;

    if (HR_FAILED(hr))
        return hr;
    for (const char *c = whole; *c; c++)
        hash = (hash ^ (unsigned char)*c) * 0x100000001b3u;
    if (strlen(whole) < NAME_LIMIT)
        snprintf(name, NAME_LIMIT, "%s", whole);
    else
        snprintf(name, NAME_LIMIT, "%.80s%016llx", whole, (unsigned long long)hash);
    return HR_OK;
}

static _Atomic uid_t lie = PIPE_OWNER_TRUE;

void pipe_owner_lie(uid_t user)
{
    lie = user;
}

static bool peer_is_friend(int descriptor)
{
    struct ucred peer;
    socklen_t size = sizeof(peer);
    const uid_t told = lie;

    if (getsockopt(descriptor, SOL_SOCKET, SO_PEERCRED, &peer, &size))
        return false;
    if (told != PIPE_OWNER_TRUE)
        peer.uid = told;
    return peer.uid == 0 || peer.uid == geteuid();
}

/* Of the kernel's own list: a connection would be heard of. */
bool pipe_listened(const char *name)
{
    const size_t length = strlen(name);
    FILE *sockets = fopen("/proc/net/unix", "re");
    char line[512];
    bool found = false;

    while (sockets && !found && fgets(line, sizeof(line), sockets)) {
        const char *path = strstr(line, " @" PREFIX);
        unsigned flags = 0;

        found = path && sscanf(line, "%*s %*s %*s %x", &flags) == 1 && (flags & SOCKET_LISTENS) &&
                strncmp(path + 2 + strlen(PREFIX), name, length) == 0 &&
                path[2 + strlen(PREFIX) + length] == '\n';
    }
    if (sockets)
        fclose(sockets);
    return found;
}

static int32_t listen_as(const char *name, pipe_server **out)
{
    struct sockaddr_un address;
    socklen_t size;
    pipe_server *server;
    int32_t hr = address_make(name, &address, &size);

    if (HR_FAILED(hr))
        return hr;
    server = malloc(sizeof(*server));
    if (!server)
        return HR_OUT_OF_MEMORY;
    server->cancel = cancel_new();
    server->descriptor = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
    if (server->cancel < 0 || server->descriptor < 0)
        hr = hresult_last();
    else if (bind(server->descriptor, (const struct sockaddr *)&address, size))
        hr = errno == EADDRINUSE ? HR_ACCESS_DENIED : hresult_last();
    else if (listen(server->descriptor, SOMAXCONN))
        hr = hresult_last();
    if (HR_FAILED(hr)) {
        pipe_server_free(server);
        return hr;
    }
    *out = server;
    return HR_OK;
}

int32_t pipe_listen(const char *name, pipe_server **out)
{
    return is_word(name) ? listen_as(name, out) : HR_INVALID_PARAMETER;
}

int32_t pipe_listen_address(const char *address, pipe_server **out)
{
    char name[NAME_LIMIT];
    const int32_t hr = name_of_address(address, name);

    return HR_FAILED(hr) ? hr : listen_as(name, out);
}

int32_t pipe_accept(pipe_server *server, stream **out)
{
    return pipe_accept_within(server, WAIT_FOREVER, out);
}

int32_t pipe_accept_within(pipe_server *server, uint32_t milliseconds, stream **out)
{
    for (;;) {
        int32_t hr = cancel_wait(server->cancel, server->descriptor, POLLIN, milliseconds);
        int client;

        if (HR_FAILED(hr))
            return hr;
        client = accept4(server->descriptor, NULL, NULL, SOCK_CLOEXEC | SOCK_NONBLOCK);
        if (client >= 0 && peer_is_friend(client))
            return stream_from_native(client, out);
        if (client >= 0)
            close(client);
        else if (errno != EAGAIN && errno != EINTR && errno != ECONNABORTED)
            return hresult_last();
    }
}

void pipe_server_cancel(pipe_server *server)
{
    cancel_raise(server->cancel);
}

void pipe_server_resume(pipe_server *server)
{
    cancel_lower(server->cancel);
}

void pipe_server_free(pipe_server *server)
{
    if (!server)
        return;
    if (server->descriptor >= 0)
        close(server->descriptor);
    if (server->cancel >= 0)
        close(server->cancel);
    free(server);
}

static int32_t connect_once(const struct sockaddr_un *address, socklen_t size, bool anybody,
                            stream **out)
{
    int descriptor = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
    int32_t hr;
    int failed;

    if (descriptor < 0)
        return hresult_last();
    do /* interrupted, it has not begun: a socket of this kind that cannot at once does not wait */
        failed = connect(descriptor, (const struct sockaddr *)address, size);
    while (failed && errno == EINTR);
    if (failed) {
        hr = errno == ECONNREFUSED ? HR_FILE_NOT_FOUND
             : errno == EAGAIN     ? HR_PIPE_BUSY /* its queue is full */
                                   : hresult_last();
        close(descriptor);
        return hr;
    }
    if (!anybody && !peer_is_friend(descriptor)) {
        close(descriptor);
        return HR_ACCESS_DENIED;
    }
    return stream_from_native(descriptor, out);
}

static int32_t connect_to(const char *name, bool anybody, uint32_t milliseconds,
                          const atomic_bool *given_up, stream **out)
{
    uint64_t deadline = clock_ticks() + milliseconds;
    struct sockaddr_un address;
    socklen_t size;
    int32_t hr = address_make(name, &address, &size);

    if (HR_FAILED(hr))
        return hr;
    for (;;) {
        hr = connect_once(&address, size, anybody, out);
        if ((hr != HR_FILE_NOT_FOUND && hr != HR_PIPE_BUSY) || clock_ticks() >= deadline)
            return hr;
        if (given_up && atomic_load(given_up))
            return HR_OPERATION_ABORTED;
        clock_sleep(RETRY_INTERVAL);
    }
}

int32_t pipe_connect(const char *name, uint32_t milliseconds, stream **out)
{
    return is_word(name) ? connect_to(name, false, milliseconds, NULL, out) : HR_INVALID_PARAMETER;
}

int32_t pipe_connect_address(const char *address, uint32_t milliseconds,
                             const atomic_bool *given_up, stream **out)
{
    char name[NAME_LIMIT];
    const int32_t hr = name_of_address(address, name);

    return HR_FAILED(hr) ? hr : connect_to(name, true, milliseconds, given_up, out);
}

bool pipe_address_listened(const char *address)
{
    char name[NAME_LIMIT];

    return HR_SUCCEEDED(name_of_address(address, name)) && pipe_listened(name);
}
