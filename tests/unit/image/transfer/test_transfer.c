/* SPDX-License-Identifier: MIT */
/* Pulls and pushes: what is asked of a registry, and what happens when anything of it fails. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

#include "image/store/blob.h"
#include "tests/unit/image/transfer_fixture.h"

/* ---- requests ---- */

static void a_pull_brings_everything_and_again_it_makes_one_request(void **state)
{
    cleanup_free char *journal = NULL;
    fetch_result result = {"", false};

    (void)state;
    assert_ok(&err, pull(&result));
    assert_true(result.fresh);
    assert_int_equal(fake_registry_requests(there), 4); /* manifest, config, two layers */
    assert_int_equal(sound_blobs(&target), sound_blobs(&store));
    fake_registry_restart_journal(there);
    assert_ok(&err, pull(&result));
    assert_false(result.fresh);
    journal = fake_registry_journal(there);
    assert_string_equal(journal, "GET /v2/x/manifests/1\n");
}

static void a_download_goes_on_where_it_was_cut(void **state)
{
    (void)state;
    fake_registry_fail(there, FAULT_HALF, 3, false);
    assert_ok(&err, pull(NULL));
    assert_int_equal(fake_registry_asked(there, " bytes="), 1);
    assert_int_equal(fake_registry_requests(there), 5);
}

/* Each attempt brings something, and none gets further than the one before. */
static void downloads_that_always_begin_anew_end(void **state)
{
    (void)state;
    there->no_ranges = true;
    fake_registry_fail(there, FAULT_HALF, 3, true);
    assert_int_equal(pull(NULL), WCOW_UNAVAILABLE);
    assert_true(fake_registry_requests(there) <= 2 + 3 * REGISTRY_ATTEMPTS);
}

static void a_busy_registry_is_not_waited_for_longer_than_the_limit(void **state)
{
    (void)state;
    /* It asks for a second each time, and the limit is two milliseconds. */
    fake_registry_fail(there, FAULT_429, 1, true);
    assert_int_equal(pull(NULL), WCOW_UNAVAILABLE);
    assert_non_null(strstr(err.message, "x:1: toomanyrequests: too many requests"));
    assert_int_equal(fake_registry_requests(there), REGISTRY_ATTEMPTS);
}

/* By its whole name: of "x" alone nobody knows which registry was silent. */
static void an_image_without_an_answer_is_named_as_it_was_asked_for(void **state)
{
    cleanup_free char *familiar = reference_familiar(pushed);
    cleanup_free char *expected = text_format("cannot pull %s: ", familiar);

    (void)state;
    fake_registry_fail(there, FAULT_CUT, 1, true);
    assert_int_equal(pull(NULL), WCOW_UNAVAILABLE);
    assert_non_null(strstr(familiar, "127.0.0.1:"));
    assert_ptr_equal(strstr(err.message, expected), err.message);
}

/* ---- uploads ---- */

static void long_blobs_go_in_pieces(void **state)
{
    (void)state;
    chunk = 4; /* each layer has nine bytes, the config more */
    assert_ok(&err, push());
    assert_true(registry_is_complete());
    assert_true(fake_registry_asked(there, "PATCH ") >= 6);
    assert_int_equal(fake_registry_asked(there, "PUT /v2/x/blobs/uploads/"), 3);
}

static void short_blobs_go_whole(void **state)
{
    (void)state;
    assert_ok(&err, push());
    assert_true(registry_is_complete());
    assert_int_equal(fake_registry_asked(there, "PATCH "), 0);
}

/* HEAD, POST, PATCH 0-3, PATCH 4-7 of which two bytes arrive. */
static void an_upload_goes_on_where_it_was_cut(void **state)
{
    (void)state;
    chunk = 4;
    fake_registry_fail(there, FAULT_HALF, 4, false);
    assert_ok(&err, push());
    assert_true(registry_is_complete());
    assert_int_equal(fake_registry_asked(there, "POST "), 3);
    assert_int_equal(fake_registry_asked(there, "GET /v2/x/blobs/uploads/0"), 1);
    /* From byte 6 on it is one piece more: 0-3, 4-7 (cut), 6-8. */
    assert_int_equal(fake_registry_asked(there, "PATCH /v2/x/blobs/uploads/0"), 3);
}

static void an_upload_that_is_forgotten_begins_anew(void **state)
{
    (void)state;
    chunk = 4;
    there->forgetful = true;
    fake_registry_fail(there, FAULT_HALF, 4, false);
    assert_ok(&err, push());
    assert_true(registry_is_complete());
    assert_int_equal(fake_registry_asked(there, "POST "), 4);
}

