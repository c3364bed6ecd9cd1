/* SPDX-License-Identifier: MIT */
/*
 * Every call to the outside failed in turn while images are made, saved, loaded and removed: the
 * failure is told, what is in the store is whole, and a prune leaves nothing but that.
 */
#include "tests/unit/engine/fixture.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/error.h"
#include "base/json.h"
#include "base/path.h"
#include "engine/host/host_stores.h"
#include "image/store/blob.h"
#include "tests/unit/support/tar_builder.h"

static const char *const ping[] = {"ping", NULL};
static char *volume;
static size_t blobs; /* of the image that is there all the time */

static size_t entries_of(fixture *f, const char *outer, const char *inner)
{
    cleanup_free char *first = path_join(f->root, outer);
    cleanup_free char *folder = path_join(first, inner);
    cleanup_strings string_list names = STRING_LIST_INIT;

    (void)f->files->list(f->files, folder, &names);
    return names.count;
}

static int set_up(void **given)
{
    fixture *f = fixture_with_image(NULL);
    cleanup_image image *i = NULL;
    cleanup_free char *layers = path_join(f->root, "layers");
    cleanup_free char *folder = NULL;
    image_store images = {f->files, f->root};

    assert_ok(&f->err, image_store_open(&images, IMAGE, &i, &f->err));
    folder = path_join(layers, i->config->diff_ids.items[0] + strlen("sha256:"));
    volume = path_join(folder, "Files");
    f->faulty.volume = volume;
    blobs = entries_of(f, "images/blobs", "sha256");
    *given = f;
    return 0;
}

static int tear_down(void **given)
{
    fixture_free(*given);
    free(volume);
    return 0;
}

/* ---- what is tried ---- */

typedef struct scene {
    const char *name;
    void (*prepare)(fixture *f);
    wcow_status (*act)(fixture *f);
    bool names;            /* it ends with giving the name */
    size_t service, files; /* how many failures there must at least be to be told */
} scene;

static char *file_of(fixture *f, const char *name)
{
    char *path = path_join(f->fake->folder, name);

    assert_non_null(path);
    return path;
}

static void prepare_nothing(fixture *f)
{
    (void)f;
}

/* What is done to it leaves it as it was, so one serves for all. */
static void prepare_container(fixture *f)
{
    wcow_container *container = NULL;

    if (wcow_container_open(f->host, "victim", &container, NULL))
        container = fixture_create(f, "victim", ping);
    wcow_container_free(container);
}

/* With all hives but one, which is made on the way. */
static void prepare_tar(fixture *f)
{
    static const char *const hives[] = {"DEFAULT", "SAM", "SECURITY", "SOFTWARE"};
    cleanup_text text tar = TEXT_INIT;

    for (size_t i = 0; i < sizeof(hives) / sizeof(hives[0]); i++) {
        cleanup_free char *name = text_format("Windows/System32/config/%s", hives[i]);

        unsigned char hive[HIVE_FILE_SIZE];

        fixture_hive(name, hive);
        tar_add(&tar, '0', name, "", hive, sizeof(hive));
    }
    tar_end(&tar);
    free(fixture_write(f, "root.tar", tar.data, tar.length));
}

static void prepare_archive(fixture *f)
{
    cleanup_text text archive = TEXT_INIT;

    fixture_archive(&archive, "new:1", "{}");
    free(fixture_write(f, "new.tar", archive.data, archive.length));
}

static void prepare_image(fixture *f)
{
    fixture_load(f, "new:1", "{}");
}

static wcow_status commit(fixture *f)
{
    const wcow_commit_options options = WCOW_COMMIT_OPTIONS_INIT;
    wcow_container *container = NULL;
    char *id = NULL;
    wcow_status status = wcow_container_open(f->host, "victim", &container, &f->err);

    if (!status)
        status = wcow_container_commit(container, "new:1", &options, &id, &f->err);
    wcow_container_free(container);
    wcow_free(id);
    return status;
}

static wcow_status export(fixture *f)
{
    cleanup_free char *path = file_of(f, "out.tar");
    wcow_container *container = NULL;
    wcow_status status = wcow_container_open(f->host, "victim", &container, &f->err);

    if (!status)
        status = wcow_container_export(container, path, NULL, &f->err);
    wcow_container_free(container);
    return status;
}

static wcow_status import(fixture *f)
{
    cleanup_free char *path = file_of(f, "root.tar");
    char *id = NULL;
    wcow_status status = wcow_image_import(f->host, path, "new:1", NULL, &id, &f->err);

    wcow_free(id);
    return status;
}

static wcow_status load(fixture *f)
{
    cleanup_free char *path = file_of(f, "new.tar");

    return wcow_image_load(f->host, path, NULL, &f->err);
}

static wcow_status save(fixture *f)
{
    static const char *const images[] = {IMAGE};
    cleanup_free char *path = file_of(f, "saved.tar");

    return wcow_image_save(f->host, images, 1, path, &f->err);
}

static wcow_status remove_image(fixture *f)
{
    return wcow_image_remove(f->host, "new:1", false, NULL, NULL, &f->err);
}

/* Everything: no container uses either image. */
static wcow_status prune(fixture *f)
{
    wcow_image_prune_options all = WCOW_IMAGE_PRUNE_OPTIONS_INIT;
    uint64_t won = 0;

    all.all = true;
    return wcow_image_prune(f->host, &all, NULL, NULL, &won, &f->err);
}

static const scene scenes[] = {
    {"commit", prepare_container, commit, true, 5, 40},
    {"export", prepare_container, export, false, 5, 30},
    {"import", prepare_tar, import, true, 1, 40},
    {"load", prepare_archive, load, true, 1, 40},
    {"save", prepare_nothing, save, false, 0, 10},
    {"rmi", prepare_image, remove_image, false, 1, 10},
    {"image prune", prepare_image, prune, false, 1, 10},
};

