/* SPDX-License-Identifier: MIT */
#include "base/progress.h"

#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>
#include <string.h>

#include "base/error.h"
#include "tests/unit/status.h"

/* What was told, and when to say no. */
typedef struct hearer {
    unsigned calls;
    unsigned refuse_at; /* 0: never */
    char last[64];
} hearer;

static wcow_error err;

static bool hear(void *context, const char *what, const char *doing, uint64_t done, uint64_t total)
{
    hearer *h = context;

    snprintf(h->last, sizeof h->last, "%s %s %u/%u", what ? what : "-", doing, (unsigned)done,
             (unsigned)total);
    return ++h->calls != h->refuse_at;
}

static int start(void **state)
{
    (void)state;
    err = (wcow_error)WCOW_ERROR_INIT;
    return 0;
}

static void a_step_is_told_as_it_is(void **state)
{
    hearer h = {0};
    progress_sink sink;

    (void)state;
    assert_ok(&err, progress_open(&sink, hear, &h, &err));
    assert_ok(&err, progress_tell(&sink, "layer", "Downloading", 1, 2, &err));
    assert_string_equal(h.last, "layer Downloading 1/2");
    assert_ok(&err, progress_tell(&sink, NULL, "a line", 0, 0, &err));
    assert_string_equal(h.last, "- a line 0/0");
    progress_close(&sink);
}

static void who_said_no_is_not_asked_again(void **state)
{
    hearer h = {.refuse_at = 2};
    progress_sink sink;

    (void)state;
    assert_ok(&err, progress_open(&sink, hear, &h, &err));
    assert_ok(&err, progress_tell(&sink, "a", "x", 0, 0, &err));
    assert_ok(&err, progress_check(&sink, &err));
    assert_fails(&err, WCOW_CANCELLED, "cancelled", progress_tell(&sink, "b", "x", 0, 0, &err));
    assert_fails(&err, WCOW_CANCELLED, "cancelled", progress_tell(&sink, "c", "x", 0, 0, &err));
    assert_fails(&err, WCOW_CANCELLED, "cancelled", progress_check(&sink, &err));
    assert_int_equal(h.calls, 2);
    progress_close(&sink);
}

static void what_is_muted_is_not_told_of_and_goes_on(void **state)
{
    hearer h = {0};
    progress_sink sink;

    (void)state;
    assert_ok(&err, progress_open(&sink, hear, &h, &err));
    sink.muted = "config";
    assert_ok(&err, progress_tell(&sink, "config", "x", 0, 0, &err));
    assert_int_equal(h.calls, 0);
    assert_ok(&err, progress_tell(&sink, NULL, "x", 0, 0, &err));
    sink.muted = NULL;
    assert_ok(&err, progress_tell(&sink, "config", "x", 0, 0, &err));
    assert_int_equal(h.calls, 2);
    progress_close(&sink);
}

static void one_that_failed_ends_the_others_until_all_have_ended(void **state)
{
    progress_sink sink;

    (void)state;
    assert_ok(&err, progress_open(&sink, NULL, NULL, &err));
    progress_abandon(&sink, true);
    assert_fails(&err, WCOW_CANCELLED, "cancelled", progress_check(&sink, &err));
    assert_fails(&err, WCOW_CANCELLED, "cancelled", progress_tell(&sink, "a", "x", 0, 0, &err));
    progress_abandon(&sink, false);
    assert_ok(&err, progress_check(&sink, &err));
    assert_ok(&err, progress_tell(&sink, "a", "x", 0, 0, &err));
    progress_close(&sink);
}

static void nobody_never_cancels(void **state)
{
    (void)state;
    assert_ok(&err, progress_tell(NULL, "a", "x", 0, 0, &err));
    assert_ok(&err, progress_check(NULL, &err));
    progress_abandon(NULL, true);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup(a_step_is_told_as_it_is, start),
        cmocka_unit_test_setup(who_said_no_is_not_asked_again, start),
        cmocka_unit_test_setup(what_is_muted_is_not_told_of_and_goes_on, start),
        cmocka_unit_test_setup(one_that_failed_ends_the_others_until_all_have_ended, start),
        cmocka_unit_test_setup(nobody_never_cancels, start),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
