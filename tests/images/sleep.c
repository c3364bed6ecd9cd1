/* SPDX-License-Identifier: MIT */
/* sleep SECONDS: does nothing for so long. */
#include "program.h"

int wmain(int argc, wchar_t **argv)
{
    if (argc != 2)
        return 1;
    Sleep(program_number(argv[1]) * 1000);
    return 0;
}
