/* SPDX-License-Identifier: MIT */
/* What a run would do: --dry-run. */
#include "tests/unit/engine/fixture.h"

#include <string.h>

#include "base/error.h"
#include "base/json.h"
#include "engine/container/rehearsal.h"
#include "engine/container/run_request.h"
#include "network/network.h"

static wcow_status begins(void *context, const run_taken *what, wcow_error *err)
{
    (void)context;
    (void)what;
    (void)err;
    return WCOW_OK;
}

static wcow_status runs(void *context, uint32_t pid, const run_taken *what, wcow_error *err)
{
    (void)pid;
    return begins(context, what, err);
}

static wcow_status is_released(void *context, const run_taken *left, wcow_error *err)
{
    return begins(context, left, err);
}

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

static void a_consoles_input_stays_open(void **state)
{
    wcow_container_spec spec = WCOW_CONTAINER_SPEC_INIT;

    spec.image = IMAGE;

    cleanup_json cJSON *plain = plan_of(*state, &spec);

    spec.tty = true;

    cleanup_json cJSON *console = plan_of(*state, &spec);

    assert_true(plans_call(plain, "HcsModifyProcess"));
    assert_false(plans_call(console, "HcsModifyProcess"));
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
    assert_int_equal(wcow_container_plan(f->host, &spec, &json, &f->err), WCOW_NOT_FOUND);
    spec.network = "host";
    assert_int_equal(wcow_container_plan(f->host, &spec, &json, &f->err), WCOW_INVALID);
    assert_null(json);
}

/* A run that fails gives back on the host that is not there, too. */
static void a_rehearsal_may_fail(void **state)
{
    fixture *f = *state;
    cleanup_rehearsal rehearsal *on = NULL;
    cleanup_json cJSON *config = cJSON_CreateObject();
    layer_descriptor base = {.path = "/base"};
    const layer_chain chain = {&base, 1};
    char id[] = "web";
    char network[] = "nat";
    const record what = {.id = id, .network = network};
    rehearsed asked = {NULL, NULL, NULL};
    run r;

    assert_ok(&f->err, rehearsal_new(f->host, &what.networks, base.path, &on, &f->err));

    run_request request = {
        .config = config, /* without a process */
        .hcs = rehearsal_hcs(on),
        .layers = rehearsal_layers(on),
        .chain = &chain,
        .scratch = "/scratch",
        .notes = {.context = f, .begin = begins, .running = runs, .released = is_released}};

    run_request_fill(&request, f->host, &what);
    assert_ok(&f->err, run_init(&r, &f->err));
    assert_int_equal(run_begin(&r, &request, &f->err), WCOW_INVALID);
    run_free(&r);
    f->err = (wcow_error)WCOW_ERROR_INIT;
    assert_ok(&f->err, rehearsal_take(on, &asked, &f->err));
    assert_null(asked.process);
    cJSON_Delete(asked.calls);
    cJSON_Delete(asked.system);
}

/* ---- the plan of a run, and the run ---- */

/* The journal's entries from the nth on. */
static void real_calls(fixture *f, size_t from, text *out)
{
    cleanup_json cJSON *journal = sim_journal(f->fake->sim);
    const cJSON *item;
    size_t n = 0;

    cJSON_ArrayForEach (item, journal) {
        const char *name = json_text(item, "call", "");

        /* Which layers there are was asked for by the plan, too; and what has no name is no call.
         */
        if (n++ >= from && *name && !text_equal(name, "NameToGuid"))
            text_addf(out, "%s\n", name);
    }
}

static void planned_calls(const cJSON *plan, text *out)
{
    const cJSON *item;

    cJSON_ArrayForEach (item, json_member(plan, "calls"))
        text_addf(out, "%s\n", json_text(item, "call", ""));
}

