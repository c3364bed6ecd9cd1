/* SPDX-License-Identifier: MIT */
/* exit CODE: ends with this code, of which all 32 bits count. */
#include "program.h"

int wmain(int argc, wchar_t **argv)
{
    ExitProcess(argc > 1 ? program_number(argv[1]) : 0);
}
