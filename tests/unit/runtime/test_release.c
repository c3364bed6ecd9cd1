/* SPDX-License-Identifier: MIT */
/* Giving back what a run may have left: what is noted, whether it is there or not. */
#include "tests/unit/runtime/scene.h"

#include <string.h>

#include "base/error.h"
#include "network/network.h"

static const sim_options outliving = {.keep_orphans = true};

/* A run whose owner dies: what it took is still there, and noted. */
static void leave_a_run(scene *s)
{
    run r;

    assert_ok(&s->err, run_init(&r, &s->err));
    assert_ok(&s->err, run_begin(&r, &s->request, &s->err));
    streams_free(r.streams);
    compute_process_close(r.process);
    compute_system_close(r.system);
    run_free(&r);
}

static void releasing_what_was_never_taken_does_no_harm(void **state)
{
    scene s;
    released report = {0, 0, 0};

    (void)state;
    scene_open(&s, "ping", NULL);
    s.noted = (run_taken){.system = true, .mounted = true, .networked = true, .guarded = true};
    assert_ok(&s.err, scene_release(&s, &report));
    assert_false(run_taken_anything(&s.noted));
    assert_int_equal(report.systems, 0);
    assert_int_equal(report.endpoints, 0);
    scene_close(&s);
}

static void nothing_is_asked_of_the_service_if_nothing_is_noted(void **state)
{
    scene s;
    size_t before;

    (void)state;
    scene_open(&s, "ping", NULL);
    before = scene_calls(&s, NULL);
    assert_ok(&s.err, scene_release(&s, NULL));
    assert_int_equal(scene_calls(&s, NULL), before);
    scene_close(&s);
}

static void all_that_a_dead_owner_left_is_released_and_counted(void **state)
{
    scene s;
    released report = {0, 0, 0};

    (void)state;
    scene_open(&s, "ping", &outliving);
    leave_a_run(&s);
    assert_ok(&s.err, scene_release(&s, &report));
    assert_false(run_taken_anything(&s.noted));
    assert_int_equal(s.noted.endpoints.count, 0);
    assert_int_equal(report.systems, 1);
    assert_int_equal(report.layers, 1);
    assert_int_equal(report.endpoints, 1);
    scene_close(&s);
}

/* Whatever was in it by then. */
static void a_namespace_is_emptied_and_deleted(void **state)
{
    scene s;
    released report = {0, 0, 0};

    (void)state;
    scene_open(&s, "ping", &outliving);
    s.request.schema = SCHEMA_V2;
    leave_a_run(&s);
    hns_endpoint_list_free(&s.noted.endpoints);
    assert_ok(&s.err, scene_release(&s, &report));
    assert_false(run_taken_anything(&s.noted));
    scene_close(&s);
}

/* Whatever HNS has against it: the rest is given back, and its owner may try again. */
static void a_namespace_that_cannot_be_deleted_stays_noted_and_is_no_failure(void **state)
{
    (void)state;
    for (int nth = 1; nth <= 3; nth++) {
        scene s;
        cleanup_free char *fault =
            text_format("{\"call\":\"HNSCall\",\"nth\":%d,\"hr\":\"0x80004005\"}", nth);

        scene_open(&s, "ping", &outliving);
        s.request.schema = SCHEMA_V2;
        leave_a_run(&s);
        scene_fault(&s, fault);
        assert_ok(&s.err, scene_release(&s, NULL));
        assert_non_null(s.noted.space);
        assert_false(s.noted.system || s.noted.mounted || s.noted.networked);
        sim_faults_clear(s.fake->sim);
        run_release_space(s.hcs, &s.noted);
        assert_false(run_taken_anything(&s.noted));
        scene_close(&s);
    }
}

static void an_account_is_forgotten_by_the_credential_guard(void **state)
{
    scene s;
    cleanup_free char *left = NULL;

    (void)state;
    scene_open(&s, "ping", &outliving);
    scene_give_account(&s);
    leave_a_run(&s);
    assert_true(s.noted.guarded);
    scene_fault(&s, "{\"call\":\"HcsModifyServiceSettings\",\"hr\":\"0x80004005\"}");
    assert_int_equal(scene_release(&s, NULL), WCOW_FAILED);
    left = scene_left(&s);
    assert_string_equal(left, "guard ");
    assert_true(s.noted.guarded && !s.noted.system && !s.noted.mounted && !s.noted.space);
    assert_ok(&s.err, scene_release(&s, NULL));
    assert_false(run_taken_anything(&s.noted));
    scene_close(&s);
}

