/* SPDX-License-Identifier: MIT */
/* The self-test on the simulated service: what it asks without running wcow, and how it ends when
 * it cannot. */
#include <stdlib.h>
#include <string.h>

#include <wcow/self_test.h>

#include "base/error.h"
#include "base/json.h"
#include "base/path.h"
#include "engine/self_test/self_test.h"
#include "tests/unit/engine/fixture.h"

static size_t runs;

/* No program can be started. */
static int32_t cannot_run(const char *const *arguments, const char *input, const char *output,
                          const char *error, uint32_t milliseconds, uint32_t *exit_code)
{
    (void)input, (void)output, (void)error, (void)milliseconds, (void)exit_code;
    assert_string_equal(arguments[0], "--root");
    assert_true(text_ends_with(arguments[1], "-self-test"));
    runs++;
    return HR_ACCESS_DENIED;
}

/* Runs it for an image; the parsed report. */
static cJSON *test_host(fixture *f, const char *image, bool no_hyperv, bool *passed)
{
    wcow_self_test_options options = WCOW_SELF_TEST_OPTIONS_INIT;
    cleanup_free char *json = NULL;
    cJSON *report = NULL;

    options.image = image;
    options.no_hyperv = no_hyperv;
    assert_ok(&f->err, self_test_run(f->host, &options, cannot_run, &json, passed, &f->err));
    assert_ok(&f->err, json_parse(json, strlen(json), "the report", &report, &f->err));
    return report;
}

/* The outcome of a step; isolation NULL: whichever comes first. */
static const cJSON *step_of(const cJSON *report, const char *name, const char *isolation)
{
    const cJSON *each;

    cJSON_ArrayForEach (each, json_member(report, "steps")) {
        if (text_equal(json_text(each, "name", ""), name) &&
            (!isolation || text_equal(json_text(each, "isolation", ""), isolation)))
            return each;
    }
    return NULL;
}

static void assert_outcome(const cJSON *report, const char *name, const char *isolation,
                           const char *outcome)
{
    const cJSON *step = step_of(report, name, isolation);
    cleanup_free char *printed = json_print(step);

    if (!step || !text_equal(json_text(step, "outcome", ""), outcome))
        fail_msg("%s: %s is not '%s'", name, printed ? printed : "no such step", outcome);
}

static bool root_is_there(fixture *f)
{
    cleanup_free char *root = text_format("%s-self-test", f->root);
    file_info info;

    return HR_SUCCEEDED(f->files->info(f->files, root, &info));
}

static void what_needs_no_command_passes(void **test)
{
    static const char *const names[] = {"take-image", "host",  "privileges", "services",
                                        "exports",    "ids",   "trees",      "deletion",
                                        "refusals",   "image", "order"};
    fixture *f = fixture_with_image(NULL);
    bool passed = true;
    cleanup_json cJSON *report = test_host(f, IMAGE, false, &passed);

    (void)test;
    for (size_t i = 0; i < sizeof(names) / sizeof(names[0]); i++)
        assert_outcome(report, names[i], NULL, "passed");
    fixture_assert_clean(f);
    assert_false(root_is_there(f));
    fixture_free(f);
}

static void a_wcow_that_cannot_be_run_makes_it_differ_and_says_so_once(void **test)
{
    fixture *f = fixture_with_image(NULL);
    bool passed = true;
    cleanup_json cJSON *report = NULL;

    (void)test;
    runs = 0;
    report = test_host(f, IMAGE, false, &passed);
    assert_false(passed);
    assert_outcome(report, "codes", "process", "differs");
    assert_outcome(report, "codes", "hyperv", "differs");
    assert_outcome(report, "output", "process", "left out");
    assert_outcome(report, "signals", "hyperv", "left out");
    assert_outcome(report, "leftovers", NULL, "differs"); /* nobody could look */
    assert_true(runs > 2);
    assert_true(json_integer(report, "differs", 0) >= 3);
    fixture_free(f);
}

static void without_hyperv_nothing_of_it_is_tried(void **test)
{
    fixture *f = fixture_with_image(NULL);
    bool passed = true;
    cleanup_json cJSON *report = test_host(f, IMAGE, true, &passed);

    (void)test;
    assert_null(step_of(report, "codes", "hyperv"));
    assert_non_null(step_of(report, "codes", "process"));
    fixture_free(f);
}

static void an_image_that_cannot_be_had_leaves_out_what_needs_one(void **test)
{
    fixture *f = fixture_new(NULL);
    bool passed = true;
    /* Port 1 of this machine: nobody is there. */
    cleanup_json cJSON *report = test_host(f, "localhost:1/nobody:1", false, &passed);

    (void)test;
    assert_outcome(report, "take-image", NULL, "left out");
    assert_outcome(report, "order", NULL, "left out");
    assert_outcome(report, "codes", "process", "left out");
    assert_outcome(report, "trees", NULL, "passed");
    assert_false(root_is_there(f));
    fixture_free(f);
}

/* Each Windows runs images of its own build or older ones: asked of Microsoft's registry, to which
 * there is no way here. */
