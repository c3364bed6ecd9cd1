/* SPDX-License-Identifier: MIT */
/* One run of a container from an OCI configuration: nothing of an engine is linked here. */
#include "tests/unit/runtime/scene.h"

#include <stdio.h>
#include <string.h>

#include "base/error.h"
#include "network/hns.h"
#include "network/namespace.h"
#include "oci/runtime_spec.h"
#include "port/clock.h"
#include "runtime/errand.h"

#define TAKES_ALL "begin system scratch network;running system scratch network endpoint;released;"

static void a_container_runs_from_its_configuration_alone(void **state)
{
    scene s;
    run r;
    uint32_t code = 99;

    (void)state;
    scene_open(&s, "cmd /c echo hello", NULL);
    assert_ok(&s.err, run_init(&r, &s.err));
    assert_true(scene_live(&s, &r, &code));
    assert_int_equal(code, 0);
    assert_non_null(strstr(s.output.data, "hello"));
    assert_string_equal(s.story.data, TAKES_ALL);
    run_free(&r);
    scene_close(&s);
}

static void all_is_noted_before_any_of_it_is_taken(void **state)
{
    scene s;
    run r;
    uint32_t code = 99;
    size_t before;

    (void)state;
    scene_open(&s, "exit 7", NULL);
    before = scene_calls(&s, NULL);
    assert_ok(&s.err, run_init(&r, &s.err));
    assert_true(scene_live(&s, &r, &code));
    assert_int_equal(code, 7);
    assert_int_equal(s.calls, before);
    run_free(&r);
    scene_close(&s);
}

static void a_run_takes_what_it_needs_and_no_more(void **state)
{
    scene s;
    run r;
    uint32_t code = 99;

    (void)state;
    scene_open(&s, "exit 0", NULL);
    scene_configure(&s, "exit 0", true, false);
    s.request.networks.count = 0;
    assert_ok(&s.err, run_init(&r, &s.err));
    assert_true(scene_live(&s, &r, &code));
    assert_string_equal(s.story.data, "begin system;running system;released;");
    assert_int_equal(scene_calls(&s, "ActivateLayer"), 0);
    assert_int_equal(scene_calls(&s, "HNSCall"), 0);
    run_free(&r);
    scene_close(&s);
}

static void what_cannot_be_noted_is_not_taken(void **state)
{
    scene s;
    run r;
    size_t before;

    (void)state;
    scene_open(&s, "ping", NULL);
    before = scene_calls(&s, NULL);
    s.refuse_begin = WCOW_DENIED;
    assert_ok(&s.err, run_init(&r, &s.err));
    assert_fails(&s.err, WCOW_DENIED, "no note can be written", run_begin(&r, &s.request, &s.err));
    assert_int_equal(scene_calls(&s, NULL), before);
    run_free(&r);
    scene_close(&s);
}

static void what_cannot_be_noted_as_running_is_ended(void **state)
{
    scene s;
    run r;

    (void)state;
    scene_open(&s, "ping", NULL);
    s.refuse_running = WCOW_DENIED;
    assert_ok(&s.err, run_init(&r, &s.err));
    assert_fails(&s.err, WCOW_DENIED, "no note can be written", run_begin(&r, &s.request, &s.err));
    assert_string_equal(s.story.data, "begin system scratch network;released;");
    run_free(&r);
    scene_close(&s);
}

static void a_command_that_is_not_there_is_told_by_its_name(void **state)
{
    scene s;
    run r;

    (void)state;
    scene_open(&s, "nothing at all", NULL);
    assert_ok(&s.err, run_init(&r, &s.err));
    assert_int_equal(run_begin(&r, &s.request, &s.err), WCOW_COMMAND_NOT_FOUND);
    assert_non_null(strstr(s.err.message, "cannot run 'nothing at all'"));
    run_free(&r);
    scene_close(&s);
}

/* ---- failures ---- */

static int32_t nobody(bool udp, uint16_t port, socket_owner *out)
{
    (void)udp;
    (void)port;
    (void)out;
    return HR_NOT_FOUND;
}

