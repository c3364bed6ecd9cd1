/* SPDX-License-Identifier: MIT */
/* Scratch layers: the order of calls, the retry rule, recovery of mounted ones. */
#include "tests/unit/status.h"

#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

#include "base/error.h"
#include "base/path.h"
#include "layer/store/scratch.h"
#include "tests/unit/support/faulty_files.h"
#include "tests/unit/support/recording_storage.h"

static wcow_error err;
static files_port *platform;
static faulty_files files;
static recording_storage storage;
static char *root;
static char *path;
static layer_store store;
static layer_descriptor parent = {.path = "/layers/base"};
static layer_chain parents = {&parent, 1};

static int start(void **state)
{
    cleanup_free char *layers = NULL;

    (void)state;
    err = (wcow_error)WCOW_ERROR_INIT;
    files_port_open(&platform);
    faulty_files_init(&files, platform);
    recording_storage_init(&storage);
    root = make_temporary_folder();
    layers = path_join(root, "layers");
    mkdir(layers, 0777);
    path = path_join(root, "box");
    store = (layer_store){&files.port, &storage.port, root};
    return 0;
}

static int stop(void **state)
{
    (void)state;
    remove_tree(root);
    free(root);
    free(path);
    recording_storage_clear(&storage);
    platform->free(platform);
    return files.open == 0 && storage.active == 0 ? 0 : -1;
}

static bool is_there(const char *suffix)
{
    cleanup_free char *name = text_format("%s%s", path, suffix);
    file_info info;

    return HR_SUCCEEDED(platform->info(platform, name, &info));
}

static void it_is_created_mounted_unmounted_and_destroyed(void **state)
{
    cleanup_free char *volume = NULL;

    (void)state;
    assert_ok(&err, scratch_create(&store, path, &parents, 0, &err));
    assert_true(is_there(""));
    assert_ok(&err, scratch_mount(&store, path, &parents, &volume, &err));
    assert_string_equal(volume, "\\\\?\\Volume{0}\\");
    assert_ok(&err, scratch_unmount(&store, path, &err));
    assert_ok(&err, scratch_destroy(&store, path, &err));
    assert_false(is_there(""));
    assert_false(is_there("-removing"));
    assert_string_equal(storage.journal.data, "CreateSandboxLayer box\n"
                                              "ActivateLayer box\n"
                                              "PrepareLayer box\n"
                                              "GetLayerMountPath box\n"
                                              "UnprepareLayer box\n"
                                              "DeactivateLayer box\n"
                                              "GetLayerMountPath box\n"
                                              "DestroyLayer box-removing\n");
}

static void a_volume_s_root_has_a_separator_whatever_the_service_says(void **state)
{
    (void)state;
    for (int bare = 0; bare < 2; bare++) {
        cleanup_free char *volume = NULL;

        storage.bare_volumes = bare;
        assert_ok(&err, scratch_create(&store, path, &parents, 0, &err));
        assert_ok(&err, scratch_mount(&store, path, &parents, &volume, &err));
        assert_string_equal(volume, "\\\\?\\Volume{0}\\");
        assert_ok(&err, scratch_unmount(&store, path, &err));
        assert_ok(&err, scratch_destroy(&store, path, &err));
    }
}

static void a_size_grows_it(void **state)
{
    (void)state;
    assert_ok(&err, scratch_create(&store, path, &parents, 1 << 30, &err));
    assert_non_null(strstr(storage.journal.data, "ExpandSandboxSize box\n"));
}

/* A folder is what GetLayerMountPath gives of a read-only layer; some give it without its
 * backslash. */
