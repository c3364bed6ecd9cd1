/* SPDX-License-Identifier: MIT */
/* Image archives: what becomes of them, and what is refused. */
#include "tests/unit/image/store_fixture.h"

#include <stdio.h>
#include <string.h>

#include "image/store/blob.h"

static void a_docker_archive_becomes_an_image(void **state)
{
    cleanup_text text tar = TEXT_INIT;
    cleanup_loaded_images loaded_images loaded = LOADED_IMAGES_INIT;
    cleanup_image image *i = NULL;
    cleanup_blob_reader blob_reader *reader = NULL;
    char buffer[100];
    size_t got;

    (void)state;
    docker_archive(&tar, "windows", "[\"docker.io/microsoft/nanoserver:latest\"]");
    assert_ok(&err, load(&tar, &loaded));
    assert_int_equal(loaded.count, 1);
    assert_int_equal(loaded.items[0].names.count, 1);
    assert_string_equal(loaded.items[0].names.items[0], "microsoft/nanoserver:latest");

    assert_ok(&err, image_store_open(&store, "microsoft/nanoserver", &i, &err));
    assert_string_equal(i->record.id, loaded.items[0].id);
    assert_string_equal(i->config->os, "windows");
    assert_int_equal(i->manifest->count, 2);
    assert_string_equal(i->manifest->items[1].digest, i->config->diff_ids.items[1]);
    assert_ok(&err, blob_open(&store, i->manifest->items[1].digest, &reader, &err));
    assert_ok(&err, source_read(blob_source(reader), buffer, sizeof(buffer), &got, &err));
    assert_int_equal(got, 9);
    assert_memory_equal(buffer, "layer two", 9);
    assert_ok(&err, source_read(blob_source(reader), buffer, sizeof(buffer), &got, &err));
    assert_int_equal(got, 0);
    assert_int_equal(blob_position(reader), blob_size(reader));
    assert_int_equal(blobs(), 4); /* config, manifest, two layers; manifest.json is none */
    assert_int_equal(files_in("images/ingest"), 0);
}

static void an_oci_archive_becomes_an_image(void **state)
{
    cleanup_text text tar = TEXT_INIT;
    cleanup_loaded_images loaded_images loaded = LOADED_IMAGES_INIT;
    cleanup_image image *i = NULL;

    (void)state;
    oci_archive(&tar, "windows",
                ",\"annotations\":{\"io.containerd.image.name\":\"docker.io/library/x:1\","
                "\"org.opencontainers.image.ref.name\":\"1\"}",
                "the layer");
    assert_ok(&err, load(&tar, &loaded));
    assert_string_equal(loaded.items[0].names.items[0], "x:1");
    assert_ok(&err, image_store_open(&store, loaded.items[0].descriptor.digest, &i, &err));
    assert_string_equal(i->record.reference->tag, "1");
    assert_int_equal(blobs(), 3);
}

static void an_image_without_a_name_is_found_by_its_id(void **state)
{
    cleanup_text text tar = TEXT_INIT;
    cleanup_loaded_images loaded_images loaded = LOADED_IMAGES_INIT;
    cleanup_image image *whole = NULL;
    cleanup_image image *prefix = NULL;
    char head[8];

    (void)state;
    docker_archive(&tar, "windows", "null");
    assert_ok(&err, load(&tar, &loaded));
    assert_int_equal(loaded.items[0].names.count, 0);
    assert_ok(&err, image_store_open(&store, loaded.items[0].id, &whole, &err));
    assert_null(whole->record.reference);
    snprintf(head, sizeof(head), "%s", loaded.items[0].id + 7);
    assert_ok(&err, image_store_open(&store, head, &prefix, &err));
    assert_string_equal(prefix->record.id, whole->record.id);
}

static void a_compressed_layer_keeps_its_packing(void **state)
{
    size_t size;
    cleanup_free char *packed = data_file("../layer/data/text.gz", &size);
    size_t plain_size;
    cleanup_free char *plain = data_file("../layer/data/text.plain", &plain_size);
    const char *const layers[] = {plain, NULL};
    cleanup_text text config = TEXT_INIT;
    cleanup_text text tar = TEXT_INIT;
    cleanup_loaded_images loaded_images loaded = LOADED_IMAGES_INIT;
    cleanup_image image *i = NULL;

    (void)state;
    config_for(&config, "windows", layers);
    tar_add_file(&tar, "manifest.json",
                 "[{\"Config\":\"c\",\"RepoTags\":[\"x\"],\"Layers\":[\"l\"]}]");
    tar_add_file(&tar, "c", config.data);
    tar_add(&tar, '0', "l", "", packed, size);
    assert_ok(&err, load(&tar, &loaded));
    assert_ok(&err, image_store_open(&store, "x", &i, &err));
    assert_string_equal(i->manifest->items[0].media_type, MEDIA_OCI_LAYER "+gzip");
    assert_string_not_equal(i->manifest->items[0].digest, i->config->diff_ids.items[0]);
}