/* The default network, with published ports, and two others. */
static void connect_to_several(scene *s)
{
    static const char *const made[] = {
        "{\"Name\":\"back\",\"Type\":\"nat\",\"Subnets\":[{\"AddressPrefix\":\"172.40.0.0/16\"}]}",
        "{\"Name\":\"front\",\"Type\":\"nat\",\"Subnets\":[{\"AddressPrefix\":\"172.41.0.0/"
        "16\"}]}"};
    static const hns_port ports[] = {{HNS_UDP, 53, 5353}, {HNS_TCP, 80, 8080}};
    static const run_network networks[] = {
        {NULL, {.ports = ports, .port_count = 2}}, {"back", {0}}, {"front", {0}}};

    for (size_t i = 0; i < 2; i++)
        assert_ok(&s->err, hns_call(s->hcs, "POST", "/networks/", made[i], NULL, &s->err));
    s->request.networks = (run_networks){.items = networks, .count = 3, .port_owner = nobody};
}

typedef enum variant { ONE_NETWORK, SEVERAL_NETWORKS, SCHEMA_2 } variant;

/* Fails the nth call, as many times as there are calls; what stays is what is noted. */
static void torture(bool after, variant how)
{
    unsigned nth = 1;
    unsigned failures = 0;

    for (bool hit = true; hit; nth++) {
        scene s;
        run r;
        uint32_t code = 99;
        char fault[96];

        snprintf(fault, sizeof fault, "{\"nth\":%u,\"hr\":\"0x80004005\"%s}", nth,
                 after ? ",\"after\":true" : "");
        scene_open(&s, "exit 0", NULL);
        if (how != ONE_NETWORK)
            connect_to_several(&s);
        if (how == SCHEMA_2)
            scene_give_account(&s);
        scene_fault(&s, fault);
        assert_ok(&s.err, run_init(&r, &s.err));

        const bool lived = scene_live(&s, &r, &code);

        hit = sim_faults_hit(s.fake->sim) > 0;
        sim_faults_clear(s.fake->sim);
        failures += !lived;
        if (!lived)
            assert_int_not_equal(s.err.message[0], '\0');
        assert_true(lived || hit);
        /* A handle that the service refuses to close is its own. */
        s.may_leave = fake_hcs_handles(s.hcs);
        assert_true(s.may_leave <= 1);
        assert_ok(&s.err, scene_release(&s, NULL));
        run_free(&r);
        scene_close(&s);
    }
    printf("%u calls to the service failed in turn, %u were told\n", nth - 2, failures);
    assert_true(failures > 8);
}

static void whatever_call_fails_nothing_stays_but_what_is_noted(void **state)
{
    (void)state;
    torture(false, ONE_NETWORK);
}

static void of_several_endpoints_none_stays(void **state)
{
    (void)state;
    torture(false, SEVERAL_NETWORKS);
    torture(true, SEVERAL_NETWORKS);
}

static void nor_is_anything_left_of_schema_2(void **state)
{
    (void)state;
    torture(false, SCHEMA_2);
    torture(true, SCHEMA_2);
}

/* The endpoints are in it before the system is made, and it goes before they do. */
static void with_schema_2_a_run_has_a_namespace_of_its_own(void **state)
{
    scene s;
    run r;
    uint32_t code = 99;

    (void)state;
    scene_open(&s, "exit 7", NULL);
    s.request.schema = SCHEMA_V2;
    assert_ok(&s.err, run_init(&r, &s.err));
    assert_true(scene_live(&s, &r, &code));
    assert_int_equal(code, 7);
    assert_string_equal(text_get(&s.story),
                        "begin system scratch network namespace;"
                        "running system scratch network endpoint namespace;released;");
    assert_int_equal(scene_calls(&s, "HcnCreateNamespace"), 1);
    assert_int_equal(scene_calls(&s, "HcnModifyNamespace"), 1);
    run_free(&r);
    scene_close(&s);
}

static void of_no_network_the_namespace_is_empty(void **state)
{
    scene s;
    run r;
    uint32_t code = 99;

    (void)state;
    scene_open(&s, "exit 0", NULL);
    s.request.schema = SCHEMA_V2;
    s.request.networks = (run_networks){0};
    assert_ok(&s.err, run_init(&r, &s.err));
    assert_true(scene_live(&s, &r, &code));
    assert_int_equal(scene_calls(&s, "HcnCreateNamespace"), 1);
    assert_int_equal(scene_calls(&s, "HcnModifyNamespace"), 0);
    run_free(&r);
    scene_close(&s);
}