static void only_a_volume_is_a_place_to_run_in(void **state)
{
    static const struct {
        const char *answer, *told;
        bool fine;
    } cases[] = {
        {"\\\\?\\Volume{1}\\", NULL, true},
        {"\\\\?\\Volume{1}", NULL, true},
        {"", "the service gave it no volume", false},
        {"C:\\layers\\x", "the service gave it no volume, but C:\\layers\\x", false},
        {"\\\\?\\C:\\x", "the service gave it no volume, but \\\\?\\C:\\x", false},
    };

    (void)state;
    assert_ok(&err, scratch_create(&store, path, &parents, SCRATCH_SIZE, &err));
    for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
        cleanup_free char *volume = NULL;

        storage.mount_path = cases[i].answer;
        if (cases[i].fine) {
            assert_ok(&err, scratch_mount(&store, path, &parents, &volume, &err));
            assert_string_equal(volume, "\\\\?\\Volume{1}\\");
            assert_ok(&err, scratch_unmount(&store, path, &err));
        } else {
            assert_int_equal(scratch_mount(&store, path, &parents, &volume, &err), WCOW_FAILED);
            assert_true(text_ends_with(err.message, cases[i].told));
            assert_null(volume);
        }
        assert_int_equal(storage.active, 0);
    }
}

static void a_failed_creation_leaves_nothing(void **state)
{
    (void)state;
    storage.fail_call = "ExpandSandboxSize";
    storage.fail_count = 1;
    assert_int_equal(scratch_create(&store, path, &parents, 1 << 30, &err), WCOW_DENIED);
    assert_non_null(strstr(err.message, "cannot create scratch layer '"));
    assert_non_null(strstr(err.message, "ExpandSandboxSize"));
    assert_false(is_there(""));
}

static void a_volume_that_is_not_ready_is_tried_again(void **state)
{
    cleanup_free char *volume = NULL;

    (void)state;
    storage.code = HR_NOT_READY;
    storage.fail_call = "PrepareLayer";
    storage.fail_count = 4;
    assert_ok(&err, scratch_mount(&store, path, &parents, &volume, &err));
    assert_int_equal(storage.calls, 4 * 3 + 3); /* Activate, Prepare, Deactivate; then it works */
    assert_ok(&err, scratch_unmount(&store, path, &err));
}

static void the_fifth_failure_is_final(void **state)
{
    char *volume = NULL;

    (void)state;
    storage.code = HR_DEVICE_NOT_CONNECTED;
    storage.fail_call = "ActivateLayer";
    storage.fail_count = 9;
    assert_int_not_equal(scratch_mount(&store, path, &parents, &volume, &err), WCOW_OK);
    assert_int_equal(err.hresult, HR_DEVICE_NOT_CONNECTED);
    assert_non_null(strstr(err.message, "ActivateLayer"));
    assert_int_equal(storage.calls, 5);
    assert_null(volume);
}

static void other_failures_are_final(void **state)
{
    char *volume = NULL;

    (void)state;
    storage.fail_call = "PrepareLayer";
    storage.fail_count = 1;
    assert_int_equal(scratch_mount(&store, path, &parents, &volume, &err), WCOW_DENIED);
    assert_string_equal(storage.journal.data, "ActivateLayer box\n"
                                              "PrepareLayer box\n"
                                              "DeactivateLayer box\n");
}

static void without_a_volume_it_is_unmounted_again(void **state)
{
    char *volume = NULL;

    (void)state;
    storage.fail_call = "GetLayerMountPath";
    storage.fail_count = 1;
    assert_int_equal(scratch_mount(&store, path, &parents, &volume, &err), WCOW_DENIED);
    assert_null(volume);
    assert_non_null(strstr(storage.journal.data, "UnprepareLayer box\nDeactivateLayer box\n"));
}

static void unmounting_goes_on_after_a_failure(void **state)
{
    cleanup_free char *volume = NULL;

    (void)state;
    assert_ok(&err, scratch_mount(&store, path, &parents, &volume, &err));
    storage.fail_call = "UnprepareLayer";
    storage.fail_count = 1;
    assert_int_equal(scratch_unmount(&store, path, &err), WCOW_DENIED);
    assert_non_null(strstr(err.message, "UnprepareLayer"));
    assert_int_equal(storage.active, 0);
}

static void one_that_is_not_there_is_destroyed_already(void **state)
{
    (void)state;
    assert_ok(&err, scratch_destroy(&store, path, &err));
    assert_int_equal(storage.calls, 0);
}

static void a_mounted_one_is_released_first(void **state)
{
    cleanup_free char *volume = NULL;

    (void)state;
    assert_ok(&err, scratch_create(&store, path, &parents, 0, &err));
    assert_ok(&err, scratch_mount(&store, path, &parents, &volume, &err));
    assert_ok(&err, scratch_destroy(&store, path, &err));
    assert_non_null(strstr(storage.journal.data, "UnprepareLayer box\n"
                                                 "DeactivateLayer box\n"
                                                 "DetachVirtualDisk sandbox.vhdx\n"
                                                 "DestroyLayer box-removing\n"));
    assert_false(is_there(""));
}

