/* SPDX-License-Identifier: MIT */
/** Bundles, and a containerd that calls `start` and `delete` with them. */
#ifndef WCOW_TESTS_UNIT_SHIM_HOST_ACTIONS_BENCH_H
#define WCOW_TESTS_UNIT_SHIM_HOST_ACTIONS_BENCH_H

#include "shim/host/shim_actions.h"
#include "shim/host/shim_peer.h"

/* What `config.json` says of a task alone, of the sandbox "pod" and of a container in it. */
#define ALONE "{\"ociVersion\": \"1.1.0\"}"
#define POD                                                                                        \
    "{\"annotations\": {\"io.kubernetes.cri.container-type\": \"sandbox\", "                       \
    "\"io.kubernetes.cri.sandbox-id\": \"pod\"}}"
#define IN_POD                                                                                     \
    "{\"annotations\": {\"io.kubernetes.cri.container-type\": \"container\", "                     \
    "\"io.kubernetes.cri.sandbox-id\": \"pod\"}}"

typedef struct bench {
    char root[64], space[64];
    files_port *files;
    shim_tools tools;
    text answer;
    text released; /* names of bundles */
    bool forgets;  /* nothing but the bundle remembers what is not released */
    wcow_status release_status, keep_status;
    bool left;
    const char *torn; /* reading it fails so many times, since somebody has it open */
    size_t torn_for;
    int32_t (*read)(files_port *port, const char *path, size_t limit, char **out, size_t *size);
    wcow_error err;
} bench;

/** What main() does if it has arguments: the test's program is the server and the helper, too. */
int bench_be_server(int argc, char **argv);
/** For each test. */
int bench_set_up(void **state);
int bench_tear_down(void **state);
/** Of the bundle of this id, or with a name of a file in it. */
char *bench_path(const bench *b, const char *id, const char *name);
void bench_write(bench *b, const char *id, const char *name, const char *content);
char *bench_read(bench *b, const char *id, const char *name);
/** Reading config.json fails so many times: a scanner has it open. */
void bench_tear_config(bench *b, size_t times);
/** From now on nobody can connect to a server, as if each had another caller. */
void bench_seem_busy(bool seems);
wcow_status bench_start_with(bench *b, const char *id, wire_bytes input);
wcow_status bench_start(bench *b, const char *id);
/** `released` is only what this call has given back. */
wcow_status bench_delete(bench *b, const char *id);
/* Calls to a server, which go well. */
void bench_create(bench *b, shim_peer *peer, const char *id);
void bench_ask(bench *b, shim_peer *peer, const char *method, const char *id);
void bench_shut_down(bench *b, const char *id);

#endif