/* It names the other's, and neither makes nor deletes one. */
static void with_schema_2_a_shared_network_is_a_shared_namespace(void **state)
{
    scene s;
    run r;
    uint32_t code = 99;
    cleanup_free char *space = NULL;

    (void)state;
    scene_open(&s, "exit 0", NULL);
    assert_ok(&s.err, hns_namespace_create(s.fake->hcs, "0ddba11e-0000-0000-0000-000000000001",
                                           &space, &s.err));
    s.request.schema = SCHEMA_V2;
    s.request.networks = (run_networks){
        .container = "other", .endpoints = &(hns_endpoint_list){NULL, 0}, .space = space};
    assert_ok(&s.err, run_init(&r, &s.err));
    assert_true(scene_live(&s, &r, &code));
    assert_int_equal(scene_calls(&s, "HcnCreateNamespace"), 1);
    assert_ok(&s.err, hns_namespace_delete(s.fake->hcs, space, &s.err));
    run_free(&r);
    scene_close(&s);
}

static void nor_if_it_was_carried_out(void **state)
{
    (void)state;
    torture(true, ONE_NETWORK);
}

static void the_scratch_is_not_taken_from_under_a_system_that_does_not_end(void **state)
{
    scene s;
    run r;
    uint32_t code = 99;

    (void)state;
    scene_open(&s, "exit 0", NULL);
    s.request.limits.shutdown = 100;
    assert_ok(&s.err, run_init(&r, &s.err));
    assert_ok(&s.err, run_begin(&r, &s.request, &s.err));
    scene_fault(&s, "{\"call\":\"HcsShutdownComputeSystem\",\"every\":true,\"hr\":\"0x80004005\"}");
    scene_fault(&s,
                "{\"call\":\"HcsTerminateComputeSystem\",\"every\":true,\"hr\":\"0x80004005\"}");
    assert_int_equal(scene_end(&s, &r, &code), WCOW_FAILED);
    assert_string_equal(s.story.data, "begin system scratch network;"
                                      "running system scratch network endpoint;"
                                      "released system scratch;");
    assert_int_equal(scene_calls(&s, "UnprepareLayer"), 0);
    sim_faults_clear(s.fake->sim);
    assert_ok(&s.err, scene_release(&s, NULL));
    run_free(&r);
    scene_close(&s);
}

/* ---- what was there before ---- */

static void what_an_earlier_run_left_is_given_back_first(void **state)
{
    const sim_options outliving = {.keep_orphans = true};
    scene s;
    run first;
    run second;
    uint32_t code = 99;

    (void)state;
    scene_open(&s, "ping", &outliving);
    assert_ok(&s.err, run_init(&first, &s.err));
    assert_ok(&s.err, run_begin(&first, &s.request, &s.err));
    streams_free(first.streams); /* its owner dies */
    compute_process_close(first.process);
    compute_system_close(first.system);
    run_free(&first);

    run_taken earlier = {.system = true, .mounted = true, .networked = true};

    s.request.earlier = &earlier;
    text_free(&s.story);
    scene_configure(&s, "exit 3", false, false);
    assert_ok(&s.err, run_init(&second, &s.err));
    assert_true(scene_live(&s, &second, &code));
    assert_int_equal(code, 3);
    assert_string_equal(s.story.data, "released;" TAKES_ALL);
    run_free(&second);
    scene_close(&s);
}

static void an_old_windows_is_not_asked_for_what_it_does_not_know(void **state)
{
    const sim_options old = {.build = 14393};
    scene s;
    run r;
    uint32_t code = 99;

    (void)state;
    scene_open(&s, "exit 0", &old);
    s.request.build = 14393;
    assert_ok(&s.err, run_init(&r, &s.err));
    assert_true(scene_live(&s, &r, &code));
    assert_int_equal(scene_calls(&s, "HcsCreateComputeSystem"), 1);
    run_free(&r);
    scene_close(&s);
}

/* ---- its streams ---- */

