/* SPDX-License-Identifier: MIT */
/* The image store: archives into it, names, ids, removal, and what failures leave of it. */
#include "tests/unit/status.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/error.h"
#include "base/json.h"
#include "base/path.h"
#include "image/archive.h"
#include "image/blob.h"
#include "port/hash.h"
#include "tests/unit/support/faulty_files.h"
#include "tests/unit/support/recording_storage.h"
#include "tests/unit/support/tar_builder.h"

static wcow_error err;
static files_port *platform;
static faulty_files files;
static char *root;
static image_store store;

static int start(void **state)
{
    (void)state;
    err = (wcow_error)WCOW_ERROR_INIT;
    files_port_open(&platform);
    faulty_files_init(&files, platform);
    root = make_temporary_folder();
    store = (image_store){&files.port, root};
    return 0;
}

static int stop(void **state)
{
    (void)state;
    remove_tree(root);
    free(root);
    platform->free(platform);
    return files.open == 0 ? 0 : -1;
}

/* ---- archives ---- */

static void digest_of(const char *bytes, size_t size, char out[DIGEST_SIZE])
{
    cleanup_sha256 sha256 *hash = sha256_new();

    memcpy(out, "sha256:", 7);
    sha256_update(hash, bytes, size);
    sha256_finish(hash, out + 7);
}

static void config_for(text *out, const char *os, const char *const *layers)
{
    char digest[DIGEST_SIZE];

    text_addf(out, "{\"architecture\":\"amd64\",\"os\":\"%s\",\"rootfs\":{\"type\":\"layers\",",
              os);
    text_add(out, "\"diff_ids\":[");
    for (size_t i = 0; layers[i]; i++) {
        digest_of(layers[i], strlen(layers[i]), digest);
        text_addf(out, "%s\"%s\"", i ? "," : "", digest);
    }
    text_add(out, "]}}");
}

/* What `docker save` makes: manifest.json, config, layers (the second through a link). */
static void docker_archive(text *tar, const char *os, const char *tags)
{
    static const char *const layers[] = {"layer one", "layer two", NULL};
    cleanup_text text config = TEXT_INIT;
    cleanup_text text manifest = TEXT_INIT;

    config_for(&config, os, layers);
    text_addf(&manifest,
              "[{\"Config\":\"config.json\",\"RepoTags\":%s,"
              "\"Layers\":[\"1/layer.tar\",\"2/layer.tar\"]}]",
              tags);
    tar_add_directory(tar, "1/");
    tar_add_file(tar, "1/layer.tar", layers[0]);
    tar_add(tar, '2', "2/layer.tar", "../real/layer.tar", "", 0);
    tar_add_file(tar, "real/layer.tar", layers[1]);
    tar_add_file(tar, "config.json", config.data);
    tar_add_file(tar, "manifest.json", manifest.data);
    tar_end(tar);
}

static void add_blob(text *tar, const char *content, char digest[DIGEST_SIZE])
{
    char name[100];

    digest_of(content, strlen(content), digest);
    snprintf(name, sizeof(name), "blobs/sha256/%s", digest + 7);
    tar_add_file(tar, name, content);
}

/* An OCI layout; the layer's blob is `content`, its name in the archive tells `claimed`. */
static void oci_archive(text *tar, const char *os, const char *annotations, const char *content)
{
    static const char *const layers[] = {"the layer", NULL};
    cleanup_text text config = TEXT_INIT;
    cleanup_text text manifest = TEXT_INIT;
    cleanup_text text index = TEXT_INIT;
    char layer_digest[DIGEST_SIZE];
    char digest[DIGEST_SIZE];
    char name[100];

    digest_of(layers[0], strlen(layers[0]), layer_digest);
    if (content) {
        snprintf(name, sizeof(name), "blobs/sha256/%s", layer_digest + 7);
        tar_add_file(tar, name, content);
    }
    config_for(&config, os, layers);
    add_blob(tar, config.data, digest);
    text_addf(&manifest, "{\"schemaVersion\":2,\"config\":{\"digest\":\"%s\",\"size\":%zu},",
              digest, config.length);
    text_addf(&manifest, "\"layers\":[{\"digest\":\"%s\",\"size\":%zu}]}", layer_digest,
              strlen(layers[0]));
    add_blob(tar, manifest.data, digest);
    text_addf(&index,
              "{\"schemaVersion\":2,\"manifests\":[{\"mediaType\":\"%s\",\"digest\":\"%s\","
              "\"size\":%zu%s}]}",
              MEDIA_OCI_MANIFEST, digest, manifest.length, annotations);
    tar_add_file(tar, "oci-layout", "{\"imageLayoutVersion\":\"1.0.0\"}");
    tar_add_file(tar, "index.json", index.data);
    tar_end(tar);
}

