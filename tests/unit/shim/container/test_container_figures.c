/* SPDX-License-Identifier: MIT */
/* What the service says of a container, and changing its limits. */
#include <string.h>

#include "base/error.h"
#include "tests/unit/shim/container/shim_scene.h"

#define RESOURCES "types.containerd.io/opencontainers/runtime-spec/1/WindowsResources"

static void count(void *to, const char *exec_id, const task_process_facts *facts)
{
    text *list = to;

    text_addf(list, "%s=%s ", exec_id ? exec_id : "?", facts->image_name ? facts->image_name : "");
    assert_true(facts->pid > 0);
}

static void processes_are_told_with_their_facts(void **state)
{
    cleanup_text text list = TEXT_INIT;
    shim_scene s;

    (void)state;
    shim_scene_open(&s, "web", false, NULL);
    shim_scene_run(&s, "web", "ping");
    assert_ok(&s.err, shim_scene_exec(&s, "web", "e1", "{\"commandLine\":\"stuck\",\"cwd\":\"\"}"));
    assert_ok(&s.err, shim_scene_start(&s, "web", "e1"));
    assert_ok(&s.err, task_processes(s.pod, "web", count, &list, &s.err));
    assert_non_null(strstr(text_get(&list), "=ping"));
    assert_non_null(strstr(text_get(&list), "e1=stuck"));
    shim_scene_close(&s);
}

static void statistics_are_told_in_nanoseconds(void **state)
{
    task_statistics is = {0};
    shim_scene s;

    (void)state;
    shim_scene_open(&s, "web", false, NULL);
    shim_scene_run(&s, "web", "ping");
    assert_ok(&s.err, task_measure(s.pod, "web", &is, &s.err));
    assert_true(is.timestamp >= is.started_at && is.started_at > 0);
    assert_int_equal(is.uptime % 100, 0);
    assert_true(is.commit > 0);
    shim_scene_close(&s);
}

static void a_container_that_just_goes_does_not_run(void **state)
{
    static const char *const codes[] = {"0xC037010E", "0xC0370105", "0xC0370110", "0x80070005",
                                        "0x80070006"};
    task_statistics is = {0};
    shim_scene s;

    (void)state;
    shim_scene_open(&s, "web", false, NULL);
    shim_scene_run(&s, "web", "ping");
    for (size_t i = 0; i < sizeof(codes) / sizeof(codes[0]); i++) {
        cleanup_free char *fault =
            text_format("{\"call\":\"HcsGetComputeSystemProperties\",\"hr\":\"%s\"}", codes[i]);

        shim_scene_fault(&s, fault);
        assert_fails(&s.err, WCOW_NOT_FOUND, "the container 'web' does not run",
                     task_measure(s.pod, "web", &is, &s.err));
        sim_faults_clear(s.fake->sim);
    }
    shim_scene_close(&s);
}

static wcow_status change(shim_scene *s, const char *type, const char *json)
{
    const task_change c = {type, json, strlen(json)};

    return task_update(s->pod, "web", &c, &s->err);
}

static void limits_are_changed_one_after_the_other(void **state)
{
    cleanup_json cJSON *last = NULL;
    shim_scene s;

    (void)state;
    shim_scene_open(&s, "web", false, NULL);
    shim_scene_run(&s, "web", "ping");
    assert_ok(&s.err, change(&s, RESOURCES,
                             "{\"memory\":{\"limit\":134217728},\"cpu\":{\"maximum\":2500}}"));
    assert_int_equal(shim_scene_calls(&s, "HcsModifyComputeSystem"), 2);
    last = shim_scene_last(&s, "HcsModifyComputeSystem", "configuration");
    assert_string_equal(json_text(last, "ResourcePath", ""), "Container/Processor");
    assert_int_equal(json_integer(json_member(last, "Settings"), "Maximum", 0), 2500);
    shim_scene_close(&s);
}

static void nothing_is_changed_before_all_of_it_is_checked(void **state)
{
    static const struct row {
        const char *type, *json;
        wcow_status status;
    } rows[] = {
        {RESOURCES, "{\"memory\":{\"limit\":134217728},\"cpu\":{\"count\":1,\"shares\":5}}",
         WCOW_INVALID},
        {RESOURCES, "{\"memory\":{\"limit\":134217728},\"cpu\":{\"maximum\":10001}}", WCOW_INVALID},
        {RESOURCES, "{\"memory\":{\"limit\":134217728},\"cpu\":{\"affinity\":[{}]}}",
         WCOW_UNSUPPORTED},
        {RESOURCES, "{\"memory\":{\"limit\":-1}}", WCOW_INVALID},
        {RESOURCES, "{\"memory\":{\"limit\":1.5}}", WCOW_INVALID},
        {RESOURCES, "{", WCOW_INVALID},
        {RESOURCES, "[]", WCOW_INVALID},
        {"github.com/Microsoft/hcsshim/pkg/ctrdtaskapi/ContainerMount", "{}", WCOW_UNSUPPORTED},
    };
    shim_scene s;

    (void)state;
    shim_scene_open(&s, "web", false, NULL);
    shim_scene_run(&s, "web", "ping");
    for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++)
        assert_int_equal(change(&s, rows[i].type, rows[i].json), rows[i].status);
    assert_int_equal(shim_scene_calls(&s, "HcsModifyComputeSystem"), 0);
    shim_scene_close(&s);
}

static void an_old_windows_changes_no_processors(void **state)
{
    const sim_options options = {.build = 17763};
    shim_scene s;

    (void)state;
    shim_scene_open(&s, "web", false, &options);
    shim_scene_run(&s, "web", "ping");
    assert_int_equal(
        change(&s, RESOURCES, "{\"memory\":{\"limit\":134217728},\"cpu\":{\"maximum\":2500}}"),
        WCOW_UNSUPPORTED);
    assert_int_equal(shim_scene_calls(&s, "HcsModifyComputeSystem"), 0);
    shim_scene_close(&s);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(processes_are_told_with_their_facts),
        cmocka_unit_test(statistics_are_told_in_nanoseconds),
        cmocka_unit_test(a_container_that_just_goes_does_not_run),
        cmocka_unit_test(limits_are_changed_one_after_the_other),
        cmocka_unit_test(nothing_is_changed_before_all_of_it_is_checked),
        cmocka_unit_test(an_old_windows_changes_no_processors),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
