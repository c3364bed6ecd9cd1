/* SPDX-License-Identifier: MIT */
/* The self-test on the simulated service: what it asks without running wcow, and how it ends when
 * it cannot. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <wcow/self_test.h>

#include "base/error.h"
#include "base/json.h"
#include "base/path.h"
#include "engine/self_test/self_test.h"
#include "tests/unit/engine/fixture.h"
#include "tests/unit/engine/little_wcow.h"

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

/* ---- running it ---- */

static self_test_program *program = cannot_run;

static char reason[512]; /* told of the image's step; "": none */

static void note_reason(void *context, const char *step, wcow_self_test_outcome outcome,
                        const char *why)
{
    (void)context;
    if (text_equal(step, "take-image"))
        snprintf(reason, sizeof reason, "%s", why ? why : "");
    assert_true(!why == (outcome != WCOW_SELF_TEST_LEFT_OUT));
}

/* Runs it for an image; the parsed report. */
static cJSON *test_host(fixture *f, const char *image, bool no_hyperv, bool *passed)
{
    wcow_self_test_options options = WCOW_SELF_TEST_OPTIONS_INIT;
    cleanup_free char *json = NULL;
    cJSON *report = NULL;

    options.image = image;
    options.told = note_reason;
    options.no_hyperv = no_hyperv;
    assert_ok(&f->err, self_test_run(f->host, &options, program, &json, passed, &f->err));
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

/* The same with the little wcow, which starts containers of these names. */
static cJSON *test_little(fixture *f, const char *names, const char *fault, bool no_hyperv)
{
    bool passed;
    cJSON *report;

    little.f = f;
    little.names = names;
    little.fault = fault;
    program = little_wcow;
    report = test_host(f, IMAGE, no_hyperv, &passed);
    program = cannot_run;
    fixture_settle(f);
    fixture_assert_clean(f);
    return report;
}

static bool root_is_there(fixture *f)
{
    cleanup_free char *root = text_format("%s-self-test", f->root);
    file_info info;

    return HR_SUCCEEDED(f->files->info(f->files, root, &info));
}

static void what_needs_no_command_passes(void **test)
{
    static const char *const names[] = {"take-image", "session", "host",   "privileges", "services",
                                        "exports",    "ids",     "trees",  "deletion",   "refusals",
                                        "image",      "order",   "mounted"};
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
    assert_string_not_equal(reason, "");
    assert_string_equal(reason, json_text(step_of(report, "take-image", NULL), "leftOut", "-"));
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
    wcow_host *own = little_open(f, root);

    spec.image = IMAGE;
    spec.command = ping;
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

/* How often a call stands in a step, with which code. */
static size_t calls_of(const cJSON *step, const char *call, const char *on, const char *hr)
{
    const cJSON *each;
    size_t count = 0;

    cJSON_ArrayForEach (each, json_member(step, "calls"))
        count += text_equal(json_text(each, "call", ""), call) &&
                 text_equal(json_text(each, "on", ""), on) &&
                 (!hr || text_equal(json_text(each, "hr", ""), hr));
    return count;
}

static void what_files_do_is_in_the_report(void **test)
{
    fixture *f = fixture_with_image(NULL);
    bool passed = true;
    cleanup_json cJSON *report = test_host(f, IMAGE, true, &passed);
    const cJSON *step = step_of(report, "deletion", NULL);

    (void)test;
    assert_int_equal(calls_of(step, "replace twice", "replaced-twice.json", "0x00000000"), 1);
    assert_string_equal(json_text(step, "replacedAtOnce", ""), "told apart");
    assert_true(json_integer(step, "replacedApart100ns", 0) >= 100000);
    fixture_free(f);
}

static void who_asks_is_in_the_report(void **test)
{
    static const char *const calls[] = {"listen on a pipe", "connect to it"};
    fixture *f = fixture_with_image(NULL);
    bool passed = true;
    cleanup_json cJSON *report = test_host(f, IMAGE, true, &passed);
    const cJSON *step = step_of(report, "session", NULL);

    (void)test;
    for (size_t i = 0; i < sizeof(calls) / sizeof(calls[0]); i++)
        assert_int_equal(calls_of(step, calls[i], "", "0x00000000"), 1);
    /* Windows alone has them. */
    assert_int_equal(calls_of(step, "IsProcessInJob", "", "0x80070032"), 1);
    assert_int_equal(calls_of(step, "CreateNamedPipe", "owned by Administrators", "0x80070032"), 1);
    fixture_free(f);
}

static void what_the_service_tells_of_processes_is_in_the_report(void **test)
{
    fixture *f = fixture_with_image(NULL);
    cleanup_json cJSON *report = test_little(f, "processes", NULL, false);
    const cJSON *step = step_of(report, "processes", "hyperv");

    (void)test;
    assert_outcome(report, "processes", "process", "passed");
    assert_outcome(report, "processes", "hyperv", "passed");
    assert_int_equal(calls_of(step, "HcsModifyProcess", "ConsoleSize, of an ended process", NULL),
                     1);
    assert_int_equal(calls_of(step, "HcsModifyProcess", "ConsoleSize, without a console", NULL), 1);
    assert_non_null(json_member(step, "consoleHasErrorStream"));
    assert_true(json_integer(step, "processes", 0) > 0);
    assert_true(cJSON_GetArraySize(json_member(step, "list")) > 0);
    assert_non_null(json_member(step, "listedWhilePaused"));
    assert_null(json_member(step_of(report, "processes", "process"), "listedWhilePaused"));
    fixture_free(f);
}

static void a_program_that_keeps_a_signal_is_in_the_report(void **test)
{
    fixture *f = fixture_with_image(NULL);
    cleanup_json cJSON *report = test_little(f, "deaf", NULL, true);
    const cJSON *step = step_of(report, "deaf", "process");

    (void)test;
    assert_outcome(report, "deaf", "process", "passed");
    assert_string_equal(json_text(step, "signalReturned", ""), "yes");
    assert_true(json_integer(step, "killMs", -1) >= 0);
    assert_true(json_integer(step, "stopMs", -1) >= 0);
    fixture_free(f);
}

/* As on a Server Core, where the call that signals a program waits for its end. */
static void a_signal_that_does_not_return_is_in_the_report(void **test)
{
    fixture *f = fixture_with_image(NULL);
    cleanup_json cJSON *report =
        test_little(f, "deaf", "{\"call\":\"HcsSignalProcess\",\"delay\":2500}", true);
    const cJSON *step = step_of(report, "deaf", "process");

    (void)test;
    assert_outcome(report, "deaf", "process", "passed");
    assert_string_equal(json_text(step, "signalReturnedBeforeTheKill", ""), "no");
    assert_string_equal(json_text(step, "signalReturned", ""), "yes");
    assert_true(json_integer(step, "signalMs", 0) >= 2500);
    assert_true(json_integer(step, "killMs", 9999) < 1500);
    fixture_free(f);
}

static void what_namespaces_are_is_in_the_report(void **test)
{
    fixture *f = fixture_with_image(NULL);
    bool passed = true;
    cleanup_json cJSON *report = test_host(f, IMAGE, true, &passed);
    const cJSON *step = step_of(report, "namespaces", NULL);
    cleanup_json cJSON *shown = cJSON_Parse(json_text(step, "madeByVersion1", ""));

    (void)test;
    assert_outcome(report, "namespaces", NULL, "passed");
    assert_string_equal(json_text(shown, "Type", ""), "Host");
    assert_non_null(strstr(json_text(step, "madeByVersion2", ""), "ResourceList"));
    assert_non_null(strstr(json_text(step, "afterItsEnd", ""), "Element not found"));
    assert_int_equal(fixture_left(f, "namespaces"), 0);
    fixture_free(f);
}

static void what_the_credential_guard_says_is_in_the_report(void **test)
{
    (void)test;
    for (int refused = 0; refused < 2; refused++) {
        fixture *f = fixture_with_image(NULL);
        bool passed = true;
        cleanup_json cJSON *report = NULL;
        cleanup_free char *step = NULL;

        if (refused)
            assert_true(sim_fault(f->fake->sim, "{\"call\":\"HcsModifyServiceSettings\",\"hr\":"
                                                "\"0x80070005\"}"));
        report = test_host(f, IMAGE, true, &passed);
        assert_outcome(report, "account", NULL, "passed");
        step = json_print(step_of(report, "account", NULL));
        assert_int_equal(strstr(step, "\"transport\"") != NULL, !refused);
        assert_int_equal(strstr(step, "0x80070005") != NULL, refused);
        assert_non_null(strstr(step, "RemoveInstance of none"));
        assert_int_equal(fixture_left(f, "guards"), 0);
        sim_faults_clear(f->fake->sim);
        fixture_free(f);
    }
}

/* Whatever call on namespaces fails, none is left. */
static void failing_calls_on_namespaces_are_in_the_report(void **test)
{
    static const struct {
        const char *call, *outcome;
    } rows[] = {{"HcnEnumerateNamespaces", "differs"},
                {"HcnCreateNamespace", "differs"},
                {"HcnQueryNamespaceProperties", "differs"},
                {"HcnOpenNamespace", "passed"}};

    (void)test;
    for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
        fixture *f = fixture_with_image(NULL);
        cleanup_free char *fault =
            text_format("{\"call\":\"%s\",\"every\":true,\"hr\":\"0x80004005\"}", rows[i].call);
        bool passed = true;
        cleanup_json cJSON *report = NULL;

        assert_true(sim_fault(f->fake->sim, fault));
        report = test_host(f, IMAGE, true, &passed);
        assert_outcome(report, "namespaces", NULL, rows[i].outcome);
        sim_faults_clear(f->fake->sim);
        assert_int_equal(fixture_left(f, "namespaces"), 0);
        fixture_free(f);
    }
}

/* One call fails each time that the step makes it; its container is ended all the same. */
static void failing_calls_on_processes_are_in_the_report_and_leave_nothing(void **test)
{
    static const struct {
        const char *step, *call;
    } rows[] = {
        {"processes", "HcsOpenComputeSystem"},    {"processes", "HcsCreateProcess"},
        {"processes", "HcsGetProcessProperties"}, {"processes", "HcsGetComputeSystemProperties"},
        {"deaf", "HcsOpenComputeSystem"},         {"deaf", "HcsCreateProcess"},
        {"deaf", "HcsTerminateProcess"},
    };

    (void)test;
    for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
        fixture *f = fixture_with_image(NULL);
        cleanup_free char *fault =
            text_format("{\"call\":\"%s\",\"every\":true,\"hr\":\"0x80004005\"}", rows[i].call);
        cleanup_json cJSON *report = test_little(f, rows[i].step, fault, true);

        assert_outcome(report, rows[i].step, "process", "differs");
        assert_false(root_is_there(f));
        fixture_free(f);
    }
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
        cmocka_unit_test(what_files_do_is_in_the_report),
        cmocka_unit_test(who_asks_is_in_the_report),
        cmocka_unit_test(what_the_service_tells_of_processes_is_in_the_report),
        cmocka_unit_test(a_program_that_keeps_a_signal_is_in_the_report),
        cmocka_unit_test(a_signal_that_does_not_return_is_in_the_report),
        cmocka_unit_test(what_namespaces_are_is_in_the_report),
        cmocka_unit_test(what_the_credential_guard_says_is_in_the_report),
        cmocka_unit_test(failing_calls_on_namespaces_are_in_the_report),
        cmocka_unit_test(failing_calls_on_processes_are_in_the_report_and_leave_nothing),
        cmocka_unit_test(failing_layer_calls_are_in_the_report_and_leave_nothing),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
