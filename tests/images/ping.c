/* SPDX-License-Identifier: MIT */
/* ping: what Windows' ping prints of a loopback address, a line a second, each at once. */
#include "program.h"

#include <stdbool.h>
#include <wchar.h>

struct request {
    const wchar_t *host;
    DWORD count;
    bool endless;
};

static bool parse(int argc, wchar_t **argv, struct request *out)
{
    for (int i = 1; i < argc; i++) {
        if (_wcsicmp(argv[i], L"-t") == 0)
            out->endless = true;
        else if (_wcsicmp(argv[i], L"-n") == 0 && i + 1 < argc)
            out->count = program_number(argv[++i]);
        else if (argv[i][0] == L'-' || out->host)
            return false;
        else
            out->host = argv[i];
    }
    return out->host != NULL;
}

static void ping(const struct request *request)
{
    program_print(L"\r\nPinging %ls [127.0.0.1] with 32 bytes of data:\r\n", request->host);
    for (DWORD sent = 0; request->endless || sent < request->count; sent++) {
        if (sent > 0)
            Sleep(1000);
        program_print(L"Reply from 127.0.0.1: bytes=32 time<1ms TTL=128\r\n");
    }
    program_print(L"\r\nPing statistics for 127.0.0.1:\r\n"
                  L"    Packets: Sent = %lu, Received = %lu, Lost = 0 (0%% loss),\r\n",
                  request->count, request->count);
}

int wmain(int argc, wchar_t **argv)
{
    struct request request = {.count = 4};

    if (!parse(argc, argv, &request)) {
        program_print(L"\r\nUsage: ping [-t] [-n count] target_name\r\n");
        return 1;
    }
    if (_wcsicmp(request.host, L"localhost") != 0 && wcsncmp(request.host, L"127.", 4) != 0) {
        program_print(L"Ping request could not find host %ls. Please check the name and try "
                      L"again.\r\n",
                      request.host);
        return 1;
    }
    ping(&request);
    return 0;
}