static void the_console_has_the_size_that_was_wished(void **state)
{
    scene s;
    run r;
    uint32_t code = 99;

    (void)state;
    scene_open(&s, "tty", NULL);
    scene_configure(&s, "tty", false, true);
    s.request.columns = 132;
    s.request.rows = 43;
    s.request.keep_input = true;
    assert_ok(&s.err, run_init(&r, &s.err));
    assert_ok(&s.err, run_begin(&r, &s.request, &s.err));
    streams_close_input(r.streams); /* then it ends */
    assert_ok(&s.err, scene_end(&s, &r, &code));
    assert_non_null(strstr(s.output.data, "132x43"));
    run_free(&r);
    scene_close(&s);
}

static void input_that_nobody_writes_to_ends_at_once(void **state)
{
    scene s;
    run r;
    uint32_t code = 99;

    (void)state;
    scene_open(&s, "cat", NULL);
    assert_ok(&s.err, run_init(&r, &s.err));
    assert_true(scene_live(&s, &r, &code));
    assert_int_equal(code, 0);
    run_free(&r);
    scene_close(&s);
}

static void input_reaches_the_process(void **state)
{
    scene s;
    run r;
    uint32_t code = 99;

    (void)state;
    scene_open(&s, "cat", NULL);
    s.request.keep_input = true;
    assert_ok(&s.err, run_init(&r, &s.err));
    assert_ok(&s.err, run_begin(&r, &s.request, &s.err));
    assert_true(streams_write(r.streams, "typed", 5));
    streams_close_input(r.streams);
    assert_false(streams_write(r.streams, "late", 4));
    assert_ok(&s.err, scene_end(&s, &r, &code));
    assert_string_equal(s.output.data, "typed");
    run_free(&r);
    scene_close(&s);
}

/* A child holds the pipes for 30 s: the system is ended instead. */
static void a_descendant_that_holds_the_output_is_not_waited_for(void **state)
{
    scene s;
    run r;
    uint32_t code = 99;
    const uint64_t begun = clock_ticks();

    (void)state;
    scene_open(&s, "linger 30000", NULL);
    assert_ok(&s.err, run_init(&r, &s.err));
    assert_true(scene_live(&s, &r, &code));
    assert_true(clock_ticks() - begun < 15000);
    run_free(&r);
    scene_close(&s);
}

/* ---- a service that is stuck ---- */

/*
 * A call that returns long after the run's owner has gone: what it uses is there, and so are the
 * locks that it takes then.
 */
static void a_call_that_returns_late_finds_its_locks(void **state)
{
    scene s;
    run r;
    errand *late = NULL;
    uint32_t code = 99;

    (void)state;
    scene_open(&s, "cmd", NULL);
    s.request.keep_input = true;
    s.request.limits.terminate = 300;
    assert_ok(&s.err, run_init(&r, &s.err));
    assert_ok(&s.err, run_begin(&r, &s.request, &s.err));
    scene_fault(&s, "{\"call\":\"HcsSignalProcess\",\"every\":true,\"delay\":1500}");
    assert_ok(&s.err, errand_start(r.guard, ERRAND_SIGNAL, "CtrlC", &late, &s.err));
    errand_drop(late);
    assert_true(streams_write(r.streams, "exit 5\n", 7));
    assert_fails(&s.err, WCOW_TIMEOUT, "a call to the service has not returned",
                 scene_end(&s, &r, &code));
    assert_int_equal(code, 5);
    /* What it may still have is noted. */
    assert_string_equal(s.story.data, "begin system scratch network;"
                                      "running system scratch network endpoint;");

    guard *watched = guard_hold(r.guard); /* only to see when it is over */

    run_free(&r);
    assert_true(guard_retire(watched, 20000));
    guard_drop(watched);
    sim_faults_clear(s.fake->sim);
    s.may_leave = fake_hcs_handles(s.hcs); /* the death of the process closes them */
    assert_int_equal(s.may_leave, 4);
    assert_ok(&s.err, scene_release(&s, NULL));
    scene_close(&s);
}

/* ---- in two steps ---- */

static void what_is_created_is_not_started_yet(void **state)
{
    scene s;
    run r;
    uint32_t code = 99;

    (void)state;
    scene_open(&s, "exit 5", NULL);
    assert_ok(&s.err, run_init(&r, &s.err));
    assert_ok(&s.err, run_create(&r, &s.request, &s.err));
    assert_int_equal(scene_calls(&s, "HcsCreateComputeSystem"), 1);
    assert_int_equal(scene_calls(&s, "HcsStartComputeSystem"), 0);
    assert_false(guard_enter(r.guard));
    assert_ok(&s.err, run_start(&r, &s.err));
    assert_int_equal(scene_end(&s, &r, &code), WCOW_OK);
    assert_int_equal(code, 5);
    assert_string_equal(s.story.data, TAKES_ALL);
    run_free(&r);
    scene_close(&s);
}

