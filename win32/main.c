/* SPDX-License-Identifier: MIT */
/* The entry point of the tool. */
#include <wchar.h>

int wmain(int argc, wchar_t **argv);

int wmain(int argc, wchar_t **argv)
{
    (void)argc;
    (void)argv;
    return 125;
}
