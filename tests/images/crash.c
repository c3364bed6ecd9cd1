/* SPDX-License-Identifier: MIT */
/* crash: ends by an access violation, 0xC0000005. */
#include "program.h"

/* "Handled" means here: end with the exception's code, without a dialog or a debugger before. */
static LONG WINAPI end_at_once(EXCEPTION_POINTERS *exception)
{
    (void)exception;
    return EXCEPTION_EXECUTE_HANDLER;
}

int wmain(int argc, wchar_t **argv)
{
    volatile int *volatile nowhere = NULL;

    (void)argc;
    (void)argv;
    SetUnhandledExceptionFilter(end_at_once);
    *nowhere = 1;
    return 0;
}
