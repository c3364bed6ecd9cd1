/* SPDX-License-Identifier: MIT */
/* The image store: names, ids, removal, and what failures leave of it. */
#include "tests/unit/image/store_fixture.h"

#include <stdio.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

#include "base/error.h"
#include "image/store/blob.h"

static void a_name_moves_and_leaves_a_dangling_image(void **state)
{
    cleanup_text text oci = TEXT_INIT;
    cleanup_loaded_images loaded_images loaded = LOADED_IMAGES_INIT;
    cleanup_image_records image_records records = IMAGE_RECORDS_INIT;

    (void)state;
    load_docker("[\"x:1\"]");
    oci_archive(&oci, "windows", ",\"annotations\":{\"io.containerd.image.name\":\"x:1\"}",
                "the layer");
    assert_ok(&err, load(&oci, &loaded));
    assert_ok(&err, image_store_list(&store, &records, &err));
    assert_int_equal(records.count, 2);
    assert_null(records.items[0].reference);
    assert_string_equal(records.items[1].reference->tag, "1");
    assert_string_equal(records.items[1].id, loaded.items[0].id);
}

/* The same config under another manifest: docker save and skopeo pack alike, and write differently.
 */
static void an_image_of_two_manifests_is_listed_once(void **state)
{
    static const char *const layers[] = {"the layer", NULL};
    cleanup_text text config = TEXT_INIT;
    cleanup_text text docker = TEXT_INIT;
    cleanup_text text oci = TEXT_INIT;
    cleanup_loaded_images loaded_images first = LOADED_IMAGES_INIT;
    cleanup_loaded_images loaded_images second = LOADED_IMAGES_INIT;
    cleanup_image_records image_records records = IMAGE_RECORDS_INIT;
    cleanup_image_removal image_removal removal = {0};
    cleanup_image image *i = NULL;

    (void)state;
    oci_archive(&oci, "windows", ",\"annotations\":{\"io.containerd.image.name\":\"x:1\"}",
                "the layer");
    assert_ok(&err, load(&oci, &first));
    config_for(&config, "windows", layers);
    tar_add_file(&docker, "manifest.json",
                 "[{\"Config\":\"c\",\"RepoTags\":[\"x:1\"],\"Layers\":[\"l\"]}]");
    tar_add_file(&docker, "c", config.data);
    tar_add_file(&docker, "l", layers[0]);
    assert_ok(&err, load(&docker, &second));
    assert_string_equal(first.items[0].id, second.items[0].id);
    assert_string_not_equal(first.items[0].descriptor.digest, second.items[0].descriptor.digest);
    assert_ok(&err, image_store_list(&store, &records, &err));
    assert_int_equal(records.count, 1);
    assert_string_equal(records.items[0].descriptor.digest, second.items[0].descriptor.digest);
    assert_ok(&err, image_store_open(&store, first.items[0].descriptor.digest, &i, &err));
    assert_ok(&err, image_store_remove(&store, "x:1", REMOVE_IF_CLEAR, &removal, &err));
    assert_true(removal.deleted);
    assert_int_equal(blobs(), 0);
}

static void loading_twice_changes_nothing(void **state)
{
    cleanup_image_records image_records records = IMAGE_RECORDS_INIT;

    (void)state;
    load_docker("[\"x:1\",\"y:2\"]");
    load_docker("[\"x:1\",\"y:2\"]");
    load_docker("null");
    assert_ok(&err, image_store_list(&store, &records, &err));
    assert_int_equal(records.count, 2);
    assert_int_equal(blobs(), 4);
}

