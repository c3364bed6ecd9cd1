/* SPDX-License-Identifier: MIT */
/* udp: answers datagrams: udp PORT NAME. Each is sent back behind "NAME: ". */
#include <winsock2.h>

#include "program.h"

#include <stdio.h>
#include <wchar.h>

int wmain(int argc, wchar_t **argv)
{
    struct sockaddr_in address = {.sin_family = AF_INET};
    char name[64];
    WSADATA data;
    SOCKET server;

    if (argc < 3 || WSAStartup(MAKEWORD(2, 2), &data) ||
        !WideCharToMultiByte(CP_UTF8, 0, argv[2], -1, name, sizeof name, NULL, NULL))
        return 1;
    server = socket(AF_INET, SOCK_DGRAM, 0);
    address.sin_port = htons((u_short)program_number(argv[1]));
    if (bind(server, (struct sockaddr *)&address, sizeof address)) {
        program_print(L"cannot listen: %d\r\n", WSAGetLastError());
        return 2;
    }
    program_print(L"listening\r\n");
    for (;;) {
        struct sockaddr_in client;
        int size = sizeof client;
        char asked[1024];
        char answer[1200];
        int got = recvfrom(server, asked, sizeof asked - 1, 0, (struct sockaddr *)&client, &size);

        if (got < 0 && WSAGetLastError() != WSAECONNRESET)
            return 3;
        if (got < 0)
            continue;
        asked[got] = '\0';
        got = snprintf(answer, sizeof answer, "%s: %s", name, asked);
        sendto(server, answer, got, 0, (struct sockaddr *)&client, size);
    }
}
