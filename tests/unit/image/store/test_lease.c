/* SPDX-License-Identifier: MIT */
/* Leases: what somebody relies on stays as long as he lives, and no longer. */
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

#include "image/store/blob.h"
#include "image/store/lease.h"
#include "image/store/stage.h"
#include "tests/unit/image/store_fixture.h"

/* ---- the image that is removed, and the layers of it that somebody needs ---- */

static lease_needs needs;

static int set_up(void **state)
{
    cleanup_image image *i = NULL;

    (void)start(state);
    load_docker("[\"x:1\"]");
    assert_ok(&err, image_store_open(&store, "x:1", &i, &err));
    needs = (lease_needs){STRING_LIST_INIT, STRING_LIST_INIT};
    assert_true(string_list_add(&needs.digests, i->manifest->items[0].digest));
    assert_true(string_list_add(&needs.diff_ids, i->config->diff_ids.items[0]));
    return 0;
}

static int tear_down(void **state)
{
    lease_needs_clear(&needs);
    return stop(state);
}

static blob_stage *lease(void)
{
    blob_stage *stage = NULL;

    assert_ok(&err, stage_open(&store, &stage, &err));
    assert_ok(&err, image_lease_write(stage, &needs, &err));
    return stage;
}

static wcow_status remove_image(void)
{
    cleanup_image_removal image_removal removal = {.deleted = false};

    return image_store_remove(&store, "x:1", REMOVE_IF_CLEAR, &removal, &err);
}

static bool has_leased_blob(void)
{
    cleanup_free char *path =
        text_format("%s/images/blobs/sha256/%s", root, needs.digests.items[0] + 7);

    return access(path, F_OK) == 0;
}

static wcow_status count(void *context, const lease_needs *found, wcow_error *error)
{
    size_t *leases = context;

    (void)error;
    assert_int_equal(found->digests.count, needs.digests.count);
    assert_string_equal(found->digests.items[0], needs.digests.items[0]);
    assert_int_equal(found->diff_ids.count, 1);
    assert_string_equal(found->diff_ids.items[0], needs.diff_ids.items[0]);
    ++*leases;
    return WCOW_OK;
}

static size_t leases(void)
{
    size_t found = 0;

    assert_ok(&err, image_leases_visit(&store, count, &found, &err));
    return found;
}

/* ---- the cases ---- */

static void what_is_leased_outlives_its_image(void **state)
{
    blob_stage *stage = lease();

    (void)state;
    assert_int_equal(leases(), 1);
    assert_ok(&err, remove_image());
    assert_int_equal(blobs(), 1);
    assert_true(has_leased_blob());
    assert_ok(&err, image_store_sweep(&store, &err));
    assert_true(has_leased_blob());
    image_lease_end(stage);
    assert_int_equal(leases(), 0);
    assert_ok(&err, image_store_collect(&store, &err));
    assert_int_equal(blobs(), 0);
    assert_int_equal(files_in("images/ingest"), 0);
}

static void a_lease_holds_what_was_written_last(void **state)
{
    blob_stage *stage = NULL;
    cleanup_strings string_list digests = STRING_LIST_INIT;

    (void)state;
    assert_ok(&err, stage_open(&store, &stage, &err));
    assert_int_equal(leases(), 0); /* who relies on nothing has none */
    assert_ok(&err, image_lease_write(stage, &needs, &err));
    assert_true(string_list_add(&needs.digests, "sha256:else"));
    assert_ok(&err, image_lease_write(stage, &needs, &err));
    assert_int_equal(leases(), 1);
    assert_ok(&err, image_leased_digests(&store, &digests, &err));
    assert_int_equal(digests.count, 2);
    assert_string_equal(digests.items[1], "sha256:else");
    image_lease_end(stage);
}