static void an_image_gets_further_names(void **state)
{
    cleanup_image image *i = NULL;
    cleanup_image image *again = NULL;
    cleanup_image image *by_digest = NULL;
    cleanup_reference image_reference *name = NULL;
    cleanup_image_records image_records records = IMAGE_RECORDS_INIT;
    cleanup_free char *digested = NULL;

    (void)state;
    load_docker("null");
    assert_ok(&err, image_store_list(&store, &records, &err));
    assert_ok(&err, image_store_open(&store, records.items[0].id, &i, &err));
    assert_ok(&err, reference_parse("mcr.microsoft.com/x:2", &name, &err));
    assert_ok(&err, image_store_tag(&store, &i->record.descriptor, name, &err));
    assert_ok(&err, image_store_tag(&store, &i->record.descriptor, name, &err));
    assert_ok(&err, image_store_open(&store, "mcr.microsoft.com/x:2", &again, &err));
    assert_string_equal(again->record.id, i->record.id);
    digested = text_format("mcr.microsoft.com/x@%s", i->record.descriptor.digest);
    assert_ok(&err, image_store_open(&store, digested, &by_digest, &err));
    image_records_free(&records);
    assert_ok(&err, image_store_list(&store, &records, &err));
    assert_int_equal(records.count, 1);
}

/* What is kept for a full disk holds the whole index, and is of a kind that no folder compresses.
 */
static void the_reserve_is_as_long_as_the_index(void **state)
{
    cleanup_free char *path = text_format("%s/images/reserve", root);
    cleanup_image image *i = NULL;
    cleanup_free char *bytes = NULL;
    size_t size = 0;
    size_t zeros = 0;

    (void)state;
    load_docker("[\"x:1\"]");
    assert_ok(&err, image_store_open(&store, "x:1", &i, &err));
    assert_int_equal(platform->read(platform, path, 1 << 20, &bytes, &size), HR_OK);
    assert_int_equal(size, 65536);
    for (size_t at = 0; at < size; at++)
        zeros += !bytes[at];
    assert_in_range(zeros, 1, 1024); /* of 256 on an average */
    for (int n = 0; n < 100; n++) {
        cleanup_free char *name = text_format("registry.example.com/%064d/%064d:%0127d", n, n, n);
        cleanup_reference image_reference *reference = NULL;

        assert_ok(&err, reference_parse(name, &reference, &err));
        assert_ok(&err, image_store_tag(&store, &i->record.descriptor, reference, &err));
    }
    free(TAKE(bytes));
    assert_int_equal(platform->read(platform, path, 1 << 20, &bytes, &size), HR_OK);
    assert_int_equal(size % 65536, 0);
    assert_true(size > 65536);
}

static void a_name_for_what_is_not_there_is_refused(void **state)
{
    image_descriptor descriptor = {.digest = "sha256:e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b93"
                                             "4ca495991b7852b855"};

    (void)state;
    assert_int_equal(image_store_tag(&store, &descriptor, NULL, &err), WCOW_NOT_FOUND);
}

static void what_is_not_there_is_named_as_docker_does(void **state)
{
    cleanup_image image *i = NULL;

    (void)state;
    assert_fails(&err, WCOW_NOT_FOUND, "No such image: nanoserver:latest",
                 image_store_open(&store, "nanoserver", &i, &err));
    assert_fails(&err, WCOW_NOT_FOUND, "No such image: abc:latest",
                 image_store_open(&store, "abc", &i, &err));
    assert_fails(&err, WCOW_NOT_FOUND, "No such image: an empty name is no name",
                 image_store_open(&store, "", &i, &err));
    assert_int_equal(image_store_open(&store, "No Name", &i, &err), WCOW_INVALID);
}

