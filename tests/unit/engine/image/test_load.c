/* SPDX-License-Identifier: MIT */
/* Images on their way in and out of a whole host: what a load that fails leaves, what of an image
 * is kept by all that is done with it. */
#include "tests/unit/engine/fixture.h"

#include <stdlib.h>
#include <string.h>

#include "base/json.h"
#include "base/path.h"
#include "image/archive/archive.h"
#include "tests/unit/support/tar_builder.h"

static const char *const ping[] = {"ping", NULL};

static size_t blobs(fixture *f)
{
    cleanup_free char *path = path_join(f->root, "images/blobs/sha256");
    cleanup_strings string_list names = STRING_LIST_INIT;

    assert_int_equal(f->files->list(f->files, path, &names), 0);
    return names.count;
}

static void collect(void *context, const char *line)
{
    text *lines = context;

    text_addf(lines, "%s\n", line);
}

/* ---- what cannot be imported ---- */

/* Nobody could ever run it: what it shares with others stays. */
static void a_load_of_a_hostile_layer_keeps_nothing_of_it(void **state)
{
    fixture *f = *state;
    const size_t before = blobs(f);
    cleanup_text text archive = TEXT_INIT;
    cleanup_text text loaded = TEXT_INIT;
    cleanup_free char *path = NULL;
    wcow_load_options options = WCOW_LOAD_OPTIONS_INIT;
    char *json = NULL;

    fixture_archive_with(&archive, "test/evil:1", "{}", "Files/../../evil.txt");
    path = fixture_write(f, "evil.tar", archive.data, archive.length);
    options.loaded = collect;
    options.context = &loaded;
    assert_int_equal(wcow_image_load(f->host, path, &options, &f->err), WCOW_CORRUPT);
    assert_non_null(strstr(f->err.message, "cannot import the layers of 'test/evil:1': "));
    assert_non_null(strstr(f->err.message, "Files/../../evil.txt"));
    assert_int_equal(loaded.length, 0);
    assert_int_equal(wcow_image_inspect(f->host, "test/evil:1", &json, NULL), WCOW_NOT_FOUND);
    assert_int_equal(blobs(f), before);
    assert_ok(&f->err, wcow_image_inspect(f->host, IMAGE, &json, &f->err));
    wcow_free(json);
}

/* Another tool, or a pull that died, has put it into the store: its layers were never looked at. */
static void what_was_there_before_and_proves_hostile_goes_with_its_names(void **state)
{
    fixture *f = *state;
    const size_t before = blobs(f);
    image_store images = {f->files, f->root};
    cleanup_loaded_images loaded_images there = LOADED_IMAGES_INIT;
    cleanup_text text archive = TEXT_INIT;
    cleanup_free char *path = NULL;
    memory_source source;
    char *json = NULL;

    fixture_archive_with(&archive, "test/evil:1", "{}", "Files/../../evil.txt");
    memory_source_init(&source, archive.data, archive.length, 0);
    assert_ok(&f->err, archive_load(&images, &source.source, NULL, &there, NULL, &f->err));
    assert_ok(&f->err, wcow_image_inspect(f->host, "test/evil:1", &json, &f->err));
    wcow_free(json);
    path = fixture_write(f, "evil.tar", archive.data, archive.length);
    assert_int_equal(wcow_image_load(f->host, path, NULL, &f->err), WCOW_CORRUPT);
    assert_int_equal(wcow_image_inspect(f->host, "test/evil:1", &json, NULL), WCOW_NOT_FOUND);
    assert_int_equal(blobs(f), before);
}

/* As of any load that fails: a name that leads to half an image helps nobody. */
static void a_load_that_a_failing_service_ends_keeps_nothing_of_it(void **state)
{
    fixture *f = *state;
    const size_t before = blobs(f);
    cleanup_text text archive = TEXT_INIT;
    cleanup_free char *path = NULL;
    char *json = NULL;

    fixture_archive(&archive, "test/other:1", "{}");
    path = fixture_write(f, "other.tar", archive.data, archive.length);
    assert_true(
        sim_fault(f->fake->sim, "{\"call\":\"ImportLayer\",\"every\":true,\"hr\":\"0x80070005\"}"));
    assert_int_equal(wcow_image_load(f->host, path, NULL, &f->err), WCOW_DENIED);
    sim_faults_clear(f->fake->sim);
    assert_int_equal(wcow_image_inspect(f->host, "test/other:1", &json, NULL), WCOW_NOT_FOUND);
    assert_int_equal(blobs(f), before);
    assert_ok(&f->err, wcow_image_load(f->host, path, NULL, &f->err));
    assert_ok(&f->err, wcow_image_inspect(f->host, "test/other:1", &json, &f->err));
    wcow_free(json);
}

static char *id_of(fixture *f, const char *reference)
{
    cleanup_json cJSON *json = NULL;
    char *printed = NULL;
    char *id;

    assert_ok(&f->err, wcow_image_inspect(f->host, reference, &printed, &f->err));
    json = fixture_json(f, printed);
    id = text_copy(json_text(json, "Id", ""));
    return id;
}

