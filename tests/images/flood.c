/* SPDX-License-Identifier: MIT */
/*
 * flood BYTES [SEED [stdout|stderr|both]]: writes so many bytes as fast as it can and ends at once,
 * so that whoever loses the end of an output is found out. Byte i is
 * (i + 31 * (i / 256) + SEED) modulo 256, on both streams.
 */
#include "program.h"

#include <stdbool.h>
#include <wchar.h>

static void fill(unsigned char *buffer, size_t length, unsigned long long first, DWORD seed)
{
    for (size_t i = 0; i < length; i++) {
        unsigned long long at = first + i;

        buffer[i] = (unsigned char)(at + 31 * (at / 256) + seed);
    }
}

int wmain(int argc, wchar_t **argv)
{
    static unsigned char buffer[65536];
    unsigned long long total = argc > 1 ? wcstoull(argv[1], NULL, 0) : 0;
    DWORD seed = argc > 2 ? program_number(argv[2]) : 0;
    const wchar_t *where = argc > 3 ? argv[3] : L"stdout";
    bool both = wcscmp(where, L"both") == 0;

    for (unsigned long long done = 0; done < total;) {
        unsigned long long rest = total - done;
        size_t length = rest < sizeof(buffer) ? (size_t)rest : sizeof(buffer);

        fill(buffer, length, done, seed);
        if (both || wcscmp(where, L"stdout") == 0)
            program_write(GetStdHandle(STD_OUTPUT_HANDLE), buffer, length);
        if (both || wcscmp(where, L"stderr") == 0)
            program_write(GetStdHandle(STD_ERROR_HANDLE), buffer, length);
        done += length;
    }
    return 0;
}