/* Seventeen images: two of them share the first digit of their ids. */
static void a_prefix_that_fits_several_is_a_conflict(void **state)
{
    cleanup_image_records image_records records = IMAGE_RECORDS_INIT;
    size_t conflicts = 0;

    (void)state;
    for (int n = 0; n < 17; n++) {
        char layer_text[20];
        const char *const layers[] = {layer_text, NULL};
        cleanup_text text config = TEXT_INIT;
        cleanup_text text tar = TEXT_INIT;
        cleanup_loaded_images loaded_images loaded = LOADED_IMAGES_INIT;

        snprintf(layer_text, sizeof(layer_text), "layer %d", n);
        config_for(&config, "windows", layers);
        tar_add_file(&tar, "manifest.json", "[{\"Config\":\"c\",\"Layers\":[\"l\"]}]");
        tar_add_file(&tar, "c", config.data);
        tar_add_file(&tar, "l", layer_text);
        assert_ok(&err, load(&tar, &loaded));
    }
    assert_ok(&err, image_store_list(&store, &records, &err));
    assert_int_equal(records.count, 17);
    for (char digit = '0'; digit <= 'f'; digit = digit == '9' ? 'a' : (char)(digit + 1)) {
        const char prefix[] = {digit, '\0'};
        cleanup_image image *i = NULL;

        if (image_store_open(&store, prefix, &i, &err) != WCOW_CONFLICT)
            continue;
        conflicts++;
        assert_string_equal(strrchr(err.message, ' ') + 1, prefix);
        assert_null(i);
    }
    assert_true(conflicts > 0);
}

static void names_go_one_by_one_and_the_image_with_the_last(void **state)
{
    cleanup_image_removal image_removal first = {0};
    cleanup_image_removal image_removal last = {0};

    (void)state;
    load_docker("[\"x:1\",\"y:2\"]");
    assert_ok(&err, image_store_remove(&store, "x:1", REMOVE_IF_CLEAR, &first, &err));
    assert_false(first.deleted);
    assert_string_equal(first.untagged.items[0], "x:1");
    assert_int_equal(blobs(), 4);
    assert_ok(&err, image_store_remove(&store, "y:2", REMOVE_IF_CLEAR, &last, &err));
    assert_true(last.deleted);
    assert_string_equal(last.id, first.id);
    assert_int_equal(last.diff_ids.count, 2);
    assert_int_equal(blobs(), 0);
}

/* Gives the only image the name that a pull by digest leaves. */
static void add_digest(const char *repository, char **name)
{
    cleanup_image_records image_records records = IMAGE_RECORDS_INIT;
    cleanup_image image *i = NULL;
    cleanup_reference image_reference *reference = NULL;

    assert_ok(&err, image_store_list(&store, &records, &err));
    assert_ok(&err, image_store_open(&store, records.items[0].id, &i, &err));
    *name = text_format("%s@%s", repository, i->record.descriptor.digest);
    assert_ok(&err, reference_parse(*name, &reference, &err));
    assert_ok(&err, image_store_tag(&store, &i->record.descriptor, reference, &err));
    assert_ok(&err, image_store_tag(&store, &i->record.descriptor, reference, &err));
}

static void what_was_pulled_by_its_digest_keeps_that_name_and_has_no_tag(void **state)
{
    cleanup_image_records image_records records = IMAGE_RECORDS_INIT;
    cleanup_image_removal image_removal removal = {0};
    cleanup_free char *name = NULL;
    cleanup_image image *i = NULL;

    (void)state;
    load_docker("null");
    add_digest("host:5/x", &name);
    assert_ok(&err, image_store_list(&store, &records, &err));
    assert_int_equal(records.count, 1);
    assert_null(records.items[0].reference);
    assert_string_equal(records.items[0].origin->domain, "host:5");
    assert_string_equal(records.items[0].origin->path, "x");
    assert_string_equal(records.items[0].origin->digest, records.items[0].entry);
    assert_int_equal(image_store_open(&store, "host:5/x", &i, &err), WCOW_NOT_FOUND);
    assert_ok(&err, image_store_open(&store, name, &i, &err));
    assert_string_equal(i->record.origin->path, "x");
    assert_ok(&err, image_store_remove(&store, name, false, &removal, &err));
    assert_int_equal(removal.untagged.count, 1);
    assert_string_equal(removal.untagged.items[0], name);
    assert_true(removal.deleted);
    assert_int_equal(blobs(), 0);
}

