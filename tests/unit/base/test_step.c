/* SPDX-License-Identifier: MIT */
#include "base/step.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

struct told {
    const char *what;
    uint64_t when;
    unsigned times;
};

static void note(void *context, const char *what, uint64_t when)
{
    struct told *told = context;

    *told = (struct told){what, when, told->times + 1};
}

static void a_step_is_told_with_its_time(void **state)
{
    struct told told = {0};
    const step_sink sink = {note, &told};
    const uint64_t before = step_clock();

    (void)state;
    step_done(&sink, "made");
    assert_string_equal("made", told.what);
    assert_in_range(told.when, before, step_clock());
    step_done(&sink, "started");
    assert_string_equal("started", told.what);
    assert_int_equal(2, told.times);
}

static void where_nobody_wants_to_know_nothing_happens(void **state)
{
    const step_sink nobody = {NULL, NULL};

    (void)state;
    step_done(&nobody, "made");
    step_done(NULL, "made");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_step_is_told_with_its_time),
        cmocka_unit_test(where_nobody_wants_to_know_nothing_happens),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
