/* SPDX-License-Identifier: MIT */
/** One run of the program on given streams; program_main() is the one on the process's own. */
#ifndef WCOW_CLI_PROGRAM_H
#define WCOW_CLI_PROGRAM_H

#include "cli/command.h"

/** Runs what the arguments (argv[0] included) ask for; returns the exit code. */
uint32_t program_run(FILE *in, FILE *out, FILE *err, int argc, char *const *argv);

#endif