static void one_that_is_in_use_is_released_and_tried_again(void **state)
{
    (void)state;
    assert_ok(&err, scratch_create(&store, path, &parents, 0, &err));
    storage.code = HR_SHARING_VIOLATION;
    storage.fail_call = "DestroyLayer";
    storage.fail_count = 2;
    assert_ok(&err, scratch_destroy(&store, path, &err));
    assert_non_null(strstr(storage.journal.data, "DetachVirtualDisk sandbox.vhdx\n"));
    assert_false(is_there(""));
    assert_false(is_there("-removing"));
}

static void one_that_stays_in_use_is_reported_and_kept(void **state)
{
    (void)state;
    assert_ok(&err, scratch_create(&store, path, &parents, 0, &err));
    storage.code = HR_SHARING_VIOLATION;
    storage.fail_call = "DestroyLayer";
    storage.fail_count = 1000;
    assert_int_not_equal(scratch_destroy(&store, path, &err), WCOW_OK);
    assert_non_null(strstr(err.message, "cannot remove scratch layer '"));
    assert_true(is_there(""));
    assert_false(is_there("-removing"));
    storage.fail_count = 0;
    assert_ok(&err, scratch_destroy(&store, path, &err));
    assert_false(is_there(""));
}

static void an_earlier_try_is_finished(void **state)
{
    cleanup_free char *removing = text_format("%s-removing", path);

    (void)state;
    assert_ok(&err, scratch_create(&store, path, &parents, 0, &err));
    mkdir(removing, 0777);
    assert_ok(&err, scratch_destroy(&store, path, &err));
    assert_false(is_there(""));
    assert_false(is_there("-removing"));
}

static void any_failing_call_can_be_repeated(void **state)
{
    size_t points = 0;

    (void)state;
    for (size_t nth = 1;; nth++) {
        wcow_status status;

        assert_ok(&err, scratch_create(&store, path, &parents, 0, &err));
        faulty_files_fail(&files, nth);
        status = scratch_destroy(&store, path, &err);
        if (!files.failed)
            break;
        points++;
        faulty_files_fail(&files, 0);
        if (status)
            assert_ok(&err, scratch_destroy(&store, path, &err));
        assert_false(is_there(""));
        assert_false(is_there("-removing"));
    }
    assert_true(points >= 3);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(it_is_created_mounted_unmounted_and_destroyed, start, stop),
        cmocka_unit_test_setup_teardown(a_volume_s_root_has_a_separator_whatever_the_service_says,
                                        start, stop),
        cmocka_unit_test_setup_teardown(a_size_grows_it, start, stop),
        cmocka_unit_test_setup_teardown(only_a_volume_is_a_place_to_run_in, start, stop),
        cmocka_unit_test_setup_teardown(a_failed_creation_leaves_nothing, start, stop),
        cmocka_unit_test_setup_teardown(a_volume_that_is_not_ready_is_tried_again, start, stop),
        cmocka_unit_test_setup_teardown(the_fifth_failure_is_final, start, stop),
        cmocka_unit_test_setup_teardown(other_failures_are_final, start, stop),
        cmocka_unit_test_setup_teardown(without_a_volume_it_is_unmounted_again, start, stop),
        cmocka_unit_test_setup_teardown(unmounting_goes_on_after_a_failure, start, stop),
        cmocka_unit_test_setup_teardown(one_that_is_not_there_is_destroyed_already, start, stop),
        cmocka_unit_test_setup_teardown(a_mounted_one_is_released_first, start, stop),
        cmocka_unit_test_setup_teardown(one_that_is_in_use_is_released_and_tried_again, start,
                                        stop),
        cmocka_unit_test_setup_teardown(one_that_stays_in_use_is_reported_and_kept, start, stop),
        cmocka_unit_test_setup_teardown(an_earlier_try_is_finished, start, stop),
        cmocka_unit_test_setup_teardown(any_failing_call_can_be_repeated, start, stop),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
