/* SPDX-License-Identifier: MIT */
#include "tests/unit/shim/task/bench.h"

#include <stdlib.h>

#include "base/error.h"
#include "tests/unit/status.h"

int bench_set_up(void **state)
{
    bench *b = calloc(1, sizeof(*b));

    if (!b)
        return -1;
    fake_backend_init(&b->backend);
    b->pod = task_pod_new("web", false, &b->backend.table);
    *state = b;
    return b->pod ? 0 : -1;
}

/* A pod of several containers. */
int bench_set_up_pod(void **state)
{
    int failed = bench_set_up(state);
    bench *b = *state;

    if (failed)
        return failed;
    task_pod_free(b->pod);
    b->pod = task_pod_new("web", true, &b->backend.table);
    return b->pod ? 0 : -1;
}

int bench_tear_down(void **state)
{
    bench *b = *state;

    task_pod_free(b->pod);
    fake_backend_free(&b->backend);
    text_free(&b->told);
    free(b);
    return 0;
}

/* ---- what is done ---- */

wcow_status bench_create(bench *b, const char *id, const char *exec_id)
{
    const task_wish wish = {.id = id,
                            .exec_id = exec_id,
                            .bundle = "C:\\bundle",
                            .input = "",
                            .output = "\\\\.\\pipe\\out",
                            .error_output = ""};

    return task_create(b->pod, &wish, &b->err);
}

wcow_status bench_start(bench *b, const char *id, const char *exec_id)
{
    uint32_t pid;

    return task_start(b->pod, id, exec_id, &pid, &b->err);
}

wcow_status bench_destroy(bench *b, const char *id, const char *exec_id)
{
    task_end end;

    return task_delete(b->pod, id, exec_id, &end, &b->err);
}

wcow_status bench_kill(bench *b, const char *id, const char *exec_id, uint32_t number)
{
    return task_kill(b->pod, id, exec_id, number, false, &b->err);
}

void bench_run(bench *b, const char *id, const char *exec_id)
{
    assert_ok(&b->err, bench_create(b, id, exec_id));
    assert_ok(&b->err, bench_start(b, id, exec_id));
}

void bench_end(bench *b, const char *id, const char *exec_id, uint32_t exit_status)
{
    fake_end(&b->backend, id, exec_id, exit_status);
    fake_finish(&b->backend, id, exec_id);
}

static void tell(void *context, const task_end *how)
{
    bench *b = context;

    text_addf(&b->told, "%u|", how->exit_status);
}

static void drop(void *context)
{
    bench *b = context;

    text_add(&b->told, "dropped|");
}

wcow_status bench_wait(bench *b, const char *id, const char *exec_id, uint64_t caller)
{
    const task_waiter waiter = {b, tell, drop};

    return task_wait(b->pod, id, exec_id, caller, &waiter, &b->err);
}

/* ---- what is seen ---- */

void expect_state(bench *b, const char *id, const char *exec_id, task_status status, uint32_t pid,
                  uint32_t exit_status)
{
    task_state is;

    assert_ok(&b->err, task_look(b->pod, id, exec_id, &is, &b->err));
    assert_int_equal(is.status, status);
    assert_int_equal(is.end.pid, pid);
    assert_int_equal(is.end.exit_status, exit_status);
    assert_string_equal(is.output, "\\\\.\\pipe\\out");
    task_state_free(&is);
}

void expect_events(bench *b, const char *expected)
{
    cleanup_free char *events = fake_take_events(&b->backend);

    assert_string_equal(events, expected);
}

void expect_calls(bench *b, const char *expected)
{
    cleanup_free char *calls = fake_take_calls(&b->backend);

    assert_string_equal(calls, expected);
}