/* Of a damaged note all may be taken: also on a Windows that has no such thing. */
static void where_there_is_no_credential_guard_nothing_is_to_be_forgotten(void **state)
{
    static const sim_options old = {.build = 17134};
    scene s;

    (void)state;
    scene_open(&s, "ping", &old);
    s.noted.guarded = true;
    assert_ok(&s.err, scene_release(&s, NULL));
    assert_false(run_taken_anything(&s.noted));
    scene_close(&s);
}

/* The crash came before its id was written down. */
static void an_endpoint_is_found_by_the_containers_name(void **state)
{
    scene s;
    released report = {0, 0, 0};

    (void)state;
    scene_open(&s, "ping", &outliving);
    leave_a_run(&s);
    hns_endpoint_list_free(&s.noted.endpoints);
    assert_ok(&s.err, scene_release(&s, &report));
    assert_int_equal(report.endpoints, 1);
    scene_close(&s);
}

/* Another's, which was made known by its id only. */
static void an_endpoint_is_found_by_its_id(void **state)
{
    static const char body[] = "{\"Name\":\"mine\",\"VirtualNetwork\":\"";
    scene s;
    released report = {0, 0, 0};
    hns_network network = HNS_NETWORK_INIT;
    cleanup_endpoint hns_endpoint endpoint = HNS_ENDPOINT_INIT;
    cleanup_free char *request = NULL;
    cleanup_free char *response = NULL;
    cleanup_json cJSON *answer = NULL;

    (void)state;
    scene_open(&s, "ping", NULL);
    assert_ok(&s.err, hns_network_default(s.hcs, &network, &s.err));
    request = text_format("%s%s\"}", body, network.id);
    hns_network_free(&network);
    assert_int_equal(s.hcs->hns_call(s.hcs, "POST", "/endpoints/", request, &response), 0);
    assert_ok(&s.err, json_parse(response, strlen(response), "HNS", &answer, &s.err));
    s.noted.networked = true;
    endpoint.id = text_copy(json_text(json_member(answer, "Output"), "ID", ""));
    assert_true(hns_endpoint_list_add(&s.noted.endpoints, &endpoint));
    assert_ok(&s.err, scene_release(&s, &report));
    assert_int_equal(report.endpoints, 1);
    scene_close(&s);
}

static void nothing_is_taken_from_under_a_system_that_does_not_end(void **state)
{
    scene s;
    cleanup_free char *left = NULL;

    (void)state;
    scene_open(&s, "ping", &outliving);
    leave_a_run(&s);
    scene_fault(&s,
                "{\"call\":\"HcsTerminateComputeSystem\",\"every\":true,\"hr\":\"0x80004005\"}");
    assert_int_equal(scene_release(&s, NULL), WCOW_FAILED);
    assert_true(s.noted.system && s.noted.mounted && s.noted.networked);
    left = scene_left(&s);
    assert_string_equal(left, "system process scratch endpoint ");
    sim_faults_clear(s.fake->sim);
    assert_ok(&s.err, scene_release(&s, NULL));
    scene_close(&s);
}

/* The first failure is told; what failed stays noted, and the rest goes all the same. */
static void a_failure_does_not_keep_the_rest(void **state)
{
    scene s;

    (void)state;
    scene_open(&s, "ping", &outliving);
    leave_a_run(&s);
    scene_fault(&s, "{\"call\":\"HNSCall\",\"every\":true,\"hr\":\"0x80004005\"}");
    assert_int_equal(scene_release(&s, NULL), WCOW_FAILED);
    assert_true(s.noted.networked);
    assert_false(s.noted.system || s.noted.mounted);
    sim_faults_clear(s.fake->sim);
    assert_ok(&s.err, scene_release(&s, NULL));
    scene_close(&s);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(releasing_what_was_never_taken_does_no_harm),
        cmocka_unit_test(nothing_is_asked_of_the_service_if_nothing_is_noted),
        cmocka_unit_test(all_that_a_dead_owner_left_is_released_and_counted),
        cmocka_unit_test(a_namespace_is_emptied_and_deleted),
        cmocka_unit_test(a_namespace_that_cannot_be_deleted_stays_noted_and_is_no_failure),
        cmocka_unit_test(an_account_is_forgotten_by_the_credential_guard),
        cmocka_unit_test(where_there_is_no_credential_guard_nothing_is_to_be_forgotten),
        cmocka_unit_test(an_endpoint_is_found_by_the_containers_name),
        cmocka_unit_test(an_endpoint_is_found_by_its_id),
        cmocka_unit_test(nothing_is_taken_from_under_a_system_that_does_not_end),
        cmocka_unit_test(a_failure_does_not_keep_the_rest),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
