/* SPDX-License-Identifier: MIT */
/**
 * The seam between the entry point of a platform (win32/wmain.c, tests/posix/main.c), which knows
 * nothing of commands, and the command line (src/cli), which knows nothing of platforms.
 */
#ifndef WCOW_BASE_PROGRAM_MAIN_H
#define WCOW_BASE_PROGRAM_MAIN_H

#include <stdint.h>

/** Runs the program on UTF-8 arguments (argv[0] included, NULL-terminated); returns its exit code.
 */
uint32_t program_main(int argc, char **argv);

#endif