static wcow_status load(const text *tar, loaded_images *out)
{
    memory_source source;

    memory_source_init(&source, text_get(tar), tar->length, 0);
    return archive_load(&store, &source.source, out, &err);
}

static void load_docker(const char *tags)
{
    cleanup_text text tar = TEXT_INIT;
    cleanup_loaded_images loaded_images loaded = LOADED_IMAGES_INIT;

    docker_archive(&tar, "windows", tags);
    assert_ok(&err, load(&tar, &loaded));
    assert_int_equal(loaded.count, 1);
}

static size_t files_in(const char *folder)
{
    cleanup_free char *path = path_join(root, folder);
    cleanup_strings string_list names = STRING_LIST_INIT;

    platform->list(platform, path, &names);
    return names.count;
}

static size_t blobs(void)
{
    return files_in("images/blobs/sha256");
}

/* ---- loading ---- */

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

/* ---- names ---- */

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

static void what_is_not_there_is_named_as_docker_does(void **state)
{
    cleanup_image image *i = NULL;

    (void)state;
    assert_fails(&err, WCOW_NOT_FOUND, "No such image: nanoserver:latest",
                 image_store_open(&store, "nanoserver", &i, &err));
    assert_fails(&err, WCOW_NOT_FOUND, "No such image: abc:latest",
                 image_store_open(&store, "abc", &i, &err));
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
    assert_ok(&err, image_store_remove(&store, "x:1", false, &first, &err));
    assert_false(first.deleted);
    assert_string_equal(first.untagged.items[0], "x:1");
    assert_int_equal(blobs(), 4);
    assert_ok(&err, image_store_remove(&store, "y:2", false, &last, &err));
    assert_true(last.deleted);
    assert_string_equal(last.id, first.id);
    assert_int_equal(last.diff_ids.count, 2);
    assert_int_equal(blobs(), 0);
}

static void an_id_with_several_names_wants_force(void **state)
{
    cleanup_image_records image_records records = IMAGE_RECORDS_INIT;
    cleanup_image_removal image_removal removal = {0};

    (void)state;
    load_docker("[\"x:1\",\"y:2\"]");
    assert_ok(&err, image_store_list(&store, &records, &err));
    assert_int_equal(image_store_remove(&store, records.items[0].id, false, &removal, &err),
                     WCOW_CONFLICT);
    assert_non_null(strstr(err.message, "(must be forced) - image is referenced in multiple"));
    assert_ok(&err, image_store_remove(&store, records.items[0].id, true, &removal, &err));
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
    assert_ok(&err, image_store_remove(&store, "x:1", false, &removal, &err));
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
        assert_ok(&err, image_store_remove(&store, "x:1", false, &removal, &err));
        assert_int_equal(blobs(), 0);
    }
    print_message("%zu points of failure\n", points);
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
        status = image_store_remove(&store, "x:1", false, &removal, &err);
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
        cmocka_unit_test_setup_teardown(a_link_out_of_the_archive_is_refused, start, stop),
        cmocka_unit_test_setup_teardown(an_archive_cut_anywhere_changes_nothing, start, stop),
        cmocka_unit_test_setup_teardown(a_name_moves_and_leaves_a_dangling_image, start, stop),
        cmocka_unit_test_setup_teardown(loading_twice_changes_nothing, start, stop),
        cmocka_unit_test_setup_teardown(what_is_not_there_is_named_as_docker_does, start, stop),
        cmocka_unit_test_setup_teardown(a_prefix_that_fits_several_is_a_conflict, start, stop),
        cmocka_unit_test_setup_teardown(names_go_one_by_one_and_the_image_with_the_last, start,
                                        stop),
        cmocka_unit_test_setup_teardown(an_id_with_several_names_wants_force, start, stop),
        cmocka_unit_test_setup_teardown(shared_blobs_stay, start, stop),
        cmocka_unit_test_setup_teardown(a_damaged_blob_is_found_when_read, start, stop),
        cmocka_unit_test_setup_teardown(what_a_dead_loader_left_is_swept, start, stop),
        cmocka_unit_test_setup_teardown(any_failing_call_leaves_the_old_state_or_the_new, start,
                                        stop),
        cmocka_unit_test_setup_teardown(any_failing_removal_leaves_a_whole_image_or_none, start,
                                        stop),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
