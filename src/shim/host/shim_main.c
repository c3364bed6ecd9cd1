/* SPDX-License-Identifier: MIT */
/* What the platform's entry point calls in containerd-shim-wcow-v1.exe. */
#include "base/program_main.h"
#include "shim/host/shim_program.h"

uint32_t program_main(int argc, char **argv)
{
    return shim_program_run(argc, argv);
}
