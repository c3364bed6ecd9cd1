/* SPDX-License-Identifier: MIT */
/* Imports that fail: what they leave, and how it goes. */
#include "tests/unit/layer/import_fixture.h"

#include <pthread.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include "base/error.h"
#include "base/path.h"
#include "tests/unit/support/tar_builder.h"

/* After any failure, a second try succeeds, and then there is exactly the layer. */
static void check_after_failure(const char *parent, const char *path, size_t others)
{
    cleanup_layer layer *l = NULL;
    size_t removed;

    faulty_files_fail(&files, 0);
    recording_storage_fail(&storage, 0);
    assert_int_equal(files.open, 0);
    assert_ok(&err, layer_sweep(&store, &removed, &err));
    assert_int_equal(things_in_store(), others);
    assert_ok(&err, import_file(parent, path, &l));
    assert_int_equal(things_in_store(), others + 1);
    assert_ok(&err, layer_destroy(&store, l->id, &err));
    assert_int_equal(things_in_store(), others);
    reopen_platform();
}

static void any_failing_file_call_leaves_no_layer(void **state)
{
    cleanup_layer layer *base = NULL;
    size_t points = 0;

    (void)state;
    assert_ok(&err, import_file(NULL, "data/base.tar", &base));
    storage.on_import = place_files;
    for (size_t nth = 1;; nth++) {
        cleanup_layer layer *l = NULL;
        wcow_status status;

        faulty_files_fail(&files, nth);
        status = import_file(base->id, "data/diff.tar", &l);
        if (!files.failed) {
            assert_int_equal(status, WCOW_OK);
            break;
        }
        points++;
        faulty_files_fail(&files, 0);
        if (status == WCOW_OK) { /* it failed where that does no harm */
            assert_ok(&err, layer_destroy(&store, l->id, &err));
        } else {
            assert_null(l);
            assert_non_null(strstr(err.message, "cannot import layer "));
        }
        check_after_failure(base->id, "data/diff.tar", 1);
    }
    print_message("%zu points of failure\n", points);
    assert_true(points > 100);
}

static void any_failing_service_call_leaves_no_layer(void **state)
{
    cleanup_layer layer *base = NULL;
    size_t points = 0;

    (void)state;
    assert_ok(&err, import_file(NULL, "data/base.tar", &base));
    storage.on_import = place_files;
    for (size_t nth = 1;; nth++) {
        layer *l = NULL;
        wcow_status status;

        recording_storage_fail(&storage, nth);
        status = import_file(base->id, "data/diff.tar", &l);
        if (!storage.failed) {
            layer_free(l);
            break;
        }
        points++;
        assert_int_not_equal(status, WCOW_OK);
        assert_int_equal(err.hresult, HR_ACCESS_DENIED);
        assert_non_null(strstr(err.message, "cannot import layer "));
        check_after_failure(base->id, "data/diff.tar", 1);
    }
    assert_int_equal(points, 3); /* NameToGuid, ImportLayer, ProcessUtilityImage */
}

/* Imports in a process of its own, which dies at the nth call; false if it came to its end. */
static bool import_and_die(const char *parent, const char *path, size_t nth)
{
    pid_t child = fork();
    int result = 0;

    if (child == 0) {
        layer *l = NULL;

        faulty_files_fail(&files, nth);
        files.die = true;
        _exit(import_file(parent, path, &l) == WCOW_OK ? 0 : 1);
    }
    assert_int_equal(waitpid(child, &result, 0), child);
    assert_true(WIFEXITED(result));
    assert_true(WEXITSTATUS(result) == 0 || WEXITSTATUS(result) == FAULTY_FILES_DIED);
    return WEXITSTATUS(result) == FAULTY_FILES_DIED;
}

/* A lock in the way, a folder half made, a layer without its record: none hinders the next import.
 */
static void an_import_killed_anywhere_can_be_repeated(void **state)
{
    cleanup_layer layer *base = NULL;
    size_t points = 0;

    (void)state;
    assert_ok(&err, import_file(NULL, "data/base.tar", &base));
    storage.on_import = place_files;
    for (size_t nth = 1; import_and_die(base->id, "data/diff.tar", nth); nth++) {
        cleanup_layer layer *l = NULL;

        points++;
        assert_ok(&err, import_file(base->id, "data/diff.tar", &l));
        assert_int_equal(things_in_store(), 2);
        assert_ok(&err, layer_destroy(&store, l->id, &err));
        assert_int_equal(things_in_store(), 1);
        reopen_platform();
    }
    print_message("%zu points of death\n", points);
    assert_true(points > 100);
}