static void without_an_image_it_takes_the_one_of_the_hosts_build(void **test)
{
    static const struct {
        uint32_t build;
        const char *image;
    } rows[] = {{14393, "mcr.microsoft.com/windows/servercore:ltsc2016"},
                {17763, "mcr.microsoft.com/windows/nanoserver:ltsc2019"},
                {19041, "mcr.microsoft.com/windows/nanoserver:ltsc2019"},
                {20348, "mcr.microsoft.com/windows/nanoserver:ltsc2022"},
                {26100, "mcr.microsoft.com/windows/nanoserver:ltsc2025"}};

    (void)test;
    setenv("HTTPS_PROXY", "http://localhost:1", 1);
    for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
        fixture *f = fixture_new(NULL);
        cleanup_json cJSON *report = NULL;
        bool passed = true;

        f->host->version.build = rows[i].build;
        report = test_host(f, NULL, true, &passed);
        assert_outcome(report, "take-image", NULL, "left out");
        assert_string_equal(json_text(report, "image", ""), rows[i].image);
        fixture_free(f);
    }
    unsetenv("HTTPS_PROXY");
}

static void what_an_earlier_one_left_goes_first(void **test)
{
    fixture *f = fixture_with_image(NULL);
    cleanup_free char *root = text_format("%s-self-test", f->root);
    cleanup_free char *path = path_join(root, "left.txt");
    bool passed = true;
    cleanup_json cJSON *report = NULL;

    (void)test;
    assert_int_equal(f->files->make_directory(f->files, root), 0);
    assert_int_equal(f->files->replace(f->files, path, "x", 1), 0);
    report = test_host(f, IMAGE, true, &passed);
    assert_outcome(report, "order", NULL, "passed");
    assert_false(root_is_there(f));
    fixture_free(f);
}

/* A test that was killed leaves a container that runs, with its monitor. */
static void leave_a_running_one(fixture *f, const char *root)
{
    static const char *const names[] = {IMAGE};
    static const char *const ping[] = {"ping", NULL};
    cleanup_free char *archive = path_join(f->root, "image.tar");
    wcow_container_spec spec = WCOW_CONTAINER_SPEC_INIT;
    wcow_container *container = NULL;
    wcow_host *own = NULL;

    spec.image = IMAGE;
    spec.command = ping;
    assert_ok(&f->err,
              host_new(root, f->host->hcs, f->host->storage, f->host->files, &own, &f->err));
    own->start_monitor = f->host->start_monitor;
    own->start_context = f->host->start_context;
    own->limits = f->host->limits;
    own->version = f->host->version;
    assert_ok(&f->err, wcow_image_save(f->host, names, 1, archive, &f->err));
    assert_ok(&f->err, wcow_image_load(own, archive, NULL, &f->err));
    assert_ok(&f->err, wcow_container_create(own, &spec, &container, &f->err));
    assert_ok(&f->err, wcow_container_start(container, NULL, NULL, &f->err));
    wcow_container_free(container);
    wcow_host_free(own);
}

static void what_still_runs_of_an_earlier_one_is_ended(void **test)
{
    fixture *f = fixture_with_image(NULL);
    cleanup_free char *root = text_format("%s-self-test", f->root);
    bool passed = true;
    cleanup_json cJSON *report = NULL;

    (void)test;
    leave_a_running_one(f, root);
    assert_int_equal(fixture_left(f, "systems"), 1);
    report = test_host(f, IMAGE, true, &passed);
    assert_outcome(report, "order", NULL, "passed");
    fixture_settle(f);
    fixture_assert_clean(f);
    assert_false(root_is_there(f));
    fixture_free(f);
}

/* Whatever call to the storage service fails, the report is made and nothing stays mounted. */
static void failing_layer_calls_are_in_the_report_and_leave_nothing(void **test)
{
    static const char *const calls[] = {"CreateSandboxLayer", "ActivateLayer", "PrepareLayer",
                                        "GetLayerMountPath",  "NameToGuid",    "ExpandSandboxSize"};

    (void)test;
    for (size_t i = 0; i < sizeof(calls) / sizeof(calls[0]); i++) {
        fixture *f = fixture_with_image(NULL);
        bool passed = true;
        cleanup_json cJSON *report = NULL;

        cleanup_free char *fault =
            text_format("{\"call\":\"%s\",\"every\":true,\"hr\":\"0x80004005\"}", calls[i]);

        assert_true(sim_fault(f->fake->sim, fault));
        report = test_host(f, IMAGE, true, &passed);
        assert_false(passed);
        sim_faults_clear(f->fake->sim);
        fixture_assert_clean(f);
        fixture_free(f);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(what_needs_no_command_passes),
        cmocka_unit_test(a_wcow_that_cannot_be_run_makes_it_differ_and_says_so_once),
        cmocka_unit_test(without_hyperv_nothing_of_it_is_tried),
        cmocka_unit_test(an_image_that_cannot_be_had_leaves_out_what_needs_one),
        cmocka_unit_test(without_an_image_it_takes_the_one_of_the_hosts_build),
        cmocka_unit_test(what_an_earlier_one_left_goes_first),
        cmocka_unit_test(what_still_runs_of_an_earlier_one_is_ended),
        cmocka_unit_test(failing_layer_calls_are_in_the_report_and_leave_nothing),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
