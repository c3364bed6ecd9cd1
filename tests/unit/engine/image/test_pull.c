/* SPDX-License-Identifier: MIT */
/* Pulls of a whole host: layers are imported as they come, and what fails leaves nothing behind. */
#include "tests/unit/engine/fixture.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/json.h"
#include "base/path.h"
#include "port/clock.h"
#include "port/hash.h"
#include "tests/unit/support/fake_registry.h"
#include "tests/unit/support/tar_builder.h"

#define PATIENCE 60000u

/* What the hook of the registry and the progress of a pull see. */
typedef struct watch {
    fixture *f;
    const char *held;  /* the digits of a blob that is not given … */
    const char *until; /* … before this layer is imported */
    bool in_time;
    const char *cancel_at; /* a status */
    text events;           /* "digits status", each change a line */
} watch;

static fake_registry *there;
static watch seen;
static char base[SHA256_HEX_SIZE]; /* layers, whose blobs are not compressed: diff ids */
static char upper[SHA256_HEX_SIZE];
static char name[64];

static void hash(const text *bytes, char hex[SHA256_HEX_SIZE])
{
    cleanup_sha256 sha256 *hasher = sha256_new();

    sha256_update(hasher, text_get(bytes), bytes->length);
    sha256_finish(hasher, hex);
}

static void put_layer(const text *tar, char hex[SHA256_HEX_SIZE])
{
    hash(tar, hex);
    fake_registry_put(there, NULL, NULL, text_get(tar), tar->length);
}

static void put_base(void)
{
    static const char *const hives[] = {"DEFAULT", "SAM", "SECURITY", "SOFTWARE", "SYSTEM"};
    cleanup_text text tar = TEXT_INIT;

    tar_add_directory(&tar, "Files");
    tar_add_directory(&tar, "Files/Windows");
    tar_add_directory(&tar, "Files/Windows/System32");
    tar_add_directory(&tar, "Files/Windows/System32/config");
    for (size_t i = 0; i < sizeof(hives) / sizeof(hives[0]); i++) {
        cleanup_free char *path = text_format("Files/Windows/System32/config/%s", hives[i]);

        tar_add_file(&tar, path, hives[i]);
    }
    tar_end(&tar);
    put_layer(&tar, base);
}

static void put_upper(const char *entry)
{
    cleanup_text text tar = TEXT_INIT;

    tar_add_directory(&tar, "Files");
    tar_add_file(&tar, entry, "upper");
    tar_add_directory(&tar, "Hives");
    tar_end(&tar);
    put_layer(&tar, upper);
}

/* The image of those two, as "x:1". */
static void put_image(const char *os_version)
{
    cleanup_text text config = TEXT_INIT;
    cleanup_text text manifest = TEXT_INIT;
    char id[SHA256_HEX_SIZE];

    text_addf(&config,
              "{\"architecture\":\"amd64\",\"os\":\"windows\",\"os.version\":\"%s\",\"config\":{},"
              "\"rootfs\":{\"type\":\"layers\",\"diff_ids\":[\"sha256:%s\",\"sha256:%s\"]}}",
              os_version, base, upper);
    put_layer(&config, id);
    text_addf(&manifest,
              "{\"schemaVersion\":2,\"config\":{\"digest\":\"sha256:%s\",\"size\":%zu},"
              "\"layers\":[",
              id, config.length);
    for (int i = 0; i < 2; i++) {
        cleanup_free char *digest = text_format("sha256:%s", i ? upper : base);

        text_addf(&manifest, "%s{\"digest\":\"%s\",\"size\":%zu}", i ? "," : "", digest,
                  fake_registry_find(there, digest)->size);
    }
    text_add(&manifest, "]}");
    fake_registry_put(there, "1", "application/vnd.oci.image.manifest.v1+json", text_get(&manifest),
                      manifest.length);
}

static int set_up(void **state)
{
    fixture *f = fixture_new(NULL);

    there = fake_registry_new();
    snprintf(name, sizeof(name), "%s/x:1", there->host);
    setenv("DOCKER_CONFIG", f->root, 1); /* where there is none */
    seen = (watch){.f = f};
    put_base();
    put_upper("Files/new.txt");
    put_image("10.0.20348.1");
    *state = f;
    return 0;
}

