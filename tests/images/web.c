/* SPDX-License-Identifier: MIT */
/* web: a web server of one page: web PORT [TEXT]. Each request gets the text. */
#include <winsock2.h>

#include "program.h"

#include <stdio.h>
#include <string.h>
#include <wchar.h>

static void answer(SOCKET client, const char *text)
{
    char request[4096];
    char page[1024];
    int length;

    if (recv(client, request, sizeof request, 0) <= 0)
        return;
    length = snprintf(page, sizeof page,
                      "HTTP/1.0 200 OK\r\nContent-Type: text/plain\r\nContent-Length: %u\r\n\r\n%s",
                      (unsigned)strlen(text), text);
    send(client, page, length, 0);
    shutdown(client, SD_SEND);
}

int wmain(int argc, wchar_t **argv)
{
    struct sockaddr_in address = {.sin_family = AF_INET};
    char text[256] = "hello";
    WSADATA data;
    SOCKET server;

    if (argc < 2 || WSAStartup(MAKEWORD(2, 2), &data))
        return 1;
    if (argc > 2)
        WideCharToMultiByte(CP_UTF8, 0, argv[2], -1, text, sizeof text, NULL, NULL);
    server = socket(AF_INET, SOCK_STREAM, 0);
    address.sin_port = htons((u_short)program_number(argv[1]));
    if (bind(server, (struct sockaddr *)&address, sizeof address) || listen(server, 5)) {
        program_print(L"cannot listen: %d\r\n", WSAGetLastError());
        return 2;
    }
    program_print(L"listening\r\n");
    for (;;) {
        SOCKET client = accept(server, NULL, NULL);

        if (client == INVALID_SOCKET)
            return 3;
        answer(client, text);
        closesocket(client);
    }
}