static void a_registry_without_pieces_gets_blobs_whole(void **state)
{
    (void)state;
    chunk = 4;
    there->no_pieces = true;
    assert_ok(&err, push());
    assert_true(registry_is_complete());
    assert_int_equal(fake_registry_asked(there, "PATCH "), 3); /* one try a blob */
}

static void a_registry_that_takes_less_than_it_got_gets_the_rest(void **state)
{
    (void)state;
    chunk = 4;
    there->takes_halves = true;
    assert_ok(&err, push());
    assert_true(registry_is_complete());
    assert_int_equal(fake_registry_asked(there, "POST "), 3);
}

static void uploads_that_are_always_forgotten_end(void **state)
{
    (void)state;
    chunk = 4;
    fake_registry_fail(there, FAULT_416, 4, true);
    assert_int_equal(push(), WCOW_FAILED);
    assert_true(fake_registry_requests(there) <= 4 + 5 * REGISTRY_ATTEMPTS);
}

/* The registry finished it, and the answer was lost. */
static void a_blob_whose_last_answer_was_lost_is_not_sent_again(void **state)
{
    (void)state;
    there->lose_puts = 1;
    assert_ok(&err, push());
    assert_true(registry_is_complete());
    assert_int_equal(fake_registry_asked(there, "PUT /v2/x/blobs/uploads/0"), 1);
    assert_int_equal(fake_registry_asked(there, "POST "), 3);
}

/* ---- everything that can fail ---- */

static bool is_network(wcow_status status)
{
    return status == WCOW_UNAVAILABLE || status == WCOW_CORRUPT || status == WCOW_DENIED ||
           status == WCOW_NOT_FOUND || status == WCOW_INVALID || status == WCOW_FAILED;
}

/* A completed pull, or an error and a store without that image; then it works. */
static void pull_under_fault(registry_fault fault, size_t nth, bool forever, size_t whole)
{
    cleanup_image image *one = NULL;
    cleanup_free char *name = reference_canonical(pushed);
    wcow_status status;

    fresh_target();
    fake_registry_fail(there, fault, nth, forever);
    status = pull(NULL);
    if (status && (!is_network(status) || !*err.message || err.status != status))
        fail_msg("%s at request %zu: %d '%s'", registry_fault_names[fault], nth, status,
                 err.message);
    if (!status && sound_blobs(&target) != whole)
        fail_msg("%s at request %zu: a pull that is not whole", registry_fault_names[fault], nth);
    (void)sound_blobs(&target);
    assert_true((image_store_open(&target, name, &one, NULL) == WCOW_OK) == (status == WCOW_OK));
    assert_int_equal(files.open, 0);
    if (forever && fake_registry_faults(there) && !status)
        fail_msg("%s from request %zu on: it did not fail", registry_fault_names[fault], nth);
}

static void pull_recovers(size_t whole)
{
    fake_registry_fail(there, FAULT_CUT, 0, false);
    assert_ok(&err, pull(NULL));
    assert_int_equal(sound_blobs(&target), whole);
}

static void any_request_of_a_pull_may_fail(void **state)
{
    const size_t whole = sound_blobs(&store);
    size_t points = 0;

    (void)state;
    for (int fault = 0; fault < FAULT_COUNT; fault++) {
        for (size_t nth = 1; nth <= 8; nth++) { /* there are four, once and for ever */
            const bool forever = nth > 4;

            /* An answer cut in half goes on with the next half, and so ends well. */
            there->no_ranges = forever && fault == FAULT_HALF;
            pull_under_fault((registry_fault)fault, forever ? nth - 4 : nth, forever, whole);
            assert_true(fake_registry_faults(there) > 0);
            points++;
            pull_recovers(whole);
        }
    }
    print_message("%zu failing requests of a pull\n", points);
}

static void any_file_call_of_a_pull_may_fail(void **state)
{
    const size_t whole = sound_blobs(&store);
    size_t points = 0;
    bool failed = true;

    (void)state;
    while (failed) {
        wcow_status status;

        fresh_target();
        faulty_files_fail(&files, points + 1);
        status = pull(NULL);
        failed = files.failed > 0;
        faulty_files_fail(&files, 0);
        points += failed;
        if (status && !*err.message)
            fail_msg("file call %zu fails without a word", points);
        assert_true(failed || status == WCOW_OK);
        assert_int_equal(files.open, 0);
        (void)sound_blobs(&target);
        assert_ok(&err, pull(NULL));
        assert_int_equal(sound_blobs(&target), whole);
    }
    print_message("%zu failing file calls of a pull\n", points);
}

/* A pull that dies at the nth of its calls: none of those that follow does anything. False: it had
 * fewer. */
static bool pull_and_die(size_t nth)
{
    wcow_status status;
    bool died;

    files.stay_dead = true;
    faulty_files_fail(&files, nth);
    status = pull(NULL);
    died = files.failed > 0;
    faulty_files_fail(&files, 0);
    files.stay_dead = false;
    assert_true(died || status == WCOW_OK);
    assert_int_equal(files.open, 0);
    return died;
}