static void what_is_only_created_is_given_back_whole(void **state)
{
    scene s;
    run r;

    (void)state;
    scene_open(&s, "exit 5", NULL);
    assert_ok(&s.err, run_init(&r, &s.err));
    assert_ok(&s.err, run_create(&r, &s.request, &s.err));
    run_discard(&r);
    assert_string_equal(s.story.data, "begin system scratch network;released;");
    scene_assert_clean(&s);
    run_free(&r);
    scene_close(&s);
}

static void a_network_that_is_configured_is_left_as_it_is(void **state)
{
    scene s;
    run r;
    uint32_t code = 99;
    const cJSON *network;

    (void)state;
    scene_open(&s, "exit 0", NULL);
    assert_ok(&s.err, oci_config_set_network(s.config, NULL, NULL, true, &s.err));
    s.request.networks = (run_networks){.as_configured = true};
    assert_ok(&s.err, run_init(&r, &s.err));
    assert_true(scene_live(&s, &r, &code));
    network = json_path(s.config, "windows.network");
    assert_true(json_bool(network, "allowUnqualifiedDNSQuery", false));
    assert_int_equal(scene_calls(&s, "HNSCall"), 0);
    run_free(&r);
    scene_close(&s);
}

static void a_system_that_is_down_is_only_closed(void **state)
{
    scene s;
    run r;

    (void)state;
    scene_open(&s, "ping", NULL);
    assert_ok(&s.err, run_init(&r, &s.err));
    assert_ok(&s.err, run_begin(&r, &s.request, &s.err));
    assert_ok(&s.err, run_pass_on(&r, &s.err));
    assert_ok(&s.err, run_stop_system(&r, &s.err));
    run_close(&r);
    run_drain(&r);
    assert_ok(&s.err, run_end(&r, &s.err));
    assert_int_equal(scene_calls(&s, "HcsShutdownComputeSystem"), 1);
    run_free(&r);
    scene_close(&s);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_container_runs_from_its_configuration_alone),
        cmocka_unit_test(all_is_noted_before_any_of_it_is_taken),
        cmocka_unit_test(a_run_takes_what_it_needs_and_no_more),
        cmocka_unit_test(what_cannot_be_noted_is_not_taken),
        cmocka_unit_test(what_cannot_be_noted_as_running_is_ended),
        cmocka_unit_test(a_command_that_is_not_there_is_told_by_its_name),
        cmocka_unit_test(whatever_call_fails_nothing_stays_but_what_is_noted),
        cmocka_unit_test(nor_if_it_was_carried_out),
        cmocka_unit_test(nor_is_anything_left_of_schema_2),
        cmocka_unit_test(with_schema_2_a_run_has_a_namespace_of_its_own),
        cmocka_unit_test(of_no_network_the_namespace_is_empty),
        cmocka_unit_test(with_schema_2_a_shared_network_is_a_shared_namespace),
        cmocka_unit_test(of_several_endpoints_none_stays),
        cmocka_unit_test(the_scratch_is_not_taken_from_under_a_system_that_does_not_end),
        cmocka_unit_test(what_an_earlier_run_left_is_given_back_first),
        cmocka_unit_test(an_old_windows_is_not_asked_for_what_it_does_not_know),
        cmocka_unit_test(the_console_has_the_size_that_was_wished),
        cmocka_unit_test(input_that_nobody_writes_to_ends_at_once),
        cmocka_unit_test(input_reaches_the_process),
        cmocka_unit_test(a_descendant_that_holds_the_output_is_not_waited_for),
        cmocka_unit_test(a_call_that_returns_late_finds_its_locks),
        cmocka_unit_test(what_is_created_is_not_started_yet),
        cmocka_unit_test(what_is_only_created_is_given_back_whole),
        cmocka_unit_test(a_network_that_is_configured_is_left_as_it_is),
        cmocka_unit_test(a_system_that_is_down_is_only_closed),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
