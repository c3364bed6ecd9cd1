/* SPDX-License-Identifier: MIT */
/* JSON messages and streams between the host and the agent in a utility VM. */
#include "link.h"

#include <stdlib.h>
#include <string.h>

#define MESSAGE_MAX (16u << 20)

bool link_startup(void)
{
    WSADATA data;

    return WSAStartup(MAKEWORD(2, 2), &data) == 0;
}

bool link_read(SOCKET socket, void *bytes, size_t size)
{
    char *at = bytes;

    while (size) {
        int got = recv(socket, at, (int)size, 0);

        if (got <= 0)
            return false;
        at += got;
        size -= (size_t)got;
    }
    return true;
}

bool link_write(SOCKET socket, const void *bytes, size_t size)
{
    const char *at = bytes;

    while (size) {
        int done = send(socket, at, (int)size, 0);

        if (done <= 0)
            return false;
        at += done;
        size -= (size_t)done;
    }
    return true;
}

SOCKET link_connect(uint16_t port, const link_greeting *greeting)
{
    struct sockaddr_in address = {.sin_family = AF_INET, .sin_port = htons(port)};
    SOCKET made = socket(AF_INET, SOCK_STREAM, IPPROTO_TCP);
    BOOL at_once = TRUE;

    if (made == INVALID_SOCKET)
        return made;
    address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    setsockopt(made, IPPROTO_TCP, TCP_NODELAY, (const char *)&at_once, sizeof(at_once));
    if (connect(made, (struct sockaddr *)&address, sizeof(address)) == 0 &&
        link_write(made, greeting, sizeof(*greeting)))
        return made;
    closesocket(made);
    return INVALID_SOCKET;
}

link *link_new(SOCKET control)
{
    link *l = calloc(1, sizeof(*l));

    if (!l) {
        closesocket(control);
        return NULL;
    }
    l->socket = control;
    InitializeCriticalSection(&l->sending);
    return l;
}

void link_free(link *l)
{
    if (!l)
        return;
    closesocket(l->socket);
    DeleteCriticalSection(&l->sending);
    free(l);
}

bool link_send(link *l, const cJSON *message)
{
    char *text = cJSON_PrintUnformatted(message);
    uint32_t length = text ? (uint32_t)strlen(text) : 0;
    bool ok;

    if (!text)
        return false;
    EnterCriticalSection(&l->sending);
    ok = link_write(l->socket, &length, sizeof(length)) && link_write(l->socket, text, length);
    LeaveCriticalSection(&l->sending);
    cJSON_free(text);
    return ok;
}

cJSON *link_receive(link *l)
{
    cJSON *message = NULL;
    uint32_t length;
    char *text;

    if (!link_read(l->socket, &length, sizeof(length)) || length > MESSAGE_MAX)
        return NULL;
    text = malloc(length + 1);
    if (text && link_read(l->socket, text, length))
        message = cJSON_ParseWithLength(text, length);
    free(text);
    return message;
}
