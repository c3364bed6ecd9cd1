/* SPDX-License-Identifier: MIT */
/*
 * What happens while images and containers come and something else goes: at every access to files
 * of a pull, load, commit, import or create an rmi or prune runs, or the process is killed.
 */
#include "tests/unit/engine/fixture.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

#include "base/error.h"
#include "base/json.h"
#include "base/path.h"
#include "engine/host/image_layers.h"
#include "image/store/blob.h"
#include "port/clock.h"
#include "tests/unit/support/fake_registry.h"
#include "tests/unit/support/tar_builder.h"

#define PATIENCE 60000u

static const char *const ping[] = {"ping", NULL};
static fake_registry *there;
static char name[64]; /* of an image in it, whose base is that of IMAGE */

static int set_up(void **given)
{
    fixture *f = fixture_with_image(NULL);

    there = fake_registry_new();
    snprintf(name, sizeof(name), "%s/x:1", there->host);
    setenv("DOCKER_CONFIG", f->root, 1); /* where there is none */
    fixture_load(f, name, "{}");
    assert_ok(&f->err, wcow_image_push(f->host, name, false, NULL, NULL, NULL, &f->err));
    assert_ok(&f->err, wcow_image_remove(f->host, name, false, NULL, NULL, &f->err));
    *given = f;
    return 0;
}

static int tear_down(void **given)
{
    fake_registry_free(there);
    unsetenv("DOCKER_CONFIG");
    fixture_free(*given);
    return 0;
}

/* ---- what is there ---- */

static size_t entries_of(fixture *f, const char *folder, bool locks)
{
    cleanup_free char *path = path_join(f->root, folder);
    cleanup_strings string_list names = STRING_LIST_INIT;
    size_t count = 0;

    (void)f->files->list(f->files, path, &names);
    for (size_t i = 0; i < names.count; i++)
        count += locks || !text_ends_with(names.items[i], ".lock");
    return count;
}

static bool has(fixture *f, const char *image_name)
{
    cleanup_image image *i = NULL;
    const image_store images = {f->files, f->root};

    return image_store_open(&images, image_name, &i, NULL) == WCOW_OK;
}

/* With all of its layers, and all of its blobs to their last byte. */
static void assert_whole(fixture *f, const char *image_name)
{
    cleanup_image image *i = NULL;
    cleanup_layer_chain layer_chain chain = LAYER_CHAIN_INIT;
    const image_store images = {f->files, f->root};
    layer_store layers;
    layer_id top;

    assert_ok(&f->err, host_layers(f->host, &layers, &f->err));
    assert_ok(&f->err, image_store_open(&images, image_name, &i, &f->err));
    assert_ok(&f->err, image_chain(i, top, &f->err));
    assert_ok(&f->err, layer_chain_open(&layers, top, &chain, &f->err));
    assert_int_equal(chain.count, i->manifest->count);
    for (size_t n = 0; n < i->manifest->count; n++) {
        cleanup_blob_reader blob_reader *reader = NULL;
        char buffer[4096];
        size_t got = 1;

        assert_ok(&f->err, blob_open(&images, i->manifest->items[n].digest, &reader, &f->err));
        while (got)
            assert_ok(&f->err,
                      source_read(blob_source(reader), buffer, sizeof(buffer), &got, &f->err));
    }
}

/* Status of a row of `layer ls`; how many rows have it. */
static size_t layers(fixture *f, const char *status)
{
    cleanup_json cJSON *rows = NULL;
    char *json = NULL;
    const cJSON *row;
    size_t count = 0;

    assert_ok(&f->err, wcow_layer_list(f->host, &json, &f->err));
    assert_ok(&f->err, json_parse(json, strlen(json), "layers", &rows, &f->err));
    wcow_free(json);
    cJSON_ArrayForEach (row, rows)
        count += text_equal(json_text(row, "Status", ""), status);
    return count;
}

static void assert_nothing_is_left(fixture *f)
{
    assert_int_equal(entries_of(f, "images/blobs/sha256", true), 0);
    assert_int_equal(entries_of(f, "images/ingest", true), 0);
    assert_int_equal(entries_of(f, "images/downloads", false), 0);
    assert_int_equal(entries_of(f, "layers", false), 0);
}

/* ---- what comes, and what goes meanwhile ---- */