static void any_file_call_of_a_pull_may_be_its_last(void **state)
{
    cleanup_free char *image_name = reference_canonical(pushed);
    const size_t whole = sound_blobs(&store);
    size_t points = 0;

    (void)state;
    while (pull_and_die(points + 1)) {
        cleanup_image image *one = NULL;

        points++;
        (void)sound_blobs(&target);
        /* It is either there with all that belongs to it, or not there. */
        if (image_store_open(&target, image_name, &one, &err) == WCOW_OK)
            assert_int_equal(sound_blobs(&target), whole);
        else
            assert_int_equal(err.status, WCOW_NOT_FOUND);
        assert_ok(&err, pull(NULL));
        assert_int_equal(sound_blobs(&target), whole);
        fresh_target();
    }
    print_message("%zu places to kill a pull at\n", points);
}

static void push_under_fault(registry_fault fault, size_t nth, bool forever)
{
    wcow_status status;

    fake_registry_empty(there);
    fake_registry_fail(there, fault, nth, forever);
    status = push();
    if (status && (!is_network(status) || !*err.message || err.status != status))
        fail_msg("%s at request %zu: %d '%s'", registry_fault_names[fault], nth, status,
                 err.message);
    if (!status && !registry_is_complete())
        fail_msg("%s at request %zu: a push that is not whole", registry_fault_names[fault], nth);
    assert_int_equal(files.open, 0);
}

static void any_request_of_a_push_may_fail(void **state)
{
    static const struct {
        uint64_t chunk; /* 100: the config goes in three pieces */
        bool forgetful, forever;
    } kinds[] = {{100, false, false}, {100, true, false}, {SEND_CHUNK, false, true}};
    size_t points = 0;

    (void)state;
    for (int fault = 0; fault < FAULT_COUNT; fault++) {
        for (size_t kind = 0; kind < sizeof(kinds) / sizeof(kinds[0]); kind++) {
            chunk = kinds[kind].chunk;
            there->forgetful = kinds[kind].forgetful;
            for (size_t nth = 1;; nth++) {
                push_under_fault((registry_fault)fault, nth, kinds[kind].forever);
                if (!fake_registry_faults(there))
                    break;
                points++;
            }
        }
        fake_registry_fail(there, FAULT_CUT, 0, false);
        assert_ok(&err, push());
        assert_true(registry_is_complete());
    }
    print_message("%zu failing requests of a push\n", points);
}

static void any_file_call_of_a_push_may_fail(void **state)
{
    size_t points = 0;
    bool failed = true;

    (void)state;
    chunk = 100;
    while (failed) {
        wcow_status status;

        fake_registry_empty(there);
        faulty_files_fail(&files, points + 1);
        status = push();
        failed = files.failed > 0;
        faulty_files_fail(&files, 0);
        points += failed;
        assert_true(status != WCOW_OK || registry_is_complete());
        assert_true(status == WCOW_OK || *err.message);
        assert_int_equal(files.open, 0);
    }
    print_message("%zu failing file calls of a push\n", points);
}

int main(void)
{
#define PULL(name) cmocka_unit_test_setup_teardown(name, start_pulls, stop_transfers)
#define PUSH(name) cmocka_unit_test_setup_teardown(name, start_transfers, stop_transfers)
    const struct CMUnitTest tests[] = {
        PULL(a_pull_brings_everything_and_again_it_makes_one_request),
        PULL(a_download_goes_on_where_it_was_cut),
        PULL(downloads_that_always_begin_anew_end),
        PULL(a_busy_registry_is_not_waited_for_longer_than_the_limit),
        PULL(an_image_without_an_answer_is_named_as_it_was_asked_for),
        PUSH(long_blobs_go_in_pieces),
        PUSH(short_blobs_go_whole),
        PUSH(an_upload_goes_on_where_it_was_cut),
        PUSH(an_upload_that_is_forgotten_begins_anew),
        PUSH(a_registry_without_pieces_gets_blobs_whole),
        PUSH(a_registry_that_takes_less_than_it_got_gets_the_rest),
        PUSH(uploads_that_are_always_forgotten_end),
        PUSH(a_blob_whose_last_answer_was_lost_is_not_sent_again),
        PULL(any_request_of_a_pull_may_fail),
        PULL(any_file_call_of_a_pull_may_fail),
        PULL(any_file_call_of_a_pull_may_be_its_last),
        PUSH(any_request_of_a_push_may_fail),
        PUSH(any_file_call_of_a_push_may_fail),
    };

    return cmocka_run_group_tests_name("image/transfer", tests, NULL, NULL);
}
