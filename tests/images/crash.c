/* SPDX-License-Identifier: MIT */
/* crash: ends by an access violation, 0xC0000005, without a dialog or a debugger in between. */
#include "program.h"

int wmain(int argc, wchar_t **argv)
{
    volatile int *volatile nowhere = NULL;

    (void)argc;
    (void)argv;
    SetErrorMode(SEM_FAILCRITICALERRORS | SEM_NOGPFAULTERRORBOX);
    *nowhere = 1;
    return 0;
}
