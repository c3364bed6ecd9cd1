/* SPDX-License-Identifier: MIT */
/* Listening for the agents in the utility VMs. */
#include "vm_link.h"

#include <string.h>

#include "base/error.h"

#define GREETING_TIME 5000 /* a stranger who says nothing must not keep the others waiting */

static SOCKET listener = INVALID_SOCKET;
static uint16_t listener_port;
static SRWLOCK lock = SRWLOCK_INIT;
static vm_expected *expected;

static void hand_over(const link_greeting *greeting, SOCKET socket)
{
    AcquireSRWLockExclusive(&lock);
    for (vm_expected **at = &expected; *at; at = &(*at)->next) {
        vm_expected *e = *at;

        if (memcmp(&e->greeting, greeting, sizeof(*greeting)) == 0) {
            *at = e->next;
            e->socket = socket;
            socket = INVALID_SOCKET;
            SetEvent(e->came);
            break;
        }
    }
    ReleaseSRWLockExclusive(&lock);
    if (socket != INVALID_SOCKET)
        closesocket(socket);
}

static DWORD WINAPI accept_all(void *unused)
{
    DWORD limit = GREETING_TIME, none = 0;
    BOOL at_once = TRUE;

    (void)unused;
    for (;;) {
        SOCKET socket = accept(listener, NULL, NULL);
        link_greeting greeting;

        if (socket == INVALID_SOCKET)
            return 0;
        setsockopt(socket, SOL_SOCKET, SO_RCVTIMEO, (const char *)&limit, sizeof(limit));
        setsockopt(socket, IPPROTO_TCP, TCP_NODELAY, (const char *)&at_once, sizeof(at_once));
        if (link_read(socket, &greeting, sizeof(greeting))) {
            setsockopt(socket, SOL_SOCKET, SO_RCVTIMEO, (const char *)&none, sizeof(none));
            hand_over(&greeting, socket);
        } else {
            closesocket(socket);
        }
    }
}

static int32_t start_listening(void)
{
    struct sockaddr_in address = {.sin_family = AF_INET};
    int size = sizeof(address);
    HANDLE thread;

    if (!link_startup())
        return HR_NOT_SUPPORTED;
    address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    listener = socket(AF_INET, SOCK_STREAM, IPPROTO_TCP);
    if (listener == INVALID_SOCKET ||
        bind(listener, (struct sockaddr *)&address, sizeof(address)) != 0 ||
        listen(listener, SOMAXCONN) != 0 ||
        getsockname(listener, (struct sockaddr *)&address, &size) != 0)
        return HR_FROM_WIN32(WSAGetLastError());
    listener_port = ntohs(address.sin_port);
    thread = CreateThread(NULL, 0, accept_all, NULL, 0, NULL);
    if (!thread)
        return HR_FROM_WIN32(GetLastError());
    CloseHandle(thread);
    return HR_OK;
}

int32_t vm_link_open(void)
{
    int32_t hr = HR_OK;

    AcquireSRWLockExclusive(&lock);
    if (!listener_port)
        hr = start_listening();
    ReleaseSRWLockExclusive(&lock);
    return hr;
}

uint16_t vm_link_port(void)
{
    return listener_port;
}

int32_t vm_link_expect(vm_expected *e, const char *token, uint32_t process, uint8_t stream)
{
    memset(e, 0, sizeof(*e));
    memcpy(e->greeting.token, token, LINK_TOKEN_SIZE);
    e->greeting.process = process;
    e->greeting.stream = stream;
    e->socket = INVALID_SOCKET;
    e->came = CreateEventW(NULL, TRUE, FALSE, NULL);
    if (!e->came)
        return HR_OUT_OF_MEMORY;
    AcquireSRWLockExclusive(&lock);
    e->next = expected;
    expected = e;
    ReleaseSRWLockExclusive(&lock);
    return HR_OK;
}

SOCKET vm_link_wait(vm_expected *e, HANDLE given_up, DWORD milliseconds)
{
    HANDLE waits[2] = {e->came, given_up};

    WaitForMultipleObjects(given_up ? 2 : 1, waits, FALSE, milliseconds);
    AcquireSRWLockExclusive(&lock);
    for (vm_expected **at = &expected; *at; at = &(*at)->next) {
        if (*at == e) {
            *at = e->next;
            break;
        }
    }
    ReleaseSRWLockExclusive(&lock);
    CloseHandle(e->came);
    e->came = NULL;
    return e->socket;
}