static int tear_down(void **state)
{
    fake_registry_free(there);
    text_free(&seen.events);
    unsetenv("DOCKER_CONFIG");
    fixture_free(*state);
    return 0;
}

/* ---- what is seen ---- */

static bool is_imported(const char *chain)
{
    cleanup_free char *path = text_format("%s/layers/%s/layer.json", seen.f->root, chain);

    return access(path, F_OK) == 0;
}

static void hold(void *context, const char *method, const char *path)
{
    const uint64_t end = clock_ticks() + PATIENCE;

    (void)context;
    (void)method;
    if (!seen.held || !strstr(path, seen.held))
        return;
    while (!is_imported(seen.until) && clock_ticks() < end)
        clock_sleep(5);
    seen.in_time = is_imported(seen.until);
}

static bool told(void *context, const wcow_transfer *event)
{
    cleanup_free char *line = text_format("%s %s\n", event->id ? event->id : "-", event->status);

    (void)context;
    if (!seen.events.length || !strstr(text_get(&seen.events), line))
        text_add(&seen.events, line);
    return !seen.cancel_at || strcmp(event->status, seen.cancel_at) != 0;
}

/* Each of these lines came after the one before. */
static void assert_order(const char *const *lines)
{
    const char *at = text_get(&seen.events);

    for (; *lines; lines++) {
        const char *found = strstr(at, *lines);

        if (!found)
            fail_msg("'%s' is not where it should be in:\n%s", *lines, text_get(&seen.events));
        at = found;
    }
}

static wcow_status pull(fixture *f)
{
    wcow_pull_options options = WCOW_PULL_OPTIONS_INIT;

    char *whole = NULL;
    wcow_status status;

    options.told = told;
    options.name = &whole;
    text_free(&seen.events);
    fake_registry_restart_journal(there);
    status = wcow_image_pull(f->host, name, &options, &f->err);
    assert_true(status ? whole == NULL : text_equal(whole, name));
    wcow_free(whole);
    return status;
}

/* Rows of `layer ls` with that status. */
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

static size_t images(fixture *f)
{
    wcow_image_info *list = NULL;
    size_t count = 0;

    assert_ok(&f->err, wcow_image_list(f->host, &list, &count, &f->err));
    wcow_free(list);
    return count;
}

static size_t files_in(fixture *f, const char *folder)
{
    cleanup_free char *path = path_join(f->root, folder);
    cleanup_strings string_list names = STRING_LIST_INIT;
    size_t count = 0;

    (void)f->files->list(f->files, path, &names);
    for (size_t i = 0; i < names.count; i++)
        count += !text_ends_with(names.items[i], ".lock");
    return count;
}

/* ---- the cases ---- */

static void a_layer_is_imported_while_the_next_one_still_comes(void **state)
{
    fixture *f = *state;
    cleanup_free char *extracted = text_format("%.12s Extracting", base);
    cleanup_free char *complete = text_format("%.12s Pull complete", base);
    cleanup_free char *next = text_format("%.12s Download complete", upper);
    cleanup_free char *last = text_format("%.12s Pull complete", upper);
    const char *const order[] = {extracted, complete, next, last, "- Digest:", NULL};

    seen.held = upper;
    seen.until = base;
    there->before = hold;
    assert_ok(&f->err, pull(f));
    assert_true(seen.in_time);
    assert_order(order);
    assert_int_equal(layers(f, "ready"), 2);
    assert_int_equal(images(f), 1);
}

static void each_layer_tells_how_far_it_is(void **state)
{
    static const char *const steps[] = {"Pulling fs layer",  "Downloading", "Verifying Checksum",
                                        "Download complete", "Extracting",  "Pull complete"};
    fixture *f = *state;

    assert_ok(&f->err, pull(f));
    for (int i = 0; i < 2; i++) {
        const char *at = text_get(&seen.events);

        for (size_t n = 0; n < sizeof(steps) / sizeof(steps[0]); n++) {
            cleanup_free char *line = text_format("%.12s %s\n", i ? upper : base, steps[n]);

            at = strstr(at, line);
            assert_non_null(at);
        }
    }
}

