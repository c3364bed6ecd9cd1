/* SPDX-License-Identifier: MIT */
/*
 * Named pipes as Unix sockets in the abstract namespace: the name is taken as long as its server
 * lives and leaves nothing behind. Abstract names have no permissions, so both sides look at whom
 * the kernel says they talk to.
 */
#include "port/pipe.h"

#include <errno.h>
#include <poll.h>
#include <stddef.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

#include "base/error.h"
#include "cancel.h"
#include "codes.h"
#include "pipe_owner.h"
#include "port/clock.h"

#define PREFIX         "wcow/"
#define RETRY_INTERVAL 5u /* ms */
#define NAME_TOO_LONG  HR_FROM_WIN32(206)

struct pipe_server {
    int descriptor;
    int cancel;
};

static int32_t address_make(const char *name, struct sockaddr_un *out, socklen_t *size)
{
    size_t length = strlen(name);

    memset(out, 0, sizeof(*out));
    if (length == 0 || strpbrk(name, "\\/"))
        return HR_INVALID_PARAMETER;
    if (length + sizeof(PREFIX) > sizeof(out->sun_path))
        return NAME_TOO_LONG;
    out->sun_family = AF_UNIX;
    memcpy(out->sun_path + 1, PREFIX, sizeof(PREFIX) - 1);
    memcpy(out->sun_path + sizeof(PREFIX), name, length);
    *size = (socklen_t)(offsetof(struct sockaddr_un, sun_path) + sizeof(PREFIX) + length);
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

int32_t pipe_listen(const char *name, pipe_server **out)
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

int32_t pipe_accept(pipe_server *server, stream **out)
{
    for (;;) {
        int32_t hr = cancel_wait(server->cancel, server->descriptor, POLLIN, WAIT_FOREVER);
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

static int32_t connect_once(const struct sockaddr_un *address, socklen_t size, stream **out)
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
        /* Nobody listens, or its queue is full. */
        hr = errno == ECONNREFUSED || errno == EAGAIN ? HR_FILE_NOT_FOUND : hresult_last();
        close(descriptor);
        return hr;
    }
    if (!peer_is_friend(descriptor)) {
        close(descriptor);
        return HR_ACCESS_DENIED;
    }
    return stream_from_native(descriptor, out);
}

int32_t pipe_connect(const char *name, uint32_t milliseconds, stream **out)
{
    uint64_t deadline = clock_ticks() + milliseconds;
    struct sockaddr_un address;
    socklen_t size;
    int32_t hr = address_make(name, &address, &size);

    if (HR_FAILED(hr))
        return hr;
    for (;;) {
        hr = connect_once(&address, size, out);
        if (hr != HR_FILE_NOT_FOUND || clock_ticks() >= deadline)
            return hr;
        clock_sleep(RETRY_INTERVAL);
    }
}