static fixture *meeting;           /* the fixture, for what goes */
static wcow_status gone = WCOW_OK; /* how that went */

static void rmi(void *context)
{
    wcow_error error = WCOW_ERROR_INIT;

    gone = wcow_image_remove(meeting->host, context, true, NULL, NULL, &error);
}

static void prune_images(void *context)
{
    wcow_error error = WCOW_ERROR_INIT;
    uint64_t won;

    (void)context;
    gone = wcow_image_prune(meeting->host, NULL, NULL, NULL, &won, &error);
}

static void prune_host(void *context)
{
    wcow_error error = WCOW_ERROR_INIT;

    (void)context;
    gone = wcow_host_prune(meeting->host, NULL, NULL, &error);
}

static wcow_status pull(fixture *f)
{
    return wcow_image_pull(f->host, name, NULL, &f->err);
}

static wcow_status pulled = WCOW_OK;

static void pull_meanwhile(void *context)
{
    (void)context;
    pulled = pull(meeting);
}

static wcow_status load(fixture *f)
{
    cleanup_free char *path = path_join(f->fake->folder, "new.tar");

    return wcow_image_load(f->host, path, NULL, &f->err);
}

static wcow_status import(fixture *f)
{
    cleanup_free char *path = path_join(f->fake->folder, "root.tar");
    char *id = NULL;
    wcow_status status = wcow_image_import(f->host, path, name, NULL, &id, &f->err);

    wcow_free(id);
    return status;
}

static wcow_status commit(fixture *f)
{
    const wcow_commit_options options = WCOW_COMMIT_OPTIONS_INIT;
    wcow_container *container = NULL;
    char *id = NULL;
    wcow_status status = wcow_container_open(f->host, "victim", &container, &f->err);

    if (!status)
        status = wcow_container_commit(container, name, &options, &id, &f->err);
    wcow_container_free(container);
    wcow_free(id);
    return status;
}

static void ensure_image(fixture *f)
{
    if (!has(f, IMAGE))
        fixture_load(f, IMAGE, "{\"Cmd\":[\"ping\"],\"Env\":[\"FROM=image\"]}");
}

static void prepare_archives(fixture *f)
{
    static const char *const hives[] = {"DEFAULT", "SAM", "SECURITY", "SOFTWARE", "SYSTEM"};
    cleanup_text text archive = TEXT_INIT;
    cleanup_text text tar = TEXT_INIT;

    fixture_archive(&archive, name, "{}");
    free(fixture_write(f, "new.tar", archive.data, archive.length));
    for (size_t i = 0; i < 5; i++) {
        cleanup_free char *path = text_format("Windows/System32/config/%s", hives[i]);

        tar_add_file(&tar, path, "regf");
    }
    tar_end(&tar);
    free(fixture_write(f, "root.tar", tar.data, tar.length));
}

/* At every `step`th access of what comes; whatever goes, what comes must come whole. */
static void meet_everywhere(fixture *f, const char *what, wcow_status (*come)(fixture *f),
                            void (*go)(void *context), size_t step)
{
    static char other[] = IMAGE;
    size_t points = 0;
    size_t nth = 1;
    bool met = true;

    meeting = f;
    for (; met; nth += step) {
        wcow_status status;

        ensure_image(f);
        gone = WCOW_OK;
        faulty_files_meet(&f->faulty, nth, go, other);
        status = come(f);
        met = f->faulty.met;
        faulty_files_meet(&f->faulty, 0, NULL, NULL);
        points += met;
        if (status || gone)
            fail_msg("%s at %zu: %d (%s), %d", what, nth, status, f->err.message, gone);
        assert_whole(f, name);
        assert_true(!met || go != rmi || !has(f, IMAGE));
        assert_ok(&f->err, wcow_image_remove(f->host, name, true, NULL, NULL, &f->err));
    }
    print_message("%s: %zu meetings in %zu accesses to files\n", what, points, nth - step);
    assert_true(points > 3);
}

static void a_pull_is_whole_whatever_is_removed_meanwhile(void **given)
{
    meet_everywhere(*given, "pull and rmi", pull, rmi, 3);
    meet_everywhere(*given, "pull and system prune", pull, prune_host, 11);
}

