/* SPDX-License-Identifier: MIT */
/*
 * A logger as containerd's clients name it (`binary:`), which writes down what it was started with
 * and what it hears: logger.exe FILE [MODE] [more…].
 */
#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/error.h"
#include "port/clock.h"
#include "port/machine.h"
#include "port/pipe.h"

#define PATIENCE 20000u
#define FOR_EVER 120000u

typedef struct ear {
    stream *from;
    char *heard;
    size_t size;
} ear;

static const char *variable(const char *name)
{
    const char *value = getenv(name);

    return value ? value : "";
}

static stream *dial(const char *name)
{
    stream *s = NULL;

    if (HR_FAILED(pipe_connect_address(variable(name), PATIENCE, NULL, &s)))
        exit(9);
    return s;
}

static void *hear(void *context)
{
    ear *e = context;
    size_t got = 1;

    while (got) {
        char *more = realloc(e->heard, e->size + 4096);

        if (!more)
            exit(8);
        e->heard = more;
        if (HR_FAILED(stream_read(e->from, e->heard + e->size, 4096, &got)))
            break;
        e->size += got;
    }
    return NULL;
}

static void tell_start(FILE *out, int count, char **words)
{
    static const char *const names[] = {"CONTAINER_ID",     "CONTAINER_NAMESPACE",
                                        "CONTAINER_STDOUT", "CONTAINER_STDERR",
                                        "CONTAINER_WAIT",   "STRANGE"};

    for (int i = 3; i < count; i++)
        fprintf(out, "argument %s\n", words[i]);
    for (size_t i = 0; i < sizeof(names) / sizeof(names[0]); i++)
        fprintf(out, "%s=%s\n", names[i], variable(names[i]));
    fprintf(out, "PATH is %s\n", *variable("PATH") ? "set" : "missing");
    fprintf(out, "pid %u\n", machine_process_id());
    fflush(out);
}

static void listen_and_tell(FILE *out, ear ears[2], const char *mode)
{
    pthread_t threads[2];

    for (int i = 0; i < 2; i++)
        pthread_create(&threads[i], NULL, hear, &ears[i]);
    for (int i = 0; i < 2; i++)
        pthread_join(threads[i], NULL);
    if (strcmp(mode, "slow") == 0) /* it has yet to write it all down */
        clock_sleep(700);
    for (int i = 0; i < 2; i++) {
        fprintf(out, "%s %zu bytes: ", i ? "stderr" : "stdout", ears[i].size);
        fwrite(ears[i].heard, 1, ears[i].size, out);
        fputc('\n', out);
    }
    fflush(out);
    if (strcmp(mode, "stay") == 0)
        clock_sleep(FOR_EVER);
}

int main(int count, char **words)
{
    const char *mode = count > 2 ? words[2] : "";
    FILE *out = count > 1 ? fopen(words[1], "wb") : NULL;
    ear ears[2] = {{0}, {0}};
    stream *wait;

    if (!out)
        return 7;
    tell_start(out, count, words);
    if (strcmp(mode, "die") == 0)
        return 3;
    if (strcmp(mode, "never") == 0)
        clock_sleep(FOR_EVER);
    if (strcmp(mode, "late") != 0) {
        ears[0].from = dial("CONTAINER_STDOUT");
        ears[1].from = dial("CONTAINER_STDERR");
    }
    wait = dial("CONTAINER_WAIT");
    if (strcmp(mode, "hold") == 0)
        clock_sleep(FOR_EVER);
    stream_free(wait);
    if (strcmp(mode, "quit") == 0)
        return 0;
    if (strcmp(mode, "deaf") == 0) /* its pipes are open, and it never reads */
        clock_sleep(FOR_EVER);
    if (strcmp(mode, "late") == 0) {
        clock_sleep(100);
        ears[1].from = dial("CONTAINER_STDERR"); /* nobody waits for that one to be heard */
        ears[0].from = dial("CONTAINER_STDOUT");
    }
    listen_and_tell(out, ears, mode);
    fclose(out);
    return 0;
}
