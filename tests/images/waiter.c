/* SPDX-License-Identifier: MIT */
/* waiter [CODE]: waits for a console control event, prints which it was and ends with CODE or 0. */
#include "control.h"
#include "program.h"

static DWORD exit_code;

/* Ends here: when a handler of "shutdown" returns, Windows kills the program itself. */
static BOOL WINAPI handle(DWORD event)
{
    program_print(L"%ls\r\n", control_name(event));
    ExitProcess(exit_code);
}

int wmain(int argc, wchar_t **argv)
{
    if (argc > 1)
        exit_code = program_number(argv[1]);
    SetConsoleCtrlHandler(NULL, FALSE); /* "ignore Ctrl-C" is inherited from the parent */
    SetConsoleCtrlHandler(handle, TRUE);
    program_print(L"waiting\r\n");
    Sleep(INFINITE);
    return 1;
}