static void what_a_killed_import_leaves_is_swept(void **state)
{
    (void)state;
    for (size_t nth = 1; import_and_die(NULL, "data/base.tar", nth); nth++) {
        assert_ok(&err, layer_sweep(&store, NULL, &err));
        assert_int_equal(things_in_store(), 0);
    }
}

#define THREADS 8

static void *import_on_a_thread(void *context)
{
    layer *l = NULL;
    const char *parent = context;
    wcow_error failure = WCOW_ERROR_INIT;
    size_t size;
    cleanup_free char *bytes = data_file("data/base.tar", &size);
    memory_source source;
    layer_id diff_id;
    layer_import_request request = {parent, diff_id, &source.source};

    hash_of(bytes, size, diff_id);
    memory_source_init(&source, bytes, size, 0);
    if (layer_import(&store, &request, &l, &failure))
        return NULL;
    return l;
}

/* The counters of `files` are no atomics, so the platform's own port it is. */
static void imports_at_the_same_time_share_the_work(void **state)
{
    pthread_t threads[THREADS];
    size_t processed = 0;

    (void)state;
    store.files = platform;
    for (size_t i = 0; i < THREADS; i++)
        assert_int_equal(pthread_create(&threads[i], NULL, import_on_a_thread, NULL), 0);
    for (size_t i = 0; i < THREADS; i++) {
        void *l = NULL;

        pthread_join(threads[i], &l);
        assert_non_null(l);
        layer_free(l);
    }
    for (const char *at = storage.journal.data; (at = strstr(at, "ProcessBaseImage")); at++)
        processed++;
    assert_int_equal(processed, 1);
    assert_int_equal(things_in_store(), 1);
}

static void a_half_made_layer_is_swept(void **state)
{
    cleanup_layer layer *base = NULL;
    cleanup_free char *record = NULL;
    cleanup_free char *transport = NULL;
    cleanup_free char *removing = NULL;
    size_t removed = 0;

    (void)state;
    assert_ok(&err, import_file(NULL, "data/base.tar", &base));
    record = path_join(base->path, "layer.json");
    transport = text_format("%s/layers/%.12s-t", root, base->id);
    removing = text_format("%s-removing", base->path);
    assert_int_equal(unlink(record), 0);
    assert_int_equal(mkdir(transport, 0777), 0);
    assert_int_equal(mkdir(removing, 0777), 0);
    assert_int_equal(layer_open(&store, base->id, &(layer *){NULL}, &err), WCOW_NOT_FOUND);
    assert_ok(&err, layer_sweep(&store, &removed, &err));
    assert_int_equal(things_in_store(), 0);
    assert_int_equal(removed, 1);
}

static void a_transport_folder_is_swept_and_its_layer_stays(void **state)
{
    cleanup_layer layer *base = NULL;
    cleanup_free char *transport = NULL;
    size_t removed = 0;

    (void)state;
    assert_ok(&err, import_file(NULL, "data/base.tar", &base));
    transport = text_format("%s/layers/%.12s-t", root, base->id);
    assert_int_equal(mkdir(transport, 0777), 0);
    assert_ok(&err, layer_sweep(&store, &removed, &err));
    assert_int_equal(removed, 1);
    assert_int_equal(things_in_store(), 1);
}

/* An export has one, and no layer. */
static void a_transport_folder_without_a_layer_is_a_leftover(void **state)
{
    cleanup_strings string_list leftovers = STRING_LIST_INIT;
    cleanup_layer layer *base = NULL;
    cleanup_free char *transport = text_format("%s/layers/0123456789ab-t", root);
    cleanup_free char *inner = text_format("%s/file", transport);

    (void)state;
    assert_ok(&err, import_file(NULL, "data/base.tar", &base));
    assert_int_equal(mkdir(transport, 0777), 0);
    assert_int_equal(platform->replace(platform, inner, "12345", 5), HR_OK);
    assert_ok(&err, layer_list_leftovers(&store, &leftovers, &err));
    assert_int_equal(leftovers.count, 1);
    assert_memory_equal(leftovers.items[0], "0123456789ab0000", 16);
    assert_int_equal(layer_leftover_size(&store, leftovers.items[0]), 5);
    assert_ok(&err, layer_destroy(&store, leftovers.items[0], &err));
    assert_int_equal(things_in_store(), 1);
}