static void damaged_archives_are_refused_and_change_nothing(void **state)
{
    static const struct {
        const char *manifest;
        const char *message;
    } cases[] = {
        {NULL, "it is no image archive: it has neither an index.json nor a manifest.json"},
        {"{}", "its manifest.json is malformed"},
        {"[]", "its manifest.json is malformed"},
        {"[{}]", "image 1 of the archive: its manifest.json is malformed"},
        {"[{\"Config\":\"none\"}]", "image 1 of the archive: 'none' is not in the archive"},
        {"[{\"Config\":\"c\",\"Layers\":[]}]",
         "image 1 of the archive: its manifest.json lists 0 layers, its config 1"},
        {"[{\"Config\":\"c\",\"Layers\":[\"none\"]}]",
         "image 1 of the archive: 'none' is not in the archive"},
        {"[{\"Config\":\"c\",\"Layers\":[\"loop\"]}]",
         "image 1 of the archive: 'loop' is not in the archive"},
        {"[{\"Config\":\"c\",\"Layers\":[7]}]",
         "image 1 of the archive: its manifest.json is malformed"},
    };
    static const char *const layers[] = {"x", NULL};

    (void)state;
    for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
        cleanup_text text config = TEXT_INIT;
        cleanup_text text tar = TEXT_INIT;
        cleanup_free char *message = text_format("cannot load the archive: %s", cases[i].message);
        loaded_images loaded = LOADED_IMAGES_INIT;

        config_for(&config, "windows", layers);
        tar_add_file(&tar, "c", config.data);
        tar_add(&tar, '2', "loop", "loop", "", 0);
        if (cases[i].manifest)
            tar_add_file(&tar, "manifest.json", cases[i].manifest);
        tar_end(&tar);
        assert_fails(&err, WCOW_CORRUPT, message, load(&tar, &loaded));
        assert_int_equal(blobs(), 0);
        assert_int_equal(files_in("images/ingest"), 0);
    }
}

static void a_layer_that_does_not_fit_its_diff_id_is_refused(void **state)
{
    static const char *const layers[] = {"x", NULL};
    cleanup_text text config = TEXT_INIT;
    cleanup_text text tar = TEXT_INIT;
    loaded_images loaded = LOADED_IMAGES_INIT;

    (void)state;
    config_for(&config, "windows", layers);
    tar_add_file(&tar, "manifest.json", "[{\"Config\":\"c\",\"Layers\":[\"l\"]}]");
    tar_add_file(&tar, "c", config.data);
    tar_add_file(&tar, "l", "y");
    assert_int_equal(load(&tar, &loaded), WCOW_CORRUPT);
    assert_non_null(strstr(err.message, "layer 'l' is damaged: it hashes to sha256:"));
}

static void an_oci_blob_that_is_damaged_or_missing_is_named(void **state)
{
    cleanup_text text damaged = TEXT_INIT;
    cleanup_text text missing = TEXT_INIT;
    loaded_images loaded = LOADED_IMAGES_INIT;

    (void)state;
    oci_archive(&damaged, "windows", "", "another layer");
    assert_int_equal(load(&damaged, &loaded), WCOW_CORRUPT);
    assert_non_null(strstr(err.message, " is damaged: it hashes to sha256:"));
    oci_archive(&missing, "windows", "", NULL);
    assert_int_equal(load(&missing, &loaded), WCOW_CORRUPT);
    assert_non_null(strstr(err.message, " is not in the archive"));
    assert_int_equal(blobs(), 0);
}

static void images_for_other_systems_are_refused(void **state)
{
    cleanup_text text tar = TEXT_INIT;
    cleanup_text text oci = TEXT_INIT;
    loaded_images loaded = LOADED_IMAGES_INIT;

    (void)state;
    docker_archive(&tar, "linux", "[\"x\"]");
    assert_fails(&err, WCOW_UNSUPPORTED,
                 "cannot load the archive: image 1 of the archive: it is for linux/amd64, not for "
                 "Windows",
                 load(&tar, &loaded));
    oci_archive(&oci, "linux", "", "the layer");
    assert_int_equal(load(&oci, &loaded), WCOW_UNSUPPORTED);
}

