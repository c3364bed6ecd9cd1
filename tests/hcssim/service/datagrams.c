/* SPDX-License-Identifier: MIT */
/*
 * UDP of published ports. There are no connections: each address that sends has a socket of its own
 * towards the container, so that an answer finds its way back; the oldest makes room for a new one.
 */
#include "datagrams.h"

#include <stdlib.h>
#include <string.h>

#define FLOWS    32
#define DATAGRAM 65536

typedef struct flow {
    struct sockaddr_in client;
    SOCKET listener, container;
    HANDLE thread; /* NULL: there is no such flow */
} flow;

typedef struct forwarding {
    SOCKET listener;
    uint16_t container;
    flow flows[FLOWS];
    size_t next; /* the oldest, or an empty one */
    char buffer[DATAGRAM];
} forwarding;

/* Of an earlier datagram: nobody is at the port it was sent to. */
static bool is_over(int got)
{
    return got < 0 && WSAGetLastError() != WSAECONNRESET;
}

/* What the container answers, until the socket is closed. */
static DWORD WINAPI answer(void *context)
{
    const flow *f = context;
    char *buffer = malloc(DATAGRAM);
    int got;

    while (buffer && !is_over(got = recv(f->container, buffer, DATAGRAM, 0)))
        if (got >= 0)
            sendto(f->listener, buffer, got, 0, (const struct sockaddr *)&f->client,
                   sizeof f->client);
    free(buffer);
    return 0;
}

static void flow_end(flow *f)
{
    if (!f->thread)
        return;
    closesocket(f->container);
    WaitForSingleObject(f->thread, INFINITE);
    CloseHandle(f->thread);
    f->thread = NULL;
}

static SOCKET connect_to(uint16_t port)
{
    struct sockaddr_in address = {.sin_family = AF_INET, .sin_port = htons(port)};
    SOCKET s = socket(AF_INET, SOCK_DGRAM, 0);

    address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    if (s != INVALID_SOCKET && connect(s, (struct sockaddr *)&address, sizeof address)) {
        closesocket(s);
        return INVALID_SOCKET;
    }
    return s;
}

/* NULL: it cannot be made. */
static flow *flow_of(forwarding *all, const struct sockaddr_in *client)
{
    flow *made = &all->flows[all->next];

    for (size_t i = 0; i < FLOWS; i++) {
        flow *f = &all->flows[i];

        if (f->thread && f->client.sin_port == client->sin_port &&
            f->client.sin_addr.s_addr == client->sin_addr.s_addr)
            return f;
    }
    flow_end(made);
    *made = (flow){*client, all->listener, connect_to(all->container), NULL};
    if (made->container == INVALID_SOCKET)
        return NULL;
    made->thread = CreateThread(NULL, 0, answer, made, 0, NULL);
    if (!made->thread) {
        closesocket(made->container);
        return NULL;
    }
    all->next = (all->next + 1) % FLOWS;
    return made;
}

static DWORD WINAPI pass_on(void *context)
{
    forwarding *all = context;
    struct sockaddr_in client;
    int got;

    for (;;) {
        int size = sizeof client;
        flow *f;

        got = recvfrom(all->listener, all->buffer, sizeof all->buffer, 0,
                       (struct sockaddr *)&client, &size);
        if (is_over(got))
            break;
        f = got >= 0 ? flow_of(all, &client) : NULL;
        if (f)
            send(f->container, all->buffer, got, 0);
    }
    for (size_t i = 0; i < FLOWS; i++)
        flow_end(&all->flows[i]);
    free(all);
    return 0;
}

bool datagrams_forward(SOCKET listener, uint16_t container)
{
    forwarding *all = calloc(1, sizeof *all);
    HANDLE thread;

    if (!all)
        return false;
    all->listener = listener;
    all->container = container;
    thread = CreateThread(NULL, 0, pass_on, all, 0, NULL);
    if (!thread) {
        free(all);
        return false;
    }
    CloseHandle(thread);
    return true;
}
