/* SPDX-License-Identifier: MIT */
/* Out of memory, at every single allocation: reported, nothing leaked, nothing half done. */
#include "tests/unit/memory.h"

#include "base/error.h"
#include "shim/ttrpc/frame.h"
#include "shim/wire/task.pb.h"
#include "shim/wire/ttrpc.pb.h"
#include "tests/unit/shim/task/fake_backend.h"
#include "tests/unit/status.h"

static wcow_error err;

/* Runs it with each of its allocations failing in turn, until none is left to fail. */
static void starve(wcow_status (*run)(void), size_t least)
{
    size_t nth = 0;

    for (;;) {
        wcow_status status;

        err = (wcow_error)WCOW_ERROR_INIT;
        memory_fail_nth(++nth);
        status = run();
        if (!memory_failed()) {
            assert_ok(&err, status);
            break;
        }
        if (status != WCOW_NO_MEMORY && status != WCOW_OK) /* the fake's own notes may fail */
            fail_msg("allocation %zu failed, and it was %s", nth, wcow_status_name(status));
    }
    assert_true(nth > least);
}

static void forget(void *context, const task_end *end)
{
    (void)context;
    (void)end;
}

static void drop(void *context)
{
    (void)context;
}

static wcow_status live(task_pod *pod, fake_backend *f)
{
    const task_wish first = {"web", "", "C:\\b", false, "i", "o", "e", NULL};
    const task_wish added = {"web", "e1", "", true, "i", "o", "", NULL};
    const task_waiter waiter = {NULL, forget, drop};
    task_end end;
    uint32_t pid;
    wcow_status status = task_create(pod, &first, &err);

    if (!status)
        status = task_start(pod, "web", "", &pid, &err);
    if (!status)
        status = task_create(pod, &added, &err);
    if (!status)
        status = task_wait(pod, "web", "e1", 1, &waiter, &err);
    if (!status)
        status = task_start(pod, "web", "e1", &pid, &err);
    if (status)
        return status;
    fake_end(f, "web", "e1", 0);
    fake_finish(f, "web", "e1");
    return task_delete(pod, "web", "e1", &end, &err);
}

static wcow_status live_and_die(void)
{
    static fake_backend f;
    task_pod *pod;
    wcow_status status;

    fake_backend_init(&f);
    pod = task_pod_new("web", false, &f.table);
    status = pod ? live(pod, &f) : error_no_memory(&err);
    task_pod_free(pod);
    fake_backend_free(&f); /* all of it was released */
    return status;
}

static void tasks_live_without_memory_or_say_so(void **state)
{
    (void)state;
    starve(live_and_die, 10);
}

static wcow_status build_frame(void)
{
    cleanup_text text payload = TEXT_INIT;
    cleanup_text text frame = TEXT_INIT;
    task_create_request create = {.id = wire_text("web"), .bundle = wire_text("C:\\bundle")};
    ttrpc_request request = {.service = wire_text("s"), .method = wire_text("m")};
    wcow_status status = wire_encode(task_create_request_fields, &create, &payload, &err);

    request.payload = wire_of(&payload);
    if (!status)
        status = ttrpc_frame_add(&frame, 1, TTRPC_REQUEST, ttrpc_request_fields, &request, &err);
    return status;
}

static void frames_are_built_whole_or_not_at_all(void **state)
{
    (void)state;
    starve(build_frame, 2);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(tasks_live_without_memory_or_say_so),
        cmocka_unit_test(frames_are_built_whole_or_not_at_all),
    };

    memory_hook();
    return cmocka_run_group_tests(tests, NULL, NULL);
}