/* ---- after it ---- */

/* Every image that is listed can be read to its last byte. */
static void assert_images_are_whole(fixture *f)
{
    cleanup_image_records image_records records = IMAGE_RECORDS_INIT;
    image_store images = {f->files, f->root};

    assert_ok(&f->err, image_store_list(&images, &records, &f->err));
    for (size_t i = 0; i < records.count; i++) {
        cleanup_image image *one = NULL;

        assert_ok(&f->err, image_store_open(&images, records.items[i].id, &one, &f->err));
        for (size_t n = 0; n < one->manifest->count; n++) {
            cleanup_blob_reader blob_reader *reader = NULL;
            char buffer[4096];
            size_t got = 1;

            assert_ok(&f->err,
                      blob_open(&images, one->manifest->items[n].digest, &reader, &f->err));
            while (got)
                assert_ok(&f->err,
                          source_read(blob_source(reader), buffer, sizeof(buffer), &got, &f->err));
        }
    }
}

static bool has_image(fixture *f, const char *name)
{
    cleanup_image image *i = NULL;
    image_store images = {f->files, f->root};

    return image_store_open(&images, name, &i, NULL) == WCOW_OK;
}

/* New images go, whatever there is of them; then all is as it was. */
static void clean_up(fixture *f)
{
    cleanup_strings string_list leftovers = STRING_LIST_INIT;
    layer_store layers = {f->files, NULL, f->root};
    wcow_prune_report report;
    uint64_t won = 0;

    assert_images_are_whole(f);
    ignore(wcow_image_remove(f->host, "new:1", true, NULL, NULL, NULL));
    assert_ok(&f->err, wcow_host_prune(f->host, NULL, &report, &f->err));
    assert_ok(&f->err, wcow_image_prune(f->host, NULL, NULL, NULL, &won, &f->err));
    if (!has_image(f, IMAGE))
        fixture_load(f, IMAGE, "{\"Cmd\":[\"ping\"],\"Env\":[\"FROM=image\"]}");
    assert_int_equal(entries_of(f, "images/blobs", "sha256"), blobs);
    assert_int_equal(entries_of(f, "images", "ingest"), 0);
    assert_ok(&f->err, layer_list_leftovers(&layers, &leftovers, &f->err));
    assert_int_equal(leftovers.count, 0);
}

static void finish(fixture *f)
{
    wcow_container *container = NULL;

    if (!wcow_container_open(f->host, "victim", &container, NULL))
        assert_ok(&f->err, wcow_container_remove(container, true, &f->err));
    wcow_container_free(container);
    fixture_assert_clean(f);
}

static void assert_told(fixture *f, const scene *s, wcow_status status)
{
    if (status && !f->err.message[0])
        fail_msg("%s failed without a word", s->name);
    if (s->names && (status == WCOW_OK) != has_image(f, "new:1"))
        fail_msg("%s: %s, and its name leads %s", s->name, wcow_status_name(status),
                 status ? "somewhere" : "nowhere");
}

/* ---- the rack ---- */

static void fail_service(fixture *f, unsigned nth)
{
    cleanup_free char *fault = text_format("{\"nth\":%u,\"hr\":\"0x80004005\"}", nth);

    sim_faults_clear(f->fake->sim);
    if (nth)
        assert_true(sim_fault(f->fake->sim, fault));
}

static void torture_service(fixture *f, const scene *s)
{
    size_t told = 0;
    unsigned nth = 1;

    for (;; nth++) {
        wcow_status status;
        size_t hit;

        s->prepare(f);
        fail_service(f, nth);
        f->err = (wcow_error)WCOW_ERROR_INIT;
        status = s->act(f);
        hit = sim_faults_hit(f->fake->sim);
        fail_service(f, 0);
        assert_told(f, s, status);
        told += status != WCOW_OK;
        clean_up(f);
        if (!hit)
            break;
    }
    finish(f);
    print_message("%s: %u calls to the service failed in turn, %zu were told\n", s->name, nth - 1,
                  told);
    assert_true(told >= s->service);
}

static void torture_files(fixture *f, const scene *s)
{
    size_t told = 0;
    size_t nth = 1;

    for (;; nth++) {
        wcow_status status;
        size_t hit;

        s->prepare(f);
        f->err = (wcow_error)WCOW_ERROR_INIT;
        faulty_files_fail(&f->faulty, nth);
        status = s->act(f);
        hit = f->faulty.failed;
        faulty_files_fail(&f->faulty, 0);
        assert_int_equal(f->faulty.open, 0);
        assert_told(f, s, status);
        told += status != WCOW_OK;
        clean_up(f);
        if (!hit)
            break;
    }
    finish(f);
    print_message("%s: %zu accesses to files failed in turn, %zu were told\n", s->name, nth - 1,
                  told);
    assert_true(told >= s->files);
}

static void any_failing_call_to_the_service_leaves_a_whole_store(void **given)
{
    for (size_t i = 0; i < sizeof(scenes) / sizeof(scenes[0]); i++)
        torture_service(*given, &scenes[i]);
}

static void any_failing_access_to_files_leaves_a_whole_store(void **given)
{
    for (size_t i = 0; i < sizeof(scenes) / sizeof(scenes[0]); i++)
        torture_files(*given, &scenes[i]);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(any_failing_call_to_the_service_leaves_a_whole_store,
                                        set_up, tear_down),
        cmocka_unit_test_setup_teardown(any_failing_access_to_files_leaves_a_whole_store, set_up,
                                        tear_down),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