/* The other way round: a whole pull at every 3rd access of the removal. */
static void a_pull_in_the_middle_of_a_removal_is_whole(void **given)
{
    static char other[] = IMAGE;
    fixture *f = *given;
    size_t points = 0;
    bool met = true;

    meeting = f;
    for (size_t nth = 1; met; nth += 3) {
        ensure_image(f);
        faulty_files_meet(&f->faulty, nth, pull_meanwhile, NULL);
        rmi(other);
        met = f->faulty.met;
        faulty_files_meet(&f->faulty, 0, NULL, NULL);
        assert_int_equal(gone, WCOW_OK);
        if (!met)
            break;
        points++;
        assert_ok(&f->err, pulled);
        assert_whole(f, name);
        assert_ok(&f->err, wcow_image_remove(f->host, name, true, NULL, NULL, &f->err));
    }
    print_message("%zu pulls in the middle of an rmi\n", points);
    assert_true(points > 3);
}

static void a_load_is_whole_whatever_is_removed_meanwhile(void **given)
{
    prepare_archives(*given);
    meet_everywhere(*given, "load and rmi", load, rmi, 7);
    meet_everywhere(*given, "load and system prune", load, prune_host, 11);
}

static void a_new_image_is_whole_whatever_is_pruned_meanwhile(void **given)
{
    fixture *f = *given;
    wcow_container *container = fixture_create(f, "victim", ping);

    prepare_archives(f);
    meet_everywhere(f, "import and image prune", import, prune_images, 7);
    meet_everywhere(f, "commit and image prune", commit, prune_images, 13);
    assert_ok(&f->err, wcow_container_remove(container, true, &f->err));
    wcow_container_free(container);
}

/* Its base may be forced away under its container: then there is no image on it either. */
static void a_commit_is_whole_or_fails_when_its_base_goes(void **given)
{
    static char other[] = IMAGE;
    fixture *f = *given;
    wcow_container *container = fixture_create(f, "victim", ping);
    size_t made = 0;
    size_t refused = 0;
    bool met = true;

    meeting = f;
    for (size_t nth = 1; met; nth += 7) {
        wcow_status status;

        ensure_image(f);
        faulty_files_meet(&f->faulty, nth, rmi, other);
        status = commit(f);
        met = f->faulty.met;
        faulty_files_meet(&f->faulty, 0, NULL, NULL);
        assert_true(!met || gone == WCOW_OK);
        if (status) {
            refused++;
            assert_int_equal(status, WCOW_NOT_FOUND);
            assert_false(has(f, name));
        } else {
            made++;
            assert_whole(f, name);
            assert_ok(&f->err, wcow_image_remove(f->host, name, true, NULL, NULL, &f->err));
        }
    }
    print_message("%zu commits came whole, %zu were refused\n", made, refused);
    assert_true(made > 3 && refused > 3);
    assert_ok(&f->err, wcow_container_remove(container, true, &f->err));
    wcow_container_free(container);
}

/* ---- create ---- */

/* Of a container on an image that goes just then one wins, and what is there works. */
static void a_container_stands_on_whole_layers_or_is_not_made(void **given)
{
    fixture *f = *given;
    static char other[] = IMAGE;
    size_t made = 0;
    size_t refused = 0;
    bool met = true;

    meeting = f;
    for (size_t nth = 1; met; nth += 3) {
        wcow_container_spec spec = WCOW_CONTAINER_SPEC_INIT;
        wcow_container *container = NULL;
        wcow_status status;

        ensure_image(f);
        spec.image = IMAGE;
        spec.name = "web";
        faulty_files_meet(&f->faulty, nth, rmi, other);
        status = wcow_container_create(f->host, &spec, &container, &f->err);
        met = f->faulty.met;
        faulty_files_meet(&f->faulty, 0, NULL, NULL);
        if (!status) {
            assert_ok(&f->err, wcow_container_start(container, NULL, NULL, &f->err));
            assert_ok(&f->err, wcow_container_remove(container, true, &f->err));
            wcow_container_free(container);
            made++;
        } else {
            assert_true(status == WCOW_NOT_FOUND || status == WCOW_CONFLICT);
            assert_int_equal(wcow_container_open(f->host, "web", &container, &f->err),
                             WCOW_NOT_FOUND);
            assert_false(has(f, IMAGE));
            refused++;
        }
        assert_ok(&f->err, wcow_host_prune(f->host, NULL, NULL, &f->err));
        assert_true(has(f, IMAGE) || entries_of(f, "layers", false) == 0);
    }
    print_message("%zu containers made, %zu refused\n", made, refused);
    assert_true(made > 3 && refused > 3);
}