static void a_digest_goes_with_the_last_tag_of_its_repository(void **state)
{
    cleanup_image_records image_records records = IMAGE_RECORDS_INIT;
    cleanup_image_removal image_removal first = {0};
    cleanup_image_removal image_removal second = {0};
    cleanup_free char *name = NULL;

    (void)state;
    load_docker("[\"x:1\",\"x:2\"]");
    add_digest("x", &name);
    assert_ok(&err, image_store_list(&store, &records, &err));
    assert_int_equal(records.count, 2);
    assert_ok(&err, image_store_remove(&store, "x:2", false, &first, &err));
    assert_int_equal(first.untagged.count, 1);
    assert_ok(&err, image_store_remove(&store, "x:1", false, &second, &err));
    assert_int_equal(second.untagged.count, 2);
    assert_string_equal(second.untagged.items[0], "x:1");
    assert_string_equal(second.untagged.items[1], name);
    assert_true(second.deleted);
    assert_int_equal(blobs(), 0);
}

static void a_digest_of_another_repository_is_a_name_of_its_own(void **state)
{
    cleanup_image_records image_records records = IMAGE_RECORDS_INIT;
    cleanup_image_removal image_removal first = {0};
    cleanup_image_removal image_removal second = {0};
    cleanup_free char *name = NULL;

    (void)state;
    load_docker("[\"x:1\"]");
    add_digest("y", &name);
    assert_ok(&err, image_store_list(&store, &records, &err));
    assert_int_equal(records.count, 2);
    assert_int_equal(image_store_remove(&store, records.items[0].id, false, &first, &err),
                     WCOW_CONFLICT);
    assert_ok(&err, image_store_remove(&store, "x:1", false, &first, &err));
    assert_false(first.deleted);
    assert_ok(&err, image_store_remove(&store, records.items[0].id, false, &second, &err));
    assert_string_equal(second.untagged.items[0], name);
    assert_true(second.deleted);
}

/* An archive can say anything: the digest in a name is the image's own, or no name. */
static void a_name_with_the_digest_of_something_else_is_none(void **state)
{
    cleanup_text text oci = TEXT_INIT;
    cleanup_loaded_images loaded_images loaded = LOADED_IMAGES_INIT;
    cleanup_image_records image_records records = IMAGE_RECORDS_INIT;

    (void)state;
    oci_archive(&oci, "windows",
                ",\"annotations\":{\"io.containerd.image.name\":\"x@sha256:"
                "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855\"}",
                "the layer");
    assert_ok(&err, load(&oci, &loaded));
    assert_int_equal(loaded.items[0].names.count, 0);
    assert_ok(&err, image_store_list(&store, &records, &err));
    assert_int_equal(records.count, 1);
    assert_null(records.items[0].reference);
    assert_null(records.items[0].origin);
}

static void an_id_with_several_names_wants_force(void **state)
{
    cleanup_image_records image_records records = IMAGE_RECORDS_INIT;
    cleanup_image_removal image_removal removal = {0};

    (void)state;
    load_docker("[\"x:1\",\"y:2\"]");
    assert_ok(&err, image_store_list(&store, &records, &err));
    assert_int_equal(
        image_store_remove(&store, records.items[0].id, REMOVE_IF_CLEAR, &removal, &err),
        WCOW_CONFLICT);
    assert_non_null(strstr(err.message, "(must be forced) - image is referenced in multiple"));
    assert_ok(&err, image_store_remove(&store, records.items[0].id, REMOVE_ANY, &removal, &err));
    assert_int_equal(removal.untagged.count, 2);
    assert_true(removal.deleted);
    assert_int_equal(blobs(), 0);
}