static void two_leases_of_one_blob_end_with_the_second(void **state)
{
    blob_stage *first = lease();
    blob_stage *second = lease();
    cleanup_strings string_list digests = STRING_LIST_INIT;

    (void)state;
    assert_int_equal(leases(), 2);
    assert_ok(&err, image_leased_digests(&store, &digests, &err));
    assert_int_equal(digests.count, 1);
    image_lease_end(first);
    assert_ok(&err, remove_image());
    assert_true(has_leased_blob());
    image_lease_end(second);
}

static void a_lease_ends_with_the_process_that_has_it(void **state)
{
    const pid_t child = fork();
    int ended = 0;

    (void)state;
    assert_true(child >= 0);
    if (child == 0) {
        (void)lease();
        _exit(leases() == 1 ? 0 : 1);
    }
    assert_int_equal(waitpid(child, &ended, 0), child);
    assert_int_equal(ended, 0);
    assert_int_equal(files_in("images/ingest"), 2); /* its folder and its lock */
    assert_int_equal(leases(), 0);
    assert_ok(&err, remove_image());
    assert_int_equal(blobs(), 0);
    assert_ok(&err, image_store_sweep(&store, &err));
    assert_int_equal(files_in("images/ingest"), 0);
}

/* Nobody knows what its owner relies on: so nothing goes. */
static void a_lease_that_cannot_be_read_stops_removals(void **state)
{
    static const char *const damaged[] = {"", "{", "[]{", "{\"digests\":[1]}", "{\"diffIds\":{}}"};
    blob_stage *stage = NULL;

    (void)state;
    assert_ok(&err, stage_open(&store, &stage, &err));
    for (size_t i = 0; i < sizeof(damaged) / sizeof(damaged[0]); i++) {
        assert_ok(&err, stage_note(stage, damaged[i], strlen(damaged[i]), &err));
        assert_int_equal(image_store_collect(&store, &err), WCOW_CORRUPT);
        assert_true(has_leased_blob());
    }
    image_lease_end(stage);
    assert_ok(&err, image_store_collect(&store, &err));
}

static void whatever_fails_a_leased_blob_is_not_removed(void **state)
{
    blob_stage *stage = lease();
    size_t points = 0;
    bool failed = true;

    (void)state;
    assert_ok(&err, remove_image());
    while (failed) {
        wcow_status status;

        faulty_files_fail(&files, points + 1);
        status = image_store_sweep(&store, &err);
        failed = files.failed > 0;
        faulty_files_fail(&files, 0);
        points += failed;
        assert_true(failed || status == WCOW_OK);
        assert_true(has_leased_blob());
        assert_int_equal(leases(), 1);
    }
    print_message("%zu failing file calls of a sweep\n", points);
    assert_true(points > 10);
    image_lease_end(stage);
}

static void a_lease_that_cannot_be_written_is_told_and_leaves_nothing(void **state)
{
    size_t points = 0;
    bool failed = true;

    (void)state;
    while (failed) {
        blob_stage *stage = NULL;
        wcow_status status;

        err = (wcow_error)WCOW_ERROR_INIT;
        faulty_files_fail(&files, points + 1);
        status = stage_open(&store, &stage, &err);
        if (!status)
            status = image_lease_write(stage, &needs, &err);
        failed = files.failed > 0;
        faulty_files_fail(&files, 0);
        points += failed;
        assert_true(!status == !*err.message);
        assert_true(failed || status == WCOW_OK);
        image_lease_end(stage);
        assert_ok(&err, image_store_sweep(&store, &err));
        assert_int_equal(files_in("images/ingest"), 0);
    }
    assert_true(points > 5);
}

/* ---- an archive that lacks what the store has ---- */

static void remove_owner(void *context)
{
    cleanup_image_removal image_removal removal = {.deleted = false};
    wcow_error error = WCOW_ERROR_INIT;

    *(wcow_status *)context = image_store_remove(&store, "o:1", REMOVE_ANY, &removal, &error);
}