static void a_pull_again_makes_one_request_and_says_nothing_of_layers(void **state)
{
    fixture *f = *state;
    cleanup_free char *journal = NULL;

    assert_ok(&f->err, pull(f));
    assert_ok(&f->err, pull(f));
    journal = fake_registry_journal(there);
    assert_string_equal(journal, "GET /v2/x/manifests/1\n");
    assert_null(strstr(text_get(&seen.events), "Pull complete"));
    assert_non_null(strstr(text_get(&seen.events), "Image is up to date"));
}

static void what_was_imported_before_a_break_is_gone_on_with(void **state)
{
    fixture *f = *state;

    seen.held = upper;
    seen.until = base;
    there->before = hold;
    fake_registry_fail(there, FAULT_500, 1, true);
    there->fault_path = upper;
    assert_int_equal(pull(f), WCOW_UNAVAILABLE);
    assert_int_equal(images(f), 0);
    assert_int_equal(layers(f, "unused"), 1);
    assert_int_equal(layers(f, "leftover"), 0);
    there->fault_path = NULL;
    fake_registry_fail(there, FAULT_500, 0, false);
    assert_ok(&f->err, pull(f));
    assert_int_equal(fixture_calls(f, "ProcessBaseImage"), 1);
    assert_int_equal(fake_registry_asked(there, base), 0);
    assert_int_equal(layers(f, "ready"), 2);
}

static void a_hostile_layer_is_refused_and_all_of_its_image_goes(void **state)
{
    fixture *f = *state;

    fake_registry_empty(there);
    put_base();
    put_upper("Files/../../evil.txt");
    put_image("10.0.20348.1");
    assert_int_equal(pull(f), WCOW_CORRUPT);
    assert_non_null(strstr(f->err.message, "Files/../../evil.txt"));
    assert_int_equal(images(f), 0);
    assert_int_equal(layers(f, "ready"), 0);
    assert_int_equal(layers(f, "leftover"), 0);
    assert_int_equal(files_in(f, "images/blobs/sha256"), 0);
    assert_int_equal(files_in(f, "images/downloads"), 1); /* the config, which is like any other */
}

/* Pulled where nothing could be imported, as on Linux; it turns out later what it is. */
static void what_was_kept_and_proves_hostile_is_forgotten(void **state)
{
    fixture *f = *state;
    storage_port *storage = f->host->storage;
    wcow_status status;

    fake_registry_empty(there);
    put_base();
    put_upper("Files/../../evil.txt");
    put_image("10.0.20348.1");
    f->host->storage = NULL;
    status = pull(f);
    f->host->storage = storage;
    assert_ok(&f->err, status);
    assert_int_equal(images(f), 1);
    assert_int_equal(pull(f), WCOW_CORRUPT);
    assert_non_null(strstr(f->err.message, "cannot import the layers of"));
    assert_int_equal(images(f), 0);
    assert_int_equal(files_in(f, "layers"), 0);
    assert_int_equal(files_in(f, "images/blobs/sha256"), 0);
}

static void a_cancelled_import_leaves_no_half_layer(void **state)
{
    fixture *f = *state;

    seen.cancel_at = "Extracting";
    assert_int_equal(pull(f), WCOW_CANCELLED);
    assert_int_equal(images(f), 0);
    assert_int_equal(layers(f, "leftover"), 0);
    seen.cancel_at = NULL;
    assert_ok(&f->err, pull(f));
    assert_int_equal(layers(f, "ready"), 2);
}

/* ---- what does not run here ---- */

/* An index "1" of images that nobody will fetch. */
static void put_builds(const char *const *builds)
{
    cleanup_text text index = TEXT_INIT;

    text_add(&index, "{\"schemaVersion\":2,\"manifests\":[");
    for (size_t i = 0; builds[i]; i++)
        text_addf(&index,
                  "%s{\"digest\":\"sha256:%064zu\",\"size\":1,\"platform\":{\"os\":\"windows\","
                  "\"architecture\":\"amd64\",\"os.version\":\"%s\"}}",
                  i ? "," : "", i, builds[i]);
    text_add(&index, "]}");
    fake_registry_empty(there);
    fake_registry_put(there, "1", "application/vnd.oci.image.index.v1+json", text_get(&index),
                      index.length);
}

