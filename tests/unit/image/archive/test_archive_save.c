/* SPDX-License-Identifier: MIT */
/* Saved archives: what is in them, and that loading one gives the same store again. */
#include "tests/unit/image/store_fixture.h"

#include <string.h>

#include "base/error.h"

static wcow_status append(void *context, const void *bytes, size_t size, wcow_error *error)
{
    text *out = context;

    text_add_bytes(out, bytes, size);
    return out->failed ? error_set(error, WCOW_NO_MEMORY, "no memory") : WCOW_OK;
}

static wcow_status save(const char *first, const char *second, text *out)
{
    const char *const references[] = {first, second};
    const byte_sink sink = {append, out};

    return archive_save(&store, references, second ? 2 : 1, &sink, &err);
}

static bool holds(const text *tar, const char *what)
{
    return memmem(text_get(tar), tar->length, what, strlen(what)) != NULL;
}

static void what_is_saved_loads_as_the_same_image(void **state)
{
    cleanup_text text tar = TEXT_INIT;
    cleanup_loaded_images loaded_images loaded = LOADED_IMAGES_INIT;
    cleanup_image_removal image_removal removal = {.deleted = false};
    cleanup_image image *before = NULL;
    cleanup_image image *after = NULL;

    (void)state;
    load_docker("[\"nano:1\",\"nano:2\"]");
    assert_ok(&err, image_store_open(&store, "nano:1", &before, &err));
    assert_ok(&err, save("nano", NULL, &tar));
    assert_ok(&err, image_store_remove(&store, before->record.id, REMOVE_ANY, &removal, &err));
    assert_int_equal(blobs(), 0);

    assert_ok(&err, load(&tar, &loaded));
    assert_int_equal(loaded.count, 1);
    assert_int_equal(loaded.items[0].names.count, 2);
    assert_ok(&err, image_store_open(&store, "nano:2", &after, &err));
    assert_string_equal(after->record.id, before->record.id);
    assert_string_equal(after->record.descriptor.digest, before->record.descriptor.digest);
    assert_int_equal(blobs(), 4);
}

static void one_tag_is_saved_without_the_others(void **state)
{
    cleanup_text text tar = TEXT_INIT;

    (void)state;
    load_docker("[\"nano:1\",\"nano:2\"]");
    assert_ok(&err, save("nano:2", NULL, &tar));
    assert_true(holds(&tar, "\"RepoTags\":[\"nano:2\"]"));
    assert_true(holds(&tar, "\"io.containerd.image.name\":\"docker.io/library/nano:2\","
                            "\"org.opencontainers.image.ref.name\":\"2\""));
    assert_false(holds(&tar, "nano:1"));
}

static void an_id_is_saved_without_a_name(void **state)
{
    cleanup_text text tar = TEXT_INIT;
    cleanup_image image *i = NULL;

    (void)state;
    load_docker("[\"nano:1\"]");
    assert_ok(&err, image_store_open(&store, "nano:1", &i, &err));
    assert_ok(&err, save(i->record.id, NULL, &tar));
    assert_true(holds(&tar, "\"RepoTags\":null"));
    assert_false(holds(&tar, "nano"));
}

static void an_image_named_twice_is_there_once(void **state)
{
    cleanup_text text once = TEXT_INIT;
    cleanup_text text twice = TEXT_INIT;

    (void)state;
    load_docker("[\"nano:1\"]");
    assert_ok(&err, save("nano:1", NULL, &once));
    assert_ok(&err, save("nano:1", "nano:1", &twice));
    assert_int_equal(once.length, twice.length);
    assert_memory_equal(once.data, twice.data, once.length);
}

static void a_missing_image_is_told_and_nothing_written(void **state)
{
    cleanup_text text tar = TEXT_INIT;

    (void)state;
    load_docker("[\"nano:1\"]");
    assert_int_equal(save("nano:1", "other", &tar), WCOW_NOT_FOUND);
    assert_string_equal(err.message, "No such image: other:latest");
    assert_int_equal(tar.length, 0);
}

static wcow_status overflow(void *context, const void *bytes, size_t size, wcow_error *error)
{
    size_t *left = context;

    (void)bytes;
    if (size > *left)
        return error_set(error, WCOW_FAILED, "the disk is full");
    *left -= size;
    return WCOW_OK;
}

static void a_failing_sink_is_told_in_its_own_words(void **state)
{
    const char *const references[] = {"nano:1"};

    (void)state;
    load_docker("[\"nano:1\"]");
    for (size_t room = 0; room < 10240; room += 5000) {
        size_t left = room;
        const byte_sink sink = {overflow, &left};

        assert_int_equal(archive_save(&store, references, 1, &sink, &err), WCOW_FAILED);
        assert_non_null(strstr(err.message, "the disk is full"));
    }
}

static void every_failing_call_is_told(void **state)
{
    size_t points = 0;

    (void)state;
    load_docker("[\"nano:1\"]");
    for (bool failed = true; failed; points++) {
        cleanup_text text tar = TEXT_INIT;
        wcow_status status;

        faulty_files_fail(&files, points + 1);
        status = save("nano:1", NULL, &tar);
        failed = files.failed > 0;
        assert_true(failed ? status != WCOW_OK : status == WCOW_OK);
    }
    assert_true(points > 10);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(what_is_saved_loads_as_the_same_image, start, stop),
        cmocka_unit_test_setup_teardown(one_tag_is_saved_without_the_others, start, stop),
        cmocka_unit_test_setup_teardown(an_id_is_saved_without_a_name, start, stop),
        cmocka_unit_test_setup_teardown(an_image_named_twice_is_there_once, start, stop),
        cmocka_unit_test_setup_teardown(a_missing_image_is_told_and_nothing_written, start, stop),
        cmocka_unit_test_setup_teardown(a_failing_sink_is_told_in_its_own_words, start, stop),
        cmocka_unit_test_setup_teardown(every_failing_call_is_told, start, stop),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
