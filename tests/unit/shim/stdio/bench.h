/* SPDX-License-Identifier: MIT */
/**
 * A process whose streams a test holds the ends of, and a client who listens for them. The service
 * counts how often the process's input was closed through it.
 */
#ifndef WCOW_TESTS_UNIT_SHIM_STDIO_BENCH_H
#define WCOW_TESTS_UNIT_SHIM_STDIO_BENCH_H

#include "shim/stdio/stdio.h"
#include "tests/shim/far_end.h"

#define PATIENCE 60000u

typedef struct stdio_bench {
    char addresses[3][128];
    char container[32]; /* of this process's own: a logger's pipes are named by it */
    stdio_names names;
    stdio_limits limits;
    files_port *files;
    far_end *client[3]; /* NULL: nobody listens */
    streams *streams;
    int in, out, err; /* the process's ends; -1: closed */
    wcow_error error;
} stdio_bench;

/** Names of three pipes, nobody listens yet. */
void bench_open(stdio_bench *b);
/** A client listens on all three. */
void bench_listen(stdio_bench *b);
/** Opens with the bench's names, and begins as a backend does. */
stdio *bench_begin(stdio_bench *b);
/** The process ends: its pipes do. */
void bench_end(stdio_bench *b);
/** As a backend tears down, within so many milliseconds of last words. Frees it. */
void bench_tear_down(stdio_bench *b, stdio *s, uint32_t last_words);
void bench_close(stdio_bench *b);
/** With the logs in it. */
void bench_remove_folder(const char *path);

/** What the process does. */
void bench_print(stdio_bench *b, bool is_error, const char *bytes, size_t size);
/** What it reads until its end, or until so much has come. */
size_t bench_read(stdio_bench *b, char *bytes, size_t size);

/** How often the service was told that the input has ended. */
unsigned bench_inputs_closed(void);
/** From now on such a call does not return before bench_release(). */
void bench_hang(void);
void bench_release(void);
/** So many threads may be started from now on. */
void bench_allow_threads(unsigned count);

#endif
