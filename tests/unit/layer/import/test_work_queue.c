/* SPDX-License-Identifier: MIT */
/* Work for several threads: all is done, the earliest failure counts, memory is bounded. */
#include "tests/unit/status.h"

#include <stdatomic.h>
#include <stdlib.h>
#include <string.h>

#include "base/error.h"
#include "layer/import/work_queue.h"
#include "port/clock.h"

#define COUNT 500

static wcow_error err;
static atomic_uint done;
static atomic_uint alive;    /* added, not done */
static atomic_uint greatest; /* of what was alive at a time */

typedef struct job {
    work base;
    unsigned number;
    unsigned pause; /* ms */
    bool fails;
} job;

static wcow_status run_job(work *base, wcow_error *failure)
{
    const job *j = (const job *)base;

    if (j->pause)
        clock_sleep(j->pause);
    done++;
    alive--;
    if (j->fails)
        return error_set(failure, WCOW_CORRUPT, "job %u", j->number);
    return WCOW_OK;
}

static void free_job(work *base)
{
    free(base);
}

static void add(work_queue *queue, unsigned number, unsigned pause, bool fails)
{
    job *j = malloc(sizeof(*j));
    unsigned now;

    assert_non_null(j);
    *j = (job){{.run = run_job, .release = free_job, .size = 100}, number, pause, fails};
    work_queue_add(queue, &j->base);
    now = ++alive;
    if (now < COUNT && now > greatest)
        greatest = now;
}

static work_queue *new_queue(unsigned threads, size_t limit)
{
    work_queue *queue = NULL;

    done = 0;
    alive = 0;
    greatest = 0;
    assert_ok(&err, work_queue_new(threads, limit, &queue, &err));
    return queue;
}

static void all_work_is_done(void **state)
{
    (void)state;
    for (unsigned threads = 0; threads < 5; threads++) {
        cleanup_work_queue work_queue *queue = new_queue(threads, 1 << 20);

        for (unsigned i = 0; i < COUNT; i++)
            add(queue, i, 0, false);
        assert_ok(&err, work_queue_wait(queue, &err));
        assert_int_equal(done, COUNT);
        assert_false(work_queue_failed(queue));
        add(queue, COUNT, 0, false); /* and more after that */
        assert_ok(&err, work_queue_wait(queue, &err));
        assert_int_equal(done, COUNT + 1);
    }
}

/* The first one fails last. */
static void the_earliest_failure_counts(void **state)
{
    (void)state;
    for (unsigned threads = 0; threads < 5; threads++) {
        cleanup_work_queue work_queue *queue = new_queue(threads, 1 << 20);

        add(queue, 0, 0, false);
        add(queue, 1, 20, true);
        add(queue, 2, 0, true);
        add(queue, 3, 5, true);
        assert_int_equal(work_queue_wait(queue, &err), WCOW_CORRUPT);
        assert_string_equal(err.message, "job 1");
        assert_true(work_queue_failed(queue));
    }
}

static void what_comes_after_a_failure_is_dropped(void **state)
{
    (void)state;
    for (unsigned threads = 0; threads < 5; threads++) {
        cleanup_work_queue work_queue *queue = new_queue(threads, 1 << 20);
        unsigned before;

        add(queue, 0, 0, true);
        assert_int_equal(work_queue_wait(queue, NULL), WCOW_CORRUPT);
        before = done;
        for (unsigned i = 1; i < 50; i++)
            add(queue, i, 0, true);
        assert_int_equal(work_queue_wait(queue, &err), WCOW_CORRUPT);
        assert_string_equal(err.message, "job 0");
        assert_int_equal(done, before);
    }
}

static void only_so_much_waits(void **state)
{
    cleanup_work_queue work_queue *queue = new_queue(2, 500);

    (void)state;
    for (unsigned i = 0; i < 60; i++)
        add(queue, i, 1, false);
    assert_ok(&err, work_queue_wait(queue, &err));
    assert_int_equal(done, 60);
    assert_true(greatest <= 8); /* five wait, two run, one was just added */
}

static void a_piece_larger_than_the_limit_is_done_too(void **state)
{
    cleanup_work_queue work_queue *queue = new_queue(2, 10);

    (void)state;
    for (unsigned i = 0; i < 20; i++)
        add(queue, i, 0, false);
    assert_ok(&err, work_queue_wait(queue, &err));
    assert_int_equal(done, 20);
}

static void what_was_not_begun_is_freed_with_the_queue(void **state)
{
    work_queue *queue = new_queue(1, 1 << 20);

    (void)state;
    for (unsigned i = 0; i < 100; i++)
        add(queue, i, 5, false);
    work_queue_free(queue);
    assert_true(done < 100);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(all_work_is_done),
        cmocka_unit_test(the_earliest_failure_counts),
        cmocka_unit_test(what_comes_after_a_failure_is_dropped),
        cmocka_unit_test(only_so_much_waits),
        cmocka_unit_test(a_piece_larger_than_the_limit_is_done_too),
        cmocka_unit_test(what_was_not_begun_is_freed_with_the_queue),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