static void expect_refusal(fixture *f, const char *platform, bool process, const char *message,
                           const char *hint)
{
    cleanup_free char *expected = text_format("no image of %s %s", name, message);
    wcow_pull_options options = WCOW_PULL_OPTIONS_INIT;

    options.platform = platform;
    options.process = process;
    assert_fails(&f->err, WCOW_UNSUPPORTED, expected,
                 wcow_image_pull(f->host, name, &options, &f->err));
    assert_string_equal(f->err.hint, hint);
}

static void builds_that_are_too_new_are_told_with_what_would_work(void **state)
{
    static const char *const newer[] = {"10.0.20348.2031", "10.0.26100.1", NULL};
    static const char *const older[] = {"10.0.14393.1", "10.0.17763.5329", NULL};
    fixture *f = *state;

    f->host->version = (machine_version){10, 0, 17763, 1, true};
    put_builds(newer);
    expect_refusal(f, NULL, false,
                   "fits this host, Windows 10.0.17763.1: it offers Windows "
                   "10.0.20348.2031, 10.0.26100.1",
                   "no isolation runs an image newer than its host: take an older one, or update "
                   "Windows.\na tag for build 17763 or older is often called ltsc2019.");
    f->host->version = (machine_version){10, 0, 20348, 1, true};
    put_builds(older);
    expect_refusal(
        f, NULL, true,
        "fits process isolation on this host, Windows 10.0.20348.1: it "
        "offers Windows 10.0.14393.1, 10.0.17763.5329",
        "with --isolation=hyperv this host runs 10.0.14393.1, 10.0.17763.5329.\na tag for "
        "build 20348 or older is often called ltsc2022.");
    put_builds(newer);
    expect_refusal(f, "windows(10.0.14393)", false,
                   "is for Windows 10.0.14393: it offers Windows 10.0.20348.2031, "
                   "10.0.26100.1",
                   "without --platform this host runs 10.0.20348.2031.");
}

static void an_image_of_one_build_is_refused_with_the_same_advice(void **state)
{
    fixture *f = *state;

    f->host->version = (machine_version){10, 0, 17763, 1, true};
    expect_refusal(f, NULL, false,
                   "fits this host, Windows 10.0.17763.1: it offers Windows "
                   "10.0.20348.1",
                   "no isolation runs an image newer than its host: take an older one, or update "
                   "Windows.\na tag for build 17763 or older is often called ltsc2019.");
    assert_int_equal(fake_registry_asked(there, "/blobs/"), 1); /* the config alone */
}

static void a_platform_is_windows_of_some_build(void **state)
{
    cleanup_free char *journal = NULL;
    static const char *const wrong[] = {"",
                                        "Windows",
                                        "windows/",
                                        "windowsx",
                                        "windows()",
                                        "windows(10.0",
                                        "windows(ten)/amd64",
                                        "windows(10.0)x",
                                        "windows/a-name-that-is-too-long"};
    fixture *f = *state;
    wcow_pull_options options = WCOW_PULL_OPTIONS_INIT;

    for (size_t i = 0; i < sizeof(wrong) / sizeof(wrong[0]); i++) {
        cleanup_free char *message =
            text_format("invalid platform '%s': it is windows/amd64, or with a build "
                        "\"windows(10.0.20348)/amd64\", in quotes",
                        wrong[i]);

        options.platform = wrong[i];
        assert_fails(&f->err, WCOW_INVALID, message,
                     wcow_image_pull(f->host, name, &options, &f->err));
    }
    options.platform = "linux/amd64";
    assert_fails(&f->err, WCOW_UNSUPPORTED, "wcow runs Windows containers, not linux/amd64 ones",
                 wcow_image_pull(f->host, name, &options, &f->err));
    journal = fake_registry_journal(there);
    assert_string_equal(journal, ""); /* nobody was asked */
}

