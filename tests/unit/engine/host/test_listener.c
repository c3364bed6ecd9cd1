/* SPDX-License-Identifier: MIT */
/* Whoever is told through <wcow/image.h>: of events by a blob's twelve digits, of steps as they
 * are. */
#include "engine/host/listener.h"

#include <stdio.h>
#include <string.h>

#include "tests/unit/status.h"

#define DIGEST "sha256:0123456789abcdef0123456789abcdef0123456789abcdef0123456789abcdef"

typedef struct heard {
    char line[128];
    bool goes_on;
} heard;

static wcow_error err;

static bool hear_event(void *context, const wcow_transfer *event)
{
    heard *h = context;

    snprintf(h->line, sizeof h->line, "%s: %s %u/%u", event->id ? event->id : "-", event->status,
             (unsigned)event->done, (unsigned)event->total);
    return h->goes_on;
}

static bool hear_step(void *context, const char *what, uint64_t done, uint64_t total)
{
    heard *h = context;

    snprintf(h->line, sizeof h->line, "%s %u/%u", what, (unsigned)done, (unsigned)total);
    return h->goes_on;
}

static void events_show_a_blob_by_twelve_digits_and_all_else_as_it_is(void **state)
{
    heard h = {.goes_on = true};
    cleanup_listener listener l = {.open = false};

    (void)state;
    assert_ok(&err, listener_open(&l, hear_event, NULL, &h, &err));
    assert_ok(&err, progress_tell(&l.sink, DIGEST, "Downloading", 1, 2, &err));
    assert_string_equal(h.line, "0123456789ab: Downloading 1/2");
    assert_ok(&err, progress_tell(&l.sink, "latest", "Pulling", 0, 0, &err));
    assert_string_equal(h.line, "latest: Pulling 0/0");
    assert_ok(&err, progress_tell(&l.sink, NULL, "Digest: x", 0, 0, &err));
    assert_string_equal(h.line, "-: Digest: x 0/0");
}

static void steps_name_the_whole_thing(void **state)
{
    heard h = {.goes_on = true};
    cleanup_listener listener l = {.open = false};

    (void)state;
    assert_ok(&err, listener_open(&l, NULL, hear_step, &h, &err));
    assert_ok(&err, progress_tell(&l.sink, DIGEST, "Extracting", 3, 4, &err));
    assert_string_equal(h.line, DIGEST " 3/4");
}

static void either_of_them_can_cancel(void **state)
{
    heard h = {.goes_on = false};
    cleanup_listener listener events = {.open = false};
    cleanup_listener listener steps = {.open = false};

    (void)state;
    assert_ok(&err, listener_open(&events, hear_event, NULL, &h, &err));
    assert_ok(&err, listener_open(&steps, NULL, hear_step, &h, &err));
    assert_fails(&err, WCOW_CANCELLED, "cancelled",
                 progress_tell(&events.sink, DIGEST, "Downloading", 1, 2, &err));
    assert_fails(&err, WCOW_CANCELLED, "cancelled",
                 progress_tell(&steps.sink, DIGEST, "Extracting", 1, 2, &err));
}

static void where_nobody_listens_all_goes_on(void **state)
{
    cleanup_listener listener l = {.open = false};

    (void)state;
    err = (wcow_error)WCOW_ERROR_INIT;
    assert_ok(&err, listener_open(&l, NULL, NULL, NULL, &err));
    assert_ok(&err, progress_tell(&l.sink, DIGEST, "Downloading", 1, 2, &err));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(events_show_a_blob_by_twelve_digits_and_all_else_as_it_is),
        cmocka_unit_test(steps_name_the_whole_thing),
        cmocka_unit_test(either_of_them_can_cancel),
        cmocka_unit_test(where_nobody_listens_all_goes_on),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