static void what_another_process_works_on_is_not_swept(void **state)
{
    cleanup_layer layer *base = NULL;
    cleanup_free char *record = NULL;
    cleanup_free char *lock_path = NULL;
    file_lock *lock = NULL;

    (void)state;
    assert_ok(&err, import_file(NULL, "data/base.tar", &base));
    record = path_join(base->path, "layer.json");
    lock_path = text_format("%s/layers/%.2s.lock", root, base->id);
    assert_int_equal(unlink(record), 0);
    assert_int_equal(platform->lock(platform, lock_path, 0, &lock), HR_OK);
    assert_ok(&err, layer_sweep(&store, NULL, &err));
    assert_int_equal(things_in_store(), 1);
    platform->unlock(platform, lock);
}

static void a_layer_of_a_newer_wcow_is_refused_in_words(void **state)
{
    static const char newer[] = "{\"version\":2}";
    static const char unknown[] = "{\"version\":\"x\"}";
    cleanup_layer layer *base = NULL;
    cleanup_layer layer *again = NULL;
    cleanup_free char *record = NULL;
    cleanup_free char *said = NULL;

    (void)state;
    assert_ok(&err, import_file(NULL, "data/base.tar", &base));
    record = path_join(base->path, "layer.json");
    said = text_format("layer %s: layer.json was written by a newer wcow (format 2, this one knows "
                       "1)",
                       base->id);
    assert_int_equal(platform->replace(platform, record, newer, sizeof newer - 1), HR_OK);
    assert_fails(&err, WCOW_UNSUPPORTED, said, layer_open(&store, base->id, &again, &err));
    assert_int_equal(import_file(NULL, "data/base.tar", &again), WCOW_UNSUPPORTED);
    assert_ok(&err, layer_sweep(&store, NULL, &err));
    assert_int_equal(things_in_store(), 1);
    assert_int_equal(platform->replace(platform, record, unknown, sizeof unknown - 1), HR_OK);
    assert_int_equal(layer_open(&store, base->id, &again, &err), WCOW_CORRUPT);
}

static void layers_are_listed(void **state)
{
    cleanup_layer layer *base = NULL;
    cleanup_strings string_list ids = STRING_LIST_INIT;
    cleanup_strings string_list none = STRING_LIST_INIT;

    (void)state;
    assert_ok(&err, layer_list(&store, &none, &err));
    assert_int_equal(none.count, 0);
    assert_ok(&err, import_file(NULL, "data/base.tar", &base));
    assert_ok(&err, layer_list(&store, &ids, &err));
    assert_int_equal(ids.count, 1);
    assert_string_equal(ids.items[0], base->id);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(any_failing_file_call_leaves_no_layer, start, stop),
        cmocka_unit_test_setup_teardown(any_failing_service_call_leaves_no_layer, start, stop),
        cmocka_unit_test_setup_teardown(an_import_killed_anywhere_can_be_repeated, start, stop),
        cmocka_unit_test_setup_teardown(what_a_killed_import_leaves_is_swept, start, stop),
        cmocka_unit_test_setup_teardown(imports_at_the_same_time_share_the_work, start, stop),
        cmocka_unit_test_setup_teardown(a_half_made_layer_is_swept, start, stop),
        cmocka_unit_test_setup_teardown(a_transport_folder_is_swept_and_its_layer_stays, start,
                                        stop),
        cmocka_unit_test_setup_teardown(a_transport_folder_without_a_layer_is_a_leftover, start,
                                        stop),
        cmocka_unit_test_setup_teardown(what_another_process_works_on_is_not_swept, start, stop),
        cmocka_unit_test_setup_teardown(a_layer_of_a_newer_wcow_is_refused_in_words, start, stop),
        cmocka_unit_test_setup_teardown(layers_are_listed, start, stop),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
