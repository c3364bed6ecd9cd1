/* SPDX-License-Identifier: MIT */
/** Which process of this machine has a port of it. Link-time (win32/socket_owner.c…). */
#ifndef WCOW_PORT_SOCKET_OWNER_H
#define WCOW_PORT_SOCKET_OWNER_H

#include <stdbool.h>
#include <stdint.h>

typedef struct socket_owner {
    uint32_t pid;     /* 0: unknown */
    char program[64]; /* "nginx.exe"; "": unknown */
    bool everywhere;  /* it has the port at every IPv4 address of the machine */
} socket_owner;

/**
 * Looks for a TCP socket that listens at a port, or a UDP socket that is bound to it; one that is
 * there for every address comes before others.
 *
 * @return HR_NOT_FOUND if there is none
 */
typedef int32_t socket_owner_find_fn(bool udp, uint16_t port, socket_owner *out);

socket_owner_find_fn socket_owner_find;

#endif