static void shared_blobs_stay(void **state)
{
    cleanup_text text oci = TEXT_INIT;
    cleanup_loaded_images loaded_images loaded = LOADED_IMAGES_INIT;
    cleanup_image_removal image_removal removal = {0};
    cleanup_image image *i = NULL;

    (void)state;
    oci_archive(&oci, "windows", ",\"annotations\":{\"io.containerd.image.name\":\"o:1\"}",
                "the layer");
    assert_ok(&err, load(&oci, &loaded));
    load_docker("[\"x:1\"]");
    assert_int_equal(blobs(), 7);
    assert_ok(&err, image_store_remove(&store, "x:1", REMOVE_IF_CLEAR, &removal, &err));
    assert_int_equal(blobs(), 3);
    assert_ok(&err, image_store_open(&store, "o:1", &i, &err));
}

/* ---- damage and failures ---- */

static void a_damaged_blob_is_found_when_read(void **state)
{
    cleanup_image image *i = NULL;
    cleanup_free char *path = NULL;
    cleanup_blob_reader blob_reader *reader = NULL;
    char buffer[100];
    size_t got = 1;
    wcow_status status = WCOW_OK;

    (void)state;
    load_docker("[\"x:1\"]");
    assert_ok(&err, image_store_open(&store, "x:1", &i, &err));
    path = text_format("%s/images/blobs/sha256/%s", root, i->manifest->items[0].digest + 7);
    assert_int_equal(platform->replace(platform, path, "layer 0ne", 9), HR_OK);
    assert_ok(&err, blob_open(&store, i->manifest->items[0].digest, &reader, &err));
    while (!status && got > 0)
        status = source_read(blob_source(reader), buffer, sizeof(buffer), &got, &err);
    assert_int_equal(status, WCOW_CORRUPT);
    assert_non_null(strstr(err.message, " is damaged: it hashes to sha256:"));
}

/* A power cut leaves zeros where a file was being written. */
static void a_damaged_config_is_replaced_by_the_next_load_and_can_be_removed(void **state)
{
    cleanup_image_record image_record record = {0};
    cleanup_image_records image_records records = IMAGE_RECORDS_INIT;
    cleanup_image_removal image_removal removal = {0};
    cleanup_free char *path = NULL;
    cleanup_image image *i = NULL;

    (void)state;
    load_docker("[\"x:1\"]");
    assert_ok(&err, image_store_find(&store, "x:1", &record, &err));
    assert_string_equal(record.reference->tag, "1");
    path = text_format("%s/images/blobs/sha256/%s", root, record.id + strlen("sha256:"));
    for (int round = 0; round < 2; round++) {
        assert_int_equal(platform->replace(platform, path, "\0\0", 2), 0);
        assert_int_equal(image_store_open(&store, "x:1", &i, &err), WCOW_CORRUPT);
        if (round == 0) {
            load_docker("[\"x:1\"]");
            assert_ok(&err, image_store_open(&store, "x:1", &i, &err));
            image_free(TAKE(i));
        }
    }
    assert_int_equal(blobs(), 4);
    assert_ok(&err, image_store_remove(&store, "x:1", false, &removal, &err));
    assert_true(removal.deleted);
    assert_int_equal(removal.diff_ids.count, 0);
    assert_int_equal(blobs(), 0);
    assert_ok(&err, image_store_list(&store, &records, &err));
    assert_int_equal(records.count, 0);
    image_record_clear(&record);
    assert_int_equal(image_store_find(&store, "x:1", &record, &err), WCOW_NOT_FOUND);
}

static void a_damaged_manifest_is_replaced_by_the_next_load(void **state)
{
    cleanup_image_record image_record record = {0};
    cleanup_free char *path = NULL;
    cleanup_image image *i = NULL;

    (void)state;
    load_docker("[\"x:1\"]");
    assert_ok(&err, image_store_find(&store, "x:1", &record, &err));
    path = text_format("%s/images/blobs/sha256/%s", root, record.entry + strlen("sha256:"));
    assert_int_equal(platform->replace(platform, path, "{}", 2), 0);
    assert_int_equal(image_store_open(&store, "x:1", &i, &err), WCOW_NOT_FOUND);
    load_docker("[\"x:1\"]");
    assert_ok(&err, image_store_open(&store, "x:1", &i, &err));
}

