/* SPDX-License-Identifier: MIT */
/** What this process has taken so far: usage_posix.c, usage_win32.c. */
#ifndef TESTS_BENCH_USAGE_H
#define TESTS_BENCH_USAGE_H

/** Seconds of all processors, in the program and in the system. */
double usage_processor(void);
/** Seconds of a processor in the calling thread; on Windows of a clock, as Wine counts coarsely. */
double usage_thread(void);
/** The most memory that it ever had at a time, in MiB. */
double usage_memory(void);

#endif
