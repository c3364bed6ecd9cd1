/* SPDX-License-Identifier: MIT */
/** containerd-shim-wcow-v1: the program. */
#ifndef WCOW_SHIM_HOST_SHIM_PROGRAM_H
#define WCOW_SHIM_HOST_SHIM_PROGRAM_H

#include <stdint.h>

/** Runs it on its arguments, argv[0] included; returns its exit code. */
uint32_t shim_program_run(int argc, char *const *argv);

#endif