/* Files of the store and of the layers alike, while both are written at the same time. */
static void any_file_call_of_a_pull_may_fail(void **state)
{
    fixture *f = *state;
    size_t points = 0;
    bool failed = true;

    while (failed) {
        wcow_status status;

        faulty_files_fail(&f->faulty, points + 1);
        status = pull(f);
        failed = f->faulty.failed > 0;
        faulty_files_fail(&f->faulty, 0);
        points += failed;
        assert_true(failed || status == WCOW_OK);
        assert_true(status == WCOW_OK || *f->err.message);
        assert_int_equal(f->faulty.open, 0);
        assert_ok(&f->err, pull(f));
        assert_int_equal(layers(f, "ready"), 2);
        assert_ok(&f->err, wcow_image_remove(f->host, name, true, NULL, NULL, &f->err));
        assert_int_equal(layers(f, "ready"), 0);
    }
    print_message("%zu failing file calls of a pull with its imports\n", points);
}

/* The service's, too: ProcessBaseImage, ImportLayer and what goes before and after them. */
static void any_call_to_the_service_may_fail(void **state)
{
    fixture *f = *state;
    unsigned nth = 0;
    bool failed = true;

    while (failed) {
        cleanup_free char *fault = text_format("{\"nth\":%u,\"hr\":\"0x80004005\"}", ++nth);
        wcow_status status;

        assert_true(sim_fault(f->fake->sim, fault));
        status = pull(f);
        sim_faults_clear(f->fake->sim);
        failed = status != WCOW_OK;
        assert_true(!failed || *f->err.message);
        if (failed)
            assert_ok(&f->err, pull(f));
        assert_int_equal(layers(f, "ready"), 2);
        assert_int_equal(layers(f, "leftover"), 0);
        assert_ok(&f->err, wcow_image_remove(f->host, name, true, NULL, NULL, &f->err));
    }
    print_message("%u failing calls to the service\n", nth - 1);
    assert_true(nth > 2);
}

static void *pull_quietly(void *context)
{
    fixture *f = context;
    wcow_error error = WCOW_ERROR_INIT;

    return wcow_image_pull(f->host, name, NULL, &error) ? text_copy(error.message) : NULL;
}

static void pulls_at_the_same_time_share_downloads_and_imports(void **state)
{
    fixture *f = *state;
    pthread_t threads[3];

    seen.held = upper; /* so that the others have begun before the first one ends */
    seen.until = base;
    there->before = hold;
    for (size_t i = 0; i < 3; i++)
        assert_int_equal(pthread_create(&threads[i], NULL, pull_quietly, f), 0);
    for (size_t i = 0; i < 3; i++) {
        void *failure = NULL;

        assert_int_equal(pthread_join(threads[i], &failure), 0);
        if (failure)
            fail_msg("%s", (char *)failure);
    }
    assert_int_equal(fake_registry_asked(there, base), 1);
    assert_int_equal(fake_registry_asked(there, upper), 1);
    assert_int_equal(fixture_calls(f, "ProcessBaseImage"), 1);
    assert_int_equal(fixture_calls(f, "ImportLayer"), 1);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
#define TEST(test) cmocka_unit_test_setup_teardown(test, set_up, tear_down)
        TEST(a_layer_is_imported_while_the_next_one_still_comes),
        TEST(each_layer_tells_how_far_it_is),
        TEST(a_pull_again_makes_one_request_and_says_nothing_of_layers),
        TEST(what_was_imported_before_a_break_is_gone_on_with),
        TEST(a_hostile_layer_is_refused_and_all_of_its_image_goes),
        TEST(what_was_kept_and_proves_hostile_is_forgotten),
        TEST(a_cancelled_import_leaves_no_half_layer),
        TEST(builds_that_are_too_new_are_told_with_what_would_work),
        TEST(an_image_of_one_build_is_refused_with_the_same_advice),
        TEST(any_call_to_the_service_may_fail),
        TEST(pulls_at_the_same_time_share_downloads_and_imports),
        TEST(a_platform_is_windows_of_some_build),
        TEST(any_file_call_of_a_pull_may_fail),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