/* ---- in the middle of a download ---- */

static const char *upper;  /* a part of the path of what is held */
static void (*then)(void); /* called once, when that is asked for */

static void hold(void *context, const char *method, const char *path)
{
    (void)context;
    (void)method;
    if (!upper || !strstr(path, upper))
        return;
    upper = NULL;
    then();
}

/* What was seen there: asserts are no business of the registry's threads. */
static struct {
    wcow_status removed, pruned, layer_removed;
    int rows; /* of `layer ls` */
    char status[16];
    int64_t images;
    wcow_error error;
} seen;

static void everything_goes(void)
{
    static char other[] = IMAGE;
    cleanup_json cJSON *rows = NULL;
    char *json = NULL;
    char *removed = NULL;

    rmi(other);
    seen.removed = gone;
    prune_host(NULL);
    seen.pruned = gone;
    if (wcow_layer_list(meeting->host, &json, &seen.error) ||
        json_parse(json, strlen(json), "layers", &rows, &seen.error))
        return;
    wcow_free(json);
    seen.rows = cJSON_GetArraySize(rows);
    snprintf(seen.status, sizeof(seen.status), "%s", json_text(rows->child, "Status", ""));
    seen.images = json_integer(rows->child, "Images", -1);
    seen.layer_removed =
        wcow_layer_remove(meeting->host, json_text(rows->child, "Id", ""), &removed, &seen.error);
}

/* The digits of the layer of x:1 that IMAGE does not have. */
static char *find_upper(fixture *f)
{
    cleanup_image image *i = NULL;
    const image_store images = {f->files, f->root};
    char *digits;

    assert_ok(&f->err, pull(f));
    assert_ok(&f->err, image_store_open(&images, name, &i, &f->err));
    digits = text_copy(i->manifest->items[1].digest + 7);
    assert_ok(&f->err, wcow_image_remove(f->host, name, true, NULL, NULL, &f->err));
    return digits;
}

static void what_a_pull_relies_on_stays_and_is_not_brought_again(void **given)
{
    fixture *f = *given;
    cleanup_free char *held = find_upper(f);
    const size_t imports = fixture_calls(f, "ProcessBaseImage");

    meeting = f;
    upper = held;
    there->before = hold;
    then = everything_goes;
    fake_registry_restart_journal(there);
    assert_ok(&f->err, pull(f));
    assert_null(upper);
    assert_int_equal(seen.removed, WCOW_OK);
    assert_int_equal(seen.pruned, WCOW_OK);
    assert_int_equal(seen.rows, 1);
    assert_string_equal(seen.status, "ready");
    assert_int_equal(seen.images, 0);
    assert_int_equal(seen.layer_removed, WCOW_CONFLICT);
    assert_non_null(strstr(seen.error.message, "is used by a pull that is under way"));
    assert_whole(f, name);
    assert_int_equal(fixture_calls(f, "ProcessBaseImage"), imports);
    assert_int_equal(fake_registry_asked(there, "/blobs/"), 2); /* the config, and that layer */
}

/* A number of system df's first row; 0: it cannot be told. */
static uint64_t images_row(fixture *f, const char *member)
{
    cleanup_json cJSON *rows = NULL;
    char *json = NULL;

    if (wcow_host_disk_usage(f->host, &json, NULL) ||
        json_parse(json, strlen(json), "usage", &rows, NULL))
        return 0;
    wcow_free(json);
    return (uint64_t)json_integer(rows->child, member, 0);
}

static void measure(void)
{
    gone = images_row(meeting, "Size") > images_row(meeting, "Reclaimable") ? WCOW_OK : WCOW_FAILED;
}

static void wait_for_the_base(void)
{
    const layer_store layers = {meeting->files, NULL, meeting->root};
    const uint64_t end = clock_ticks() + PATIENCE;
    cleanup_strings string_list ready = STRING_LIST_INIT;

    while (!layer_list(&layers, &ready, NULL) && !ready.count && clock_ticks() < end)
        clock_sleep(5);
}

