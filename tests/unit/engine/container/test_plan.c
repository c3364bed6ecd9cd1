/* SPDX-License-Identifier: MIT */
/* What a run would do: --dry-run. */
#include "tests/unit/engine/fixture.h"

#include <string.h>

#include "base/json.h"

static cJSON *plan_of(fixture *f, const wcow_container_spec *spec)
{
    char *json = NULL;
    cJSON *plan;

    assert_ok(&f->err, wcow_container_plan(f->host, spec, &json, &f->err));
    plan = fixture_json(f, json);
    return plan;
}

static bool plans_call(const cJSON *plan, const char *name)
{
    const cJSON *item;

    cJSON_ArrayForEach (item, json_member(plan, "calls"))
        if (text_equal(json_text(item, "call", ""), name))
            return true;
    return false;
}

static void a_plan_touches_nothing(void **state)
{
    fixture *f = *state;
    wcow_container_spec spec = WCOW_CONTAINER_SPEC_INIT;
    const size_t mounted = fixture_calls(f, "ActivateLayer");
    wcow_container_info *rows = NULL;
    size_t count = 1;

    spec.image = IMAGE;
    spec.isolation = WCOW_ISOLATION_PROCESS;

    cleanup_json cJSON *plan = plan_of(f, &spec);

    assert_true(plans_call(plan, "PrepareLayer"));
    assert_true(plans_call(plan, "HNSCall"));
    assert_string_equal(json_text(json_path(plan, "process"), "CommandLine", ""), "ping");
    assert_string_equal(json_text(json_path(plan, "system"), "Owner", ""), "wcow");
    assert_int_equal(cJSON_GetArraySize(json_path(plan, "system.Layers")), 2);
    assert_ok(&f->err, wcow_container_list(f->host, &rows, &count, &f->err));
    assert_int_equal(count, 0);
    wcow_free(rows);
    assert_int_equal(fixture_calls(f, "HcsCreateComputeSystem"), 0);
    assert_int_equal(fixture_calls(f, "ActivateLayer"), mounted);
    fixture_assert_clean(f);
}

static void a_plan_depends_on_isolation_network_and_input(void **state)
{
    fixture *f = *state;
    wcow_container_spec spec = WCOW_CONTAINER_SPEC_INIT;

    spec.image = IMAGE;
    spec.isolation = WCOW_ISOLATION_HYPERV;
    spec.network = "none";
    spec.open_stdin = true;

    cleanup_json cJSON *plan = plan_of(f, &spec);

    assert_false(plans_call(plan, "PrepareLayer"));
    assert_false(plans_call(plan, "HNSCall"));
    assert_false(plans_call(plan, "HcsModifyProcess"));
    assert_true(plans_call(plan, "HcsCreateComputeSystem"));
    assert_non_null(json_path(plan, "system.HvRuntime"));
}

static void a_plan_refuses_what_create_would(void **state)
{
    fixture *f = *state;
    wcow_container_spec spec = WCOW_CONTAINER_SPEC_INIT;
    char *json = NULL;

    spec.image = "test/none:1";
    assert_int_equal(wcow_container_plan(f->host, &spec, &json, &f->err), WCOW_NOT_FOUND);
    spec.image = IMAGE;
    spec.network = "bridge";
    assert_int_equal(wcow_container_plan(f->host, &spec, &json, &f->err), WCOW_INVALID);
    assert_null(json);
}

/* Where wcow is tried out before it is used: the same store, no Windows. */
static void without_windows_a_plan_still_tells_what_it_can(void **state)
{
    fixture *f = *state;
    wcow_host_options options = WCOW_HOST_OPTIONS_INIT;
    wcow_container_spec spec = WCOW_CONTAINER_SPEC_INIT;
    wcow_host *bare = NULL;
    char *json = NULL;
    char *info = NULL;

    options.root = f->root;
    spec.image = IMAGE;
    spec.isolation = WCOW_ISOLATION_HYPERV;
    assert_ok(&f->err, wcow_host_open(&options, &bare, &f->err));
    assert_ok(&f->err, wcow_container_plan(bare, &spec, &json, &f->err));
    assert_non_null(strstr(json, "<NameToGuid("));
    assert_ok(&f->err, wcow_host_info(bare, &info, &f->err));
    assert_non_null(strstr(info, "ServerErrors"));
    wcow_free(json);
    wcow_free(info);
    wcow_host_free(bare);
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, fixture_set_up, fixture_tear_down)

int main(void)
{
    const struct CMUnitTest tests[] = {
        TEST(a_plan_touches_nothing),
        TEST(a_plan_depends_on_isolation_network_and_input),
        TEST(a_plan_refuses_what_create_would),
        TEST(without_windows_a_plan_still_tells_what_it_can),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