/* Whatever ends it: its layer is refused, or the service fails. */
static void a_load_that_fails_leaves_the_name_to_whoever_has_it(void **state)
{
    fixture *f = *state;
    cleanup_text text evil = TEXT_INIT;
    cleanup_text text other = TEXT_INIT;
    cleanup_free char *evil_path = NULL;
    cleanup_free char *other_path = NULL;
    cleanup_free char *before = id_of(f, IMAGE);
    cleanup_free char *after_evil = NULL;
    cleanup_free char *after_other = NULL;

    fixture_archive_with(&evil, IMAGE, "{}", "Files/../../evil.txt");
    evil_path = fixture_write(f, "evil.tar", evil.data, evil.length);
    assert_int_equal(wcow_image_load(f->host, evil_path, NULL, &f->err), WCOW_CORRUPT);
    after_evil = id_of(f, IMAGE);
    assert_string_equal(after_evil, before);

    fixture_archive_with(&other, IMAGE, "{}", "Files/other.txt");
    other_path = fixture_write(f, "other.tar", other.data, other.length);
    assert_true(
        sim_fault(f->fake->sim, "{\"call\":\"ImportLayer\",\"every\":true,\"hr\":\"0x80070005\"}"));
    assert_int_equal(wcow_image_load(f->host, other_path, NULL, &f->err), WCOW_DENIED);
    sim_faults_clear(f->fake->sim);
    after_other = id_of(f, IMAGE);
    assert_string_equal(after_other, before);
}

/* What wcow does not act on yet is of others' concern: it goes through a commit, a save and a load.
 */
static void nothing_of_a_config_is_lost(void **state)
{
    static const char config[] =
        "{\"Healthcheck\":{\"Test\":[\"CMD-SHELL\",\"exit 0\"],\"Interval\":30000000000},"
        "\"ExposedPorts\":{\"80/tcp\":{}},\"StopSignal\":\"SIGTERM\","
        "\"Volumes\":{\"C:/data\":{}},\"OnBuild\":[\"RUN x\"],\"Shell\":[\"powershell\"],"
        "\"Unknown\":{\"a\":\"b\\u0000c\"}}";
    static const char *const saved[] = {"made:1"};
    fixture *f = *state;
    cleanup_json cJSON *expected = NULL;
    cleanup_free char *path = path_join(f->root, "saved.tar");
    wcow_container_spec spec = WCOW_CONTAINER_SPEC_INIT;
    wcow_commit_options options = WCOW_COMMIT_OPTIONS_INIT;
    wcow_container *web = NULL;
    const cJSON *member;
    char *id = NULL;
    char *json = NULL;

    assert_ok(&f->err, json_parse_with_nul(config, strlen(config), "it", &expected, &f->err));
    fixture_load(f, "full:1", config);
    spec.image = "full:1";
    spec.command = ping;
    assert_ok(&f->err, wcow_container_create(f->host, &spec, &web, &f->err));
    assert_ok(&f->err, wcow_container_commit(web, "made:1", &options, &id, &f->err));
    wcow_free(id);
    assert_ok(&f->err, wcow_image_save(f->host, saved, 1, path, &f->err));
    assert_ok(&f->err, wcow_image_remove(f->host, "made:1", false, NULL, NULL, &f->err));
    assert_ok(&f->err, wcow_image_load(f->host, path, NULL, &f->err));
    assert_ok(&f->err, wcow_image_inspect(f->host, "made:1", &json, &f->err));
    {
        cleanup_json cJSON *made = NULL;

        assert_ok(&f->err, json_parse_with_nul(json, strlen(json), "it", &made, &f->err));
        wcow_free(json);
        cJSON_ArrayForEach (member, expected) {
            const cJSON *own = json_member(json_member(made, "Config"), member->string);

            if (!cJSON_Compare(own, member, true))
                fail_msg("'%s' is not what it was", member->string);
        }
    }
    assert_ok(&f->err, wcow_container_remove(web, false, &f->err));
    wcow_container_free(web);
}

static void a_folder_where_a_file_was_meant_is_called_so(void **state)
{
    static const char *const images[] = {IMAGE};
    fixture *f = *state;
    cleanup_free char *expected = NULL;
    char *id = NULL;

    expected = text_format("cannot open '%s': it is a folder, not a file", f->root);
    assert_fails(&f->err, WCOW_INVALID, expected, wcow_image_load(f->host, f->root, NULL, &f->err));
    free(expected);
    expected = text_format("cannot import '%s': cannot open '%s': it is a folder, not a file",
                           f->root, f->root);
    assert_fails(&f->err, WCOW_INVALID, expected,
                 wcow_image_import(f->host, f->root, NULL, NULL, &id, &f->err));
    free(expected);
    expected = text_format("cannot write '%s': it is a folder, not a file", f->root);
    assert_fails(&f->err, WCOW_INVALID, expected,
                 wcow_image_save(f->host, images, 1, f->root, &f->err));
}

int main(void)
{
#define TEST(name) cmocka_unit_test_setup_teardown(name, fixture_set_up, fixture_tear_down)
    const struct CMUnitTest tests[] = {
        TEST(a_folder_where_a_file_was_meant_is_called_so),
        TEST(nothing_of_a_config_is_lost),
        TEST(a_load_of_a_hostile_layer_keeps_nothing_of_it),
        TEST(what_was_there_before_and_proves_hostile_goes_with_its_names),
        TEST(a_load_that_a_failing_service_ends_keeps_nothing_of_it),
        TEST(a_load_that_fails_leaves_the_name_to_whoever_has_it),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