/* An index within the index, as buildkit and skopeo --all write them. */
static void several_platforms(text *tar, const char *other, const char *windows)
{
    static const char *const layers[] = {"the layer", NULL};
    cleanup_text text config = TEXT_INIT;
    cleanup_text text manifest = TEXT_INIT;
    cleanup_text text inner = TEXT_INIT;
    cleanup_text text index = TEXT_INIT;
    char layer_digest[DIGEST_SIZE];
    char digest[DIGEST_SIZE];
    char missing[DIGEST_SIZE];

    config_for(&config, "windows", layers);
    add_blob(tar, layers[0], layer_digest);
    add_blob(tar, config.data, digest);
    text_addf(&manifest, "{\"schemaVersion\":2,\"config\":{\"digest\":\"%s\",\"size\":%zu},",
              digest, config.length);
    text_addf(&manifest, "\"layers\":[{\"digest\":\"%s\",\"size\":9}]}", layer_digest);
    add_blob(tar, manifest.data, digest);
    digest_of("linux", 5, missing);
    text_addf(&inner,
              "{\"schemaVersion\":2,\"manifests\":["
              "{\"digest\":\"%s\",\"size\":1,\"platform\":{\"os\":\"%s\"}},"
              "{\"digest\":\"%s\",\"size\":%zu,\"platform\":{\"os\":\"%s\","
              "\"architecture\":\"amd64\"}}]}",
              missing, other, digest, manifest.length, windows);
    add_blob(tar, inner.data, digest);
    text_addf(&index,
              "{\"schemaVersion\":2,\"manifests\":[{\"mediaType\":\"%s\",\"digest\":\"%s\","
              "\"size\":%zu,\"annotations\":{\"org.opencontainers.image.ref.name\":\"x:1\"}}]}",
              MEDIA_OCI_INDEX, digest, inner.length);
    tar_add_file(tar, "index.json", index.data);
}

static void of_several_platforms_the_windows_one_is_taken(void **state)
{
    cleanup_text text tar = TEXT_INIT;
    cleanup_text text none = TEXT_INIT;
    cleanup_loaded_images loaded_images loaded = LOADED_IMAGES_INIT;
    loaded_images nothing = LOADED_IMAGES_INIT;
    cleanup_image image *i = NULL;

    (void)state;
    several_platforms(&tar, "linux", "windows");
    assert_ok(&err, load(&tar, &loaded));
    assert_int_equal(loaded.count, 1);
    assert_ok(&err, image_store_open(&store, "x:1", &i, &err));
    assert_string_equal(i->config->os, "windows");
    assert_int_equal(blobs(), 3);
    several_platforms(&none, "linux", "freebsd");
    assert_fails(&err, WCOW_UNSUPPORTED,
                 "cannot load the archive: image 'x:1': none of its images is for Windows",
                 load(&none, &nothing));
}

static void a_link_out_of_the_archive_is_refused(void **state)
{
    cleanup_text text tar = TEXT_INIT;
    loaded_images loaded = LOADED_IMAGES_INIT;

    (void)state;
    tar_add(&tar, '2', "a/b", "../../etc/passwd", "", 0);
    assert_fails(&err, WCOW_CORRUPT,
                 "cannot load the archive: the link 'a/b' leads out of the archive",
                 load(&tar, &loaded));
}

static void an_archive_cut_anywhere_changes_nothing(void **state)
{
    cleanup_text text tar = TEXT_INIT;
    size_t complete = 0;

    (void)state;
    docker_archive(&tar, "windows", "[\"x\"]");
    /* Every byte of the headers is the tar reader's business; here, some. */
    for (size_t length = 0; length < tar.length; length += 61) {
        cleanup_loaded_images loaded_images loaded = LOADED_IMAGES_INIT;
        text cut = {tar.data, length, length, false};

        if (load(&cut, &loaded) == WCOW_OK)
            complete++;
        else
            assert_int_equal(blobs(), 0);
        assert_int_equal(files_in("images/ingest"), 0);
    }
    assert_true(complete < 20); /* those that lack only the zeros at the end */
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(a_docker_archive_becomes_an_image, start, stop),
        cmocka_unit_test_setup_teardown(an_oci_archive_becomes_an_image, start, stop),
        cmocka_unit_test_setup_teardown(an_image_without_a_name_is_found_by_its_id, start, stop),
        cmocka_unit_test_setup_teardown(a_compressed_layer_keeps_its_packing, start, stop),
        cmocka_unit_test_setup_teardown(damaged_archives_are_refused_and_change_nothing, start,
                                        stop),
        cmocka_unit_test_setup_teardown(a_layer_that_does_not_fit_its_diff_id_is_refused, start,
                                        stop),
        cmocka_unit_test_setup_teardown(an_oci_blob_that_is_damaged_or_missing_is_named, start,
                                        stop),
        cmocka_unit_test_setup_teardown(images_for_other_systems_are_refused, start, stop),
        cmocka_unit_test_setup_teardown(of_several_platforms_the_windows_one_is_taken, start, stop),
        cmocka_unit_test_setup_teardown(a_link_out_of_the_archive_is_refused, start, stop),
        cmocka_unit_test_setup_teardown(an_archive_cut_anywhere_changes_nothing, start, stop),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
