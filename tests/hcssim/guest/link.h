/* SPDX-License-Identifier: MIT */
/**
 * Between the host's service and the agent in a utility VM: TCP over loopback, always connected by
 * the agent. Each connection starts with a greeting; the control connection then carries JSON
 * messages with their length before them, the others the bytes of one standard stream.
 *
 *   host → agent   {"id":3,"do":"start","process":7,…}   see vmagent.c for what there is to do
 *   agent → host   {"id":3,"hr":0,…}   {"exited":7,"code":0}
 */
#ifndef HCSSIM_GUEST_LINK_H
#define HCSSIM_GUEST_LINK_H

#include <stdbool.h>
#include <stdint.h>
#include <windows.h>
#include <winsock2.h>

#include <cjson/cJSON.h>

#define LINK_TOKEN_SIZE 33 /* 32 hexadecimal digits, which only the agent was told */

enum { LINK_CONTROL, LINK_IN, LINK_OUT, LINK_ERR };

typedef struct link_greeting {
    char token[LINK_TOKEN_SIZE];
    uint8_t stream;
    uint16_t reserved;
    uint32_t process;
} link_greeting;

typedef struct link {
    SOCKET socket;
    CRITICAL_SECTION sending;
} link;

bool link_startup(void);
/** INVALID_SOCKET if the host does not answer. */
SOCKET link_connect(uint16_t port, const link_greeting *greeting);
bool link_read(SOCKET socket, void *bytes, size_t size);
bool link_write(SOCKET socket, const void *bytes, size_t size);

link *link_new(SOCKET control);
bool link_send(link *l, const cJSON *message);
cJSON *link_receive(link *l);
void link_free(link *l);

#endif