static void what_a_dead_loader_left_is_swept(void **state)
{
    cleanup_free char *folder = text_format("%s/images/ingest/0123456789abcdef", root);
    cleanup_free char *staged = text_format("%s/0", folder);
    cleanup_free char *lock_path = text_format("%s.lock", folder);
    cleanup_free char *orphan =
        text_format("%s/images/blobs/sha256/"
                    "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855",
                    root);
    file_lock *lock = NULL;

    (void)state;
    load_docker("[\"x:1\"]");
    platform->make_directory(platform, folder);
    platform->replace(platform, staged, "x", 1);
    platform->replace(platform, orphan, "", 0);
    assert_int_equal(platform->lock(platform, lock_path, 0, &lock), HR_OK);
    assert_ok(&err, image_store_sweep(&store, &err));
    assert_int_equal(files_in("images/ingest"), 2); /* its owner lives */
    assert_int_equal(blobs(), 4);
    platform->unlock(platform, lock);
    assert_ok(&err, image_store_sweep(&store, &err));
    assert_int_equal(files_in("images/ingest"), 0);
}

/* The old state or the new one, whatever call fails; and a second try succeeds. */
static void any_failing_call_leaves_the_old_state_or_the_new(void **state)
{
    cleanup_text text tar = TEXT_INIT;
    size_t points = 0;

    (void)state;
    docker_archive(&tar, "windows", "[\"x:1\"]");
    for (size_t nth = 1;; nth++) {
        cleanup_loaded_images loaded_images loaded = LOADED_IMAGES_INIT;
        cleanup_loaded_images loaded_images again = LOADED_IMAGES_INIT;
        cleanup_image_records image_records records = IMAGE_RECORDS_INIT;
        cleanup_image_removal image_removal removal = {0};
        wcow_status status;

        faulty_files_fail(&files, nth);
        status = load(&tar, &loaded);
        if (!files.failed) {
            assert_int_equal(status, WCOW_OK);
            break;
        }
        points++;
        faulty_files_fail(&files, 0);
        assert_int_equal(files.open, 0);
        assert_ok(&err, image_store_list(&store, &records, &err));
        assert_int_equal(records.count, status == WCOW_OK);
        assert_ok(&err, image_store_sweep(&store, &err));
        assert_int_equal(files_in("images/ingest"), 0);
        assert_int_equal(blobs(), status == WCOW_OK ? 4 : 0);
        assert_ok(&err, load(&tar, &again));
        assert_ok(&err, image_store_remove(&store, "x:1", REMOVE_IF_CLEAR, &removal, &err));
        assert_int_equal(blobs(), 0);
    }
    print_message("%zu points of failure\n", points);
    assert_true(points > 30);
}

/* Loads in a process of its own, which dies at the nth call; false if it came to its end. */
static bool load_and_die(const text *tar, size_t nth)
{
    pid_t child = fork();
    int result = 0;

    if (child == 0) {
        loaded_images loaded = LOADED_IMAGES_INIT;

        faulty_files_fail(&files, nth);
        files.die = true;
        _exit(load(tar, &loaded) == WCOW_OK ? 0 : 1);
    }
    assert_int_equal(waitpid(child, &result, 0), child);
    assert_true(WIFEXITED(result));
    assert_true(WEXITSTATUS(result) == 0 || WEXITSTATUS(result) == FAULTY_FILES_DIED);
    return WEXITSTATUS(result) == FAULTY_FILES_DIED;
}