/* A document that the service was given. */
static cJSON *real_document(fixture *f, const char *call, const char *parameter)
{
    cleanup_json cJSON *journal = sim_journal(f->fake->sim);
    const cJSON *item;
    cJSON *document = NULL;

    cJSON_ArrayForEach (item, journal) {
        const char *words = json_text(item, parameter, NULL);

        if (text_equal(json_text(item, "call", ""), call) && words && !document)
            assert_ok(&f->err, json_parse(words, strlen(words), call, &document, &f->err));
    }
    assert_non_null(document);
    return document;
}

/* What only the real one can know. */
static bool is_of_the_run(const char *member)
{
    static const char *const members[] = {"Name", "HostName", "VolumePath", "LayerFolderPath",
                                          "EndpointList"};

    for (size_t i = 0; i < sizeof members / sizeof members[0]; i++) {
        if (text_equal(member, members[i]))
            return true;
    }
    return false;
}

static void assert_same_document(const cJSON *planned, const cJSON *real)
{
    const cJSON *item;

    assert_int_equal(cJSON_GetArraySize(planned), cJSON_GetArraySize(real));
    cJSON_ArrayForEach (item, planned) {
        const cJSON *other = json_member(real, item->string);

        if (!other || (!is_of_the_run(item->string) && !cJSON_Compare(item, other, true)))
            fail_msg("the documents differ in %s", item->string);
    }
}

/* As on any host where containers ran before. */
static void make_default_network(fixture *f)
{
    cleanup_network hns_network network = HNS_NETWORK_INIT;

    assert_ok(&f->err, hns_network_default(f->fake->hcs, &network, &f->err));
}

static void assert_runs_as_planned(fixture *f, const wcow_container_spec *spec)
{
    make_default_network(f);

    cleanup_json cJSON *plan = plan_of(f, spec);
    cleanup_text text planned = TEXT_INIT;
    cleanup_text text real = TEXT_INIT;
    cleanup_json cJSON *journal = sim_journal(f->fake->sim);
    const size_t before = (size_t)cJSON_GetArraySize(journal);
    wcow_container *container = NULL;

    assert_ok(&f->err, wcow_container_create(f->host, spec, &container, &f->err));
    assert_ok(&f->err, wcow_container_start(container, NULL, NULL, &f->err));
    fixture_settle(f);
    planned_calls(plan, &planned);
    real_calls(f, before, &real);
    assert_string_equal(planned.data, real.data);

    cleanup_json cJSON *system = real_document(f, "HcsCreateComputeSystem", "configuration");
    cleanup_json cJSON *process = real_document(f, "HcsCreateProcess", "processParameters");

    assert_same_document(json_member(plan, "system"), system);
    assert_same_document(json_member(plan, "process"), process);
    assert_ok(&f->err, wcow_container_remove(container, false, &f->err));
    wcow_container_free(container);
}

static void a_run_does_what_was_planned(void **state)
{
    static const char *const command[] = {"cat", NULL}; /* to the end of its input */
    wcow_container_spec spec = WCOW_CONTAINER_SPEC_INIT;

    spec.image = IMAGE;
    spec.command = command;
    spec.isolation = WCOW_ISOLATION_PROCESS;
    assert_runs_as_planned(*state, &spec);
}

static void and_so_does_one_in_a_utility_vm(void **state)
{
    static const char *const command[] = {"cat", NULL}; /* to the end of its input */
    wcow_container_spec spec = WCOW_CONTAINER_SPEC_INIT;

    spec.image = IMAGE;
    spec.command = command;
    spec.isolation = WCOW_ISOLATION_HYPERV;
    spec.network = "none";
    assert_runs_as_planned(*state, &spec);
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
        TEST(a_consoles_input_stays_open),
        TEST(a_rehearsal_may_fail),
        TEST(a_plan_refuses_what_create_would),
        TEST(a_run_does_what_was_planned),
        TEST(and_so_does_one_in_a_utility_vm),
        TEST(without_windows_a_plan_still_tells_what_it_can),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