static void what_a_pull_relies_on_is_not_reclaimable_until_it_breaks(void **given)
{
    fixture *f = *given;
    cleanup_free char *held = find_upper(f);
    wcow_prune_report report;

    meeting = f;
    gone = WCOW_FAILED;
    upper = held;
    there->before = hold;
    then = measure;
    fake_registry_fail(there, FAULT_500, 1, true);
    there->fault_path = held;
    assert_int_equal(pull(f), WCOW_UNAVAILABLE);
    assert_int_equal(gone, WCOW_OK);
    assert_ok(&f->err, wcow_image_remove(f->host, IMAGE, true, NULL, NULL, &f->err));
    upper = held;
    then = wait_for_the_base;
    assert_int_equal(pull(f), WCOW_UNAVAILABLE);
    assert_int_equal(layers(f, "unused"), 1);
    assert_true(images_row(f, "Size") > 0);
    assert_int_equal(images_row(f, "Reclaimable"), images_row(f, "Size"));
    assert_ok(&f->err, wcow_host_prune(f->host, NULL, &report, &f->err));
    assert_int_equal(report.layers, 1);
    assert_true(report.reclaimed > 0);
    assert_int_equal(images_row(f, "Size"), 0);
    assert_nothing_is_left(f);
}

/* ---- death ---- */

/* False: it had fewer calls, and did what it should. */
static bool come_and_die(fixture *f, wcow_status (*come)(fixture *f), size_t nth)
{
    const pid_t child = fork();
    int state = 0;

    assert_true(child >= 0);
    if (child == 0) {
        f->faulty.die = true;
        faulty_files_fail(&f->faulty, nth);
        _exit(come(f) == WCOW_OK ? 0 : 1);
    }
    assert_int_equal(waitpid(child, &state, 0), child);
    assert_true(WIFEXITED(state));
    if (WEXITSTATUS(state) != FAULTY_FILES_DIED)
        assert_int_equal(WEXITSTATUS(state), 0);
    return WEXITSTATUS(state) == FAULTY_FILES_DIED;
}

static void die_everywhere(fixture *f, const char *what, wcow_status (*come)(fixture *f),
                           size_t step)
{
    wcow_prune_report report;
    size_t nth = 1;

    assert_ok(&f->err, come(f)); /* makes what stays: folders, locks */
    assert_ok(&f->err, wcow_image_remove(f->host, name, true, NULL, NULL, &f->err));
    for (; come_and_die(f, come, nth); nth += step) {
        ignore(wcow_image_remove(f->host, name, true, NULL, NULL, NULL));
        assert_ok(&f->err, wcow_host_prune(f->host, NULL, &report, &f->err));
        assert_nothing_is_left(f);
    }
    assert_ok(&f->err, wcow_image_remove(f->host, name, true, NULL, NULL, &f->err));
    assert_nothing_is_left(f);
    print_message("%s: killed at %zu of %zu accesses to files\n", what, (nth - 1) / step, nth);
    assert_true(nth > 3 * step);
}

static void what_dies_anywhere_leaves_nothing_after_a_prune(void **given)
{
    fixture *f = *given;

    prepare_archives(f);
    assert_ok(&f->err, wcow_image_remove(f->host, IMAGE, true, NULL, NULL, &f->err));
    die_everywhere(f, "pull", pull, 11);
    die_everywhere(f, "load", load, 17);
    die_everywhere(f, "import", import, 13);
    assert_ok(&f->err, pull(f));
    assert_whole(f, name);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
#define TEST(test) cmocka_unit_test_setup_teardown(test, set_up, tear_down)
        TEST(a_pull_is_whole_whatever_is_removed_meanwhile),
        TEST(a_pull_in_the_middle_of_a_removal_is_whole),
        TEST(a_load_is_whole_whatever_is_removed_meanwhile),
        TEST(a_new_image_is_whole_whatever_is_pruned_meanwhile),
        TEST(a_commit_is_whole_or_fails_when_its_base_goes),
        TEST(a_container_stands_on_whole_layers_or_is_not_made),
        TEST(what_a_pull_relies_on_stays_and_is_not_brought_again),
        TEST(what_a_pull_relies_on_is_not_reclaimable_until_it_breaks),
        TEST(what_dies_anywhere_leaves_nothing_after_a_prune),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
