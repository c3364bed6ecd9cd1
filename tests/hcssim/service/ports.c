/* SPDX-License-Identifier: MIT */
/*
 * Published ports: what comes to a port of the host goes on to the container's. Containers of both
 * isolations share the network of Linux here, so a container's port is the same port of 127.0.0.1.
 */
#include <winsock2.h>

#include <stdlib.h>

#include "base/error.h"

#include "datagrams.h"
#include "service.h"

typedef struct published {
    struct published *next;
    SOCKET listener;
    bool udp;
    uint16_t host, container;
} published;

/* Under the engine's lock. */
static published *all;

static struct sockaddr_in loopback(uint16_t port)
{
    struct sockaddr_in address = {.sin_family = AF_INET, .sin_port = htons(port)};

    address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    return address;
}

/* ---- one connection ---- */

typedef struct flow {
    SOCKET from, to;
} flow;

static DWORD WINAPI pump(void *context)
{
    flow f = *(flow *)context;
    char buffer[8192];
    int got;

    free(context);
    while ((got = recv(f.from, buffer, sizeof buffer, 0)) > 0)
        for (int sent = 0, n; sent < got; sent += n)
            if ((n = send(f.to, buffer + sent, got - sent, 0)) <= 0) {
                shutdown(f.from, SD_RECEIVE);
                return 0;
            }
    shutdown(f.to, SD_SEND);
    return 0;
}

static HANDLE flow_start(SOCKET from, SOCKET to)
{
    flow *f = malloc(sizeof *f);
    HANDLE thread;

    if (!f)
        return NULL;
    *f = (flow){from, to};
    thread = CreateThread(NULL, 0, pump, f, 0, NULL);
    if (!thread)
        free(f);
    return thread;
}

typedef struct connection {
    SOCKET client;
    uint16_t container;
} connection;

static DWORD WINAPI serve(void *context)
{
    connection c = *(connection *)context;
    struct sockaddr_in address = loopback(c.container);
    SOCKET server = socket(AF_INET, SOCK_STREAM, 0);
    HANDLE there = NULL;
    HANDLE back = NULL;

    free(context);
    if (!connect(server, (struct sockaddr *)&address, sizeof address)) {
        there = flow_start(c.client, server);
        back = there ? flow_start(server, c.client) : NULL;
    }
    if (back)
        WaitForSingleObject(back, INFINITE);
    shutdown(c.client, SD_BOTH);
    shutdown(server, SD_BOTH);
    if (there)
        WaitForSingleObject(there, INFINITE);
    closesocket(c.client);
    closesocket(server);
    if (there)
        CloseHandle(there);
    if (back)
        CloseHandle(back);
    return 0;
}

typedef struct listening {
    SOCKET listener;
    uint16_t container;
} listening;

/* Until the listener is closed. */
static DWORD WINAPI accept_all(void *context)
{
    listening l = *(listening *)context;
    SOCKET client;

    free(context);
    while ((client = accept(l.listener, NULL, NULL)) != INVALID_SOCKET) {
        connection *c = malloc(sizeof *c);
        HANDLE thread = NULL;

        if (c) {
            *c = (connection){client, l.container};
            thread = CreateThread(NULL, 0, serve, c, 0, NULL);
        }
        if (thread) {
            CloseHandle(thread);
        } else {
            free(c);
            closesocket(client);
        }
    }
    return 0;
}

/* ---- a port ---- */

static SOCKET bind_port(bool udp, uint16_t port)
{
    struct sockaddr_in address = loopback(port);
    SOCKET s = socket(AF_INET, udp ? SOCK_DGRAM : SOCK_STREAM, 0);
    BOOL alone = TRUE;

    if (s == INVALID_SOCKET)
        return s;
    /* Programs of containers that are started meanwhile would keep the port, after its own
     * container's end. */
    SetHandleInformation((HANDLE)s, HANDLE_FLAG_INHERIT, 0);
    setsockopt(s, SOL_SOCKET, SO_EXCLUSIVEADDRUSE, (const char *)&alone, sizeof alone);
    if (bind(s, (struct sockaddr *)&address, sizeof address) || (!udp && listen(s, 16))) {
        closesocket(s);
        return INVALID_SOCKET;
    }
    return s;
}

static bool forward(published *p)
{
    listening *l = malloc(sizeof *l);
    HANDLE thread;

    if (!l)
        return false;
    *l = (listening){p->listener, p->container};
    thread = CreateThread(NULL, 0, accept_all, l, 0, NULL);
    if (!thread) {
        free(l);
        return false;
    }
    CloseHandle(thread);
    return true;
}

static int32_t port_open(sim_machine *m, bool udp, uint16_t host, uint16_t container)
{
    published *p = calloc(1, sizeof *p);

    (void)m;
    if (!p)
        return HR_OUT_OF_MEMORY;
    *p = (published){all, bind_port(udp, host), udp, host, container};
    if (p->listener == INVALID_SOCKET) {
        free(p);
        return HR_FROM_WIN32(ERROR_SHARING_VIOLATION);
    }
    if (host == container) { /* the program itself is there */
        closesocket(p->listener);
        p->listener = INVALID_SOCKET;
    } else if (udp ? !datagrams_forward(p->listener, container) : !forward(p)) {
        closesocket(p->listener);
        free(p);
        return HR_OUT_OF_MEMORY;
    }
    all = p;
    return HR_OK;
}

static void port_close(sim_machine *m, bool udp, uint16_t host)
{
    (void)m;
    for (published **at = &all; *at; at = &(*at)->next) {
        published *p = *at;

        if (p->udp != udp || p->host != host)
            continue;
        *at = p->next;
        if (p->listener != INVALID_SOCKET)
            closesocket(p->listener);
        free(p);
        return;
    }
}

void ports_install(sim_machine *calls)
{
    WSADATA data;

    WSAStartup(MAKEWORD(2, 2), &data);
    calls->port_open = port_open;
    calls->port_close = port_close;
}
