/* SPDX-License-Identifier: MIT */
/* cat: standard input to standard output, byte for byte, until it ends. */
#include "program.h"

int wmain(int argc, wchar_t **argv)
{
    static char buffer[65536];
    HANDLE in = GetStdHandle(STD_INPUT_HANDLE);
    HANDLE out = GetStdHandle(STD_OUTPUT_HANDLE);
    DWORD length = 0;

    (void)argc;
    (void)argv;
    while (ReadFile(in, buffer, sizeof(buffer), &length, NULL) && length > 0)
        program_write(out, buffer, length);
    return 0;
}
