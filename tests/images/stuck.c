/* SPDX-License-Identifier: MIT */
/* stuck: can only be terminated; prints each control event that it ignores. */
#include "control.h"
#include "program.h"

/* Never returns from "close" and "shutdown", after which Windows would end the program. */
static BOOL WINAPI ignore(DWORD event)
{
    program_print(L"%ls ignored\r\n", control_name(event));
    if (event != CTRL_C_EVENT && event != CTRL_BREAK_EVENT)
        Sleep(INFINITE);
    return TRUE;
}

int wmain(int argc, wchar_t **argv)
{
    (void)argc;
    (void)argv;
    SetConsoleCtrlHandler(ignore, TRUE);
    program_print(L"stuck\r\n");
    Sleep(INFINITE);
    return 1;
}