static void a_load_killed_anywhere_leaves_the_old_state_or_the_new(void **state)
{
    cleanup_text text tar = TEXT_INIT;
    size_t points = 0;

    (void)state;
    docker_archive(&tar, "windows", "[\"x:1\"]");
    for (size_t nth = 1; load_and_die(&tar, nth); nth++) {
        cleanup_image_records image_records records = IMAGE_RECORDS_INIT;
        cleanup_image_removal image_removal removal = {0};

        points++;
        assert_ok(&err, image_store_list(&store, &records, &err));
        assert_ok(&err, image_store_sweep(&store, &err));
        assert_int_equal(files_in("images/ingest"), 0);
        assert_int_equal(blobs(), records.count ? 4 : 0);
        if (records.count)
            assert_ok(&err, image_store_remove(&store, "x:1", REMOVE_IF_CLEAR, &removal, &err));
    }
    print_message("%zu points of death\n", points);
    assert_true(points > 30);
}

static void any_failing_removal_leaves_a_whole_image_or_none(void **state)
{
    size_t points = 0;

    (void)state;
    for (size_t nth = 1;; nth++) {
        cleanup_image_removal image_removal removal = {0};
        cleanup_image image *i = NULL;
        wcow_status status;

        load_docker("[\"x:1\"]");
        faulty_files_fail(&files, nth);
        status = image_store_remove(&store, "x:1", REMOVE_IF_CLEAR, &removal, &err);
        if (!files.failed)
            break;
        points++;
        faulty_files_fail(&files, 0);
        assert_int_equal(files.open, 0);
        if (image_store_open(&store, "x:1", &i, NULL) == WCOW_OK)
            assert_int_equal(blobs(), 4);
        else
            assert_ok(&err, image_store_sweep(&store, &err));
        (void)status;
    }
    assert_true(points > 10);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(a_name_moves_and_leaves_a_dangling_image, start, stop),
        cmocka_unit_test_setup_teardown(an_image_of_two_manifests_is_listed_once, start, stop),
        cmocka_unit_test_setup_teardown(loading_twice_changes_nothing, start, stop),
        cmocka_unit_test_setup_teardown(an_image_gets_further_names, start, stop),
        cmocka_unit_test_setup_teardown(the_reserve_is_as_long_as_the_index, start, stop),
        cmocka_unit_test_setup_teardown(a_name_for_what_is_not_there_is_refused, start, stop),
        cmocka_unit_test_setup_teardown(what_is_not_there_is_named_as_docker_does, start, stop),
        cmocka_unit_test_setup_teardown(a_prefix_that_fits_several_is_a_conflict, start, stop),
        cmocka_unit_test_setup_teardown(names_go_one_by_one_and_the_image_with_the_last, start,
                                        stop),
        cmocka_unit_test_setup_teardown(
            what_was_pulled_by_its_digest_keeps_that_name_and_has_no_tag, start, stop),
        cmocka_unit_test_setup_teardown(a_digest_goes_with_the_last_tag_of_its_repository, start,
                                        stop),
        cmocka_unit_test_setup_teardown(a_digest_of_another_repository_is_a_name_of_its_own, start,
                                        stop),
        cmocka_unit_test_setup_teardown(a_name_with_the_digest_of_something_else_is_none, start,
                                        stop),
        cmocka_unit_test_setup_teardown(an_id_with_several_names_wants_force, start, stop),
        cmocka_unit_test_setup_teardown(shared_blobs_stay, start, stop),
        cmocka_unit_test_setup_teardown(a_damaged_blob_is_found_when_read, start, stop),
        cmocka_unit_test_setup_teardown(
            a_damaged_config_is_replaced_by_the_next_load_and_can_be_removed, start, stop),
        cmocka_unit_test_setup_teardown(a_damaged_manifest_is_replaced_by_the_next_load, start,
                                        stop),
        cmocka_unit_test_setup_teardown(what_a_dead_loader_left_is_swept, start, stop),
        cmocka_unit_test_setup_teardown(any_failing_call_leaves_the_old_state_or_the_new, start,
                                        stop),
        cmocka_unit_test_setup_teardown(a_load_killed_anywhere_leaves_the_old_state_or_the_new,
                                        start, stop),
        cmocka_unit_test_setup_teardown(any_failing_removal_leaves_a_whole_image_or_none, start,
                                        stop),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