/* At any access to files of the load its owner goes: it comes whole, or not at all. */
static void a_load_of_what_is_removed_meanwhile_is_whole_or_fails(void **state)
{
    cleanup_text text owner = TEXT_INIT;
    cleanup_text text lacking = TEXT_INIT;
    size_t loaded = 0;
    size_t refused = 0;
    bool met = true;

    (void)state;
    oci_archive(&owner, "windows", ",\"annotations\":{\"io.containerd.image.name\":\"o:1\"}",
                "the layer");
    oci_archive(&lacking, "windows", ",\"annotations\":{\"io.containerd.image.name\":\"n:1\"}",
                NULL);
    for (size_t nth = 1; met; nth++) {
        cleanup_loaded_images loaded_images all = LOADED_IMAGES_INIT;
        cleanup_loaded_images loaded_images first = LOADED_IMAGES_INIT;
        cleanup_image_removal image_removal removal = {.deleted = false};
        cleanup_image image *i = NULL;
        wcow_status removed = WCOW_OK;
        wcow_status status;

        assert_ok(&err, load(&owner, &first));
        faulty_files_meet(&files, nth, remove_owner, &removed);
        status = load(&lacking, &all);
        met = files.met;
        faulty_files_meet(&files, 0, NULL, NULL);
        assert_int_equal(removed, WCOW_OK);
        if (status) {
            refused++;
            assert_int_equal(status, WCOW_CORRUPT);
            assert_int_equal(image_store_open(&store, "n:1", &i, NULL), WCOW_NOT_FOUND);
        } else {
            cleanup_free char *bytes = NULL;
            size_t size = 0;

            loaded++;
            assert_ok(&err, image_store_open(&store, "n:1", &i, &err));
            assert_ok(&err,
                      blob_read(&store, i->manifest->items[0].digest, 100, &bytes, &size, &err));
            assert_ok(&err, image_store_remove(&store, i->record.id, REMOVE_ANY, &removal, &err));
        }
    }
    print_message("%zu loads came whole, %zu were refused\n", loaded, refused);
    assert_true(loaded > 2 && refused > 5);
}

/* ---- what is being made has no name yet ---- */

static void what_got_a_name_meanwhile_is_not_removed_as_a_nameless_image(void **state)
{
    cleanup_image image *i = NULL;
    cleanup_image_removal image_removal removal = {.deleted = false};

    (void)state;
    assert_ok(&err, image_store_open(&store, "x:1", &i, &err));
    assert_int_equal(image_store_remove(&store, i->record.id, REMOVE_IF_NAMELESS, &removal, &err),
                     WCOW_CONFLICT);
    assert_int_equal(blobs(), 4);
    load_docker("null");
    assert_ok(&err, image_store_remove(&store, i->record.id, REMOVE_ANY, &removal, &err));
    image_removal_free(&removal);
    load_docker("null");
    assert_ok(&err, image_store_remove(&store, i->record.id, REMOVE_IF_NAMELESS, &removal, &err));
    assert_true(removal.deleted);
    assert_int_equal(blobs(), 0);
}

int main(void)
{
#define TEST(name) cmocka_unit_test_setup_teardown(name, set_up, tear_down)
    const struct CMUnitTest tests[] = {
        TEST(what_is_leased_outlives_its_image),
        TEST(a_lease_holds_what_was_written_last),
        TEST(two_leases_of_one_blob_end_with_the_second),
        TEST(a_lease_ends_with_the_process_that_has_it),
        TEST(a_lease_that_cannot_be_read_stops_removals),
        TEST(whatever_fails_a_leased_blob_is_not_removed),
        TEST(a_lease_that_cannot_be_written_is_told_and_leaves_nothing),
        TEST(a_load_of_what_is_removed_meanwhile_is_whole_or_fails),
        TEST(what_got_a_name_meanwhile_is_not_removed_as_a_nameless_image),
    };

    return cmocka_run_group_tests_name("image/lease", tests, NULL, NULL);
}
