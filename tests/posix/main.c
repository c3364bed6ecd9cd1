/* SPDX-License-Identifier: MIT */
/* The entry point on Linux. */
#include "base/program_main.h"

int main(int argc, char **argv)
{
    return (int)(program_main(argc, argv) & 0xff);
}
