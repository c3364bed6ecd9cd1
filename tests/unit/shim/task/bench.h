/* SPDX-License-Identifier: MIT */
/** A pod over a fake backend, and what tests do with it and see of it. */
#ifndef WCOW_TESTS_UNIT_SHIM_TASK_BENCH_H
#define WCOW_TESTS_UNIT_SHIM_TASK_BENCH_H

#include "shim/task/pod.h"
#include "tests/unit/shim/task/fake_backend.h"

typedef struct bench {
    fake_backend backend;
    task_pod *pod;
    wcow_error err;
    text told; /* what waiters were told: "3|dropped|…" */
} bench;

/** A pod of one container, "web"; for cmocka. */
int bench_set_up(void **state);
/** A pod of several containers, whose sandbox is "web". */
int bench_set_up_pod(void **state);
int bench_tear_down(void **state);
wcow_status bench_create(bench *b, const char *id, const char *exec_id);
wcow_status bench_start(bench *b, const char *id, const char *exec_id);
wcow_status bench_destroy(bench *b, const char *id, const char *exec_id);
/** Kills with a number of a signal. */
wcow_status bench_kill(bench *b, const char *id, const char *exec_id, uint32_t number);
/** Creates and starts it, which goes well. */
void bench_run(bench *b, const char *id, const char *exec_id);
/** As the backend tells it: it has ended, and is finished. */
void bench_end(bench *b, const char *id, const char *exec_id, uint32_t exit_status);
/** Its end, or that it was dropped, is added to `told`. */
wcow_status bench_wait(bench *b, const char *id, const char *exec_id, uint64_t caller);
/* What is seen; of events and calls what has come since the last look. */
void expect_state(bench *b, const char *id, const char *exec_id, task_status status, uint32_t pid,
                  uint32_t exit_status);
void expect_events(bench *b, const char *expected);
void expect_calls(bench *b, const char *expected);

#endif
