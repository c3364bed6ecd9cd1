/* SPDX-License-Identifier: MIT */
/* Networks on the simulated host removed: one, by prune, and what crashes and failed calls left. */
#include "tests/unit/engine/network/networks.h"

#include <stdlib.h>
#include <string.h>

#include "base/error.h"
#include "engine/network/known_networks.h"

/* Makes an endpoint of that name on a network; its id. */
static char *make_endpoint(fixture *f, const char *network, const char *name)
{
    cleanup_free char *body =
        text_format("{\"Name\":\"%s\",\"VirtualNetwork\":\"%s\"}", name, network);

    return made_id(hns(f, "POST", "/endpoints/", body));
}

static void delete_endpoint(fixture *f, const char *id)
{
    cleanup_free char *path = text_format("/endpoints/%s", id);

    cJSON_Delete(hns(f, "DELETE", path, ""));
}

static void others_networks_are_seen_and_left_alone(void **state)
{
    fixture *f = *state;
    cleanup_free char *theirs =
        made_id(hns(f, "POST", "/networks/", "{\"Name\":\"theirs\",\"Type\":\"nat\"}"));
    cleanup_json cJSON *shown = inspect_network(f, "theirs");
    cleanup_free char *message = text_format("error while removing network: network theirs is not "
                                             "wcow's: another program made it");

    assert_string_equal(json_text(shown, "Created", ""), "0001-01-01T00:00:00Z");
    assert_fails(&f->err, WCOW_CONFLICT, message, wcow_network_remove(f->host, theirs, &f->err));
    assert_ok(&f->err, wcow_network_prune(f->host, NULL, &f->err));
    assert_int_equal(networks_in_hns(f), 1);
    assert_fails(&f->err, WCOW_CONFLICT,
                 "error while removing network: none is a pre-defined network and cannot be "
                 "removed",
                 wcow_network_remove(f->host, "none", &f->err));
}

static void one_that_is_used_stays_and_tells_by_whom(void **state)
{
    fixture *f = *state;
    cleanup_free char *id = create_network(f, "web", subnet_40);
    cleanup_free char *endpoint = make_endpoint(f, id, "someone");
    cleanup_free char *message =
        text_format("error while removing network: network web has active endpoints "
                    "(name:\"someone\" id:\"%.12s\")",
                    endpoint);
    cleanup_free char *key = text_format("ep-%s", endpoint);
    cleanup_json cJSON *shown = inspect_network(f, "web");

    assert_string_equal(
        json_text(json_member(json_member(shown, "Containers"), key), "IPv4Address", ""),
        "172.40.0.2/16");
    assert_fails(&f->err, WCOW_CONFLICT, message, wcow_network_remove(f->host, "web", &f->err));
    assert_ok(&f->err, wcow_network_prune(f->host, NULL, &f->err));
    assert_int_equal(networks_in_hns(f), 1);
    delete_endpoint(f, endpoint);
    assert_ok(&f->err, wcow_network_prune(f->host, NULL, &f->err));
    assert_int_equal(networks_in_hns(f), 0);
}

static const char *const subnet_41[] = {"172.41.0.0/16", NULL};

static void a_forgotten_network_can_be_removed_and_others_are_not_remembered(void **state)
{
    fixture *f = *state;
    cleanup_free char *id = create_network(f, "web", subnet_40);
    wcow_network_spec spec = WCOW_NETWORK_SPEC_INIT;
    cleanup_free char *bridge = NULL;

    forget_in_hns(f, id);
    assert_ok(&f->err, wcow_network_remove(f->host, "web", &f->err));
    spec.name = "bridge";
    spec.driver = "l2bridge";
    spec.subnets = subnet_41;
    assert_ok(&f->err, wcow_network_create(f->host, &spec, &bridge, &f->err));
    forget_in_hns(f, bridge);
    assert_fails(&f->err, WCOW_NOT_FOUND, "network bridge not found",
                 wcow_network_remove(f->host, "bridge", &f->err));
    wcow_free(bridge);
    bridge = NULL;
    assert_ok(&f->err, wcow_network_create(f->host, &spec, &bridge, &f->err));
}

static void a_network_that_stopped_containers_name_can_go(void **state)
{
    fixture *f = fixture_with_image(NULL);
    wcow_container *container;

    (void)state;
    free(create_network(f, "web", subnet_40));
    container = create_on(f, "web");
    assert_ok(&f->err, wcow_network_remove(f->host, "web", &f->err));
    assert_int_equal(wcow_container_start(container, NULL, NULL, &f->err), WCOW_NOT_FOUND);
    assert_non_null(strstr(f->err.message, "network web not found"));
    assert_ok(&f->err, wcow_container_remove(container, true, &f->err));
    wcow_container_free(container);
    fixture_free(f);
}

static void count_name(void *context, const char *name)
{
    text_addf(context, "%s ", name);
}

static void prune_takes_what_its_filters_say(void **state)
{
    static const char *const labels[] = {"keep=no", NULL};
    static const char *const wanted[] = {"keep", NULL};
    fixture *f = *state;
    wcow_network_prune_options options = WCOW_NETWORK_PRUNE_OPTIONS_INIT;
    wcow_network_spec spec = WCOW_NETWORK_SPEC_INIT;
    cleanup_free char *second = NULL;
    cleanup_text text names = TEXT_INIT;

    free(create_network(f, "first", subnet_40));
    spec.name = "second";
    spec.labels = labels;
    assert_ok(&f->err, wcow_network_create(f->host, &spec, &second, &f->err));
    options.removed = count_name;
    options.context = &names;
    options.until = 1;
    assert_ok(&f->err, wcow_network_prune(f->host, &options, &f->err));
    options.until = 0;
    options.labels = wanted;
    assert_ok(&f->err, wcow_network_prune(f->host, &options, &f->err));
    assert_string_equal(text_get(&names), "second ");
    options.labels = NULL;
    options.without = wanted;
    assert_ok(&f->err, wcow_network_prune(f->host, &options, &f->err));
    assert_string_equal(text_get(&names), "second first ");
}

static void tell_line(void *context, wcow_pruned what, const char *line)
{
    text_addf(context, "%d %s ", (int)what, line);
}

static void system_prune_removes_them_too(void **state)
{
    fixture *f = *state;
    wcow_prune_options options = WCOW_PRUNE_OPTIONS_INIT;
    cleanup_text text told = TEXT_INIT;

    free(create_network(f, "web", subnet_40));
    cJSON_Delete(hns(f, "POST", "/networks/", "{\"Name\":\"theirs\",\"Type\":\"nat\"}"));
    options.removed = tell_line;
    options.context = &told;
    assert_ok(&f->err, wcow_host_prune(f->host, &options, NULL, &f->err));
    assert_string_equal(text_get(&told), "2 web ");
    assert_int_equal(networks_in_hns(f), 1);
}

/* ---- crashes and failures ---- */

/* A crash between the network and its note's id: the note has its name. */
static void a_network_whose_maker_died_is_known_by_its_name(void **state)
{
    fixture *f = *state;

    cJSON_Delete(hns(f, "POST", "/networks/", "{\"Name\":\"web\",\"Type\":\"nat\"}"));
    write_notes(f, "{\"version\":1,\"networks\":[{\"name\":\"web\",\"hnsName\":\"web\","
                   "\"driver\":\"nat\",\"created\":\"2026-11-30T00:00:00Z\",\"making\":true},"
                   "{\"name\":\"never\",\"hnsName\":\"never\",\"driver\":\"nat\","
                   "\"created\":\"2026-11-30T00:00:00Z\"}]}");
    assert_ok(&f->err, wcow_network_remove(f->host, "web", &f->err));
    assert_int_equal(networks_in_hns(f), 0);
    assert_fails(&f->err, WCOW_NOT_FOUND, "network never not found",
                 wcow_network_remove(f->host, "never", &f->err));
    assert_ok(&f->err, wcow_network_prune(f->host, NULL, &f->err));
}

static wcow_status live(fixture *f)
{
    wcow_network_spec spec = WCOW_NETWORK_SPEC_INIT;
    cleanup_network_use network_use use = {.network = HNS_NETWORK_INIT};
    wcow_network_info *infos = NULL;
    cleanup_free char *id = NULL;
    char *json = NULL;
    size_t count = 0;
    wcow_status status;

    memset(&f->err, 0, sizeof f->err);
    spec.name = "victim";
    spec.subnets = subnet_40;
    status = wcow_network_create(f->host, &spec, &id, &f->err);
    if (!status)
        status = wcow_network_list(f->host, &infos, &count, &f->err);
    wcow_free(infos);
    if (!status)
        status = wcow_network_inspect(f->host, "victim", &json, &f->err);
    wcow_free(json);
    if (!status)
        status = network_use_find(f->host, f->fake->hcs, "victim", &use, &f->err);
    return status ? status : wcow_network_remove(f->host, "victim", &f->err);
}

/* Whatever fails, and before or after it was done: what stays is known, and a prune takes it. */
static void every_failing_call_of_hns_leaves_what_can_be_cleared(void **state)
{
    fixture *f = *state;

    for (int after = 0; after < 2; after++) {
        for (unsigned nth = 1;; nth++) {
            cleanup_free char *fault = text_format("{\"nth\":%u,\"hr\":\"0x80004005\"%s}", nth,
                                                   after ? ",\"after\":true" : "");
            wcow_status status;

            sim_faults_clear(f->fake->sim);
            assert_true(sim_fault(f->fake->sim, fault));
            status = live(f);
            sim_faults_clear(f->fake->sim);
            if (status)
                assert_int_not_equal(f->err.message[0], '\0');
            assert_ok(&f->err, wcow_network_prune(f->host, NULL, &f->err));
            assert_int_equal(networks_in_hns(f), 0);
            if (!status)
                break;
            assert_true(nth < 40);
        }
    }
}

static void every_failing_file_leaves_what_can_be_cleared(void **state)
{
    fixture *f = *state;
    size_t failures = 0;

    for (unsigned nth = 1;; nth++) {
        wcow_status status;
        bool met;

        faulty_files_fail(&f->faulty, nth);
        status = live(f);
        met = f->faulty.failed > 0;
        faulty_files_fail(&f->faulty, 0);
        failures += status != WCOW_OK;
        assert_ok(&f->err, wcow_network_prune(f->host, NULL, &f->err));
        assert_int_equal(networks_in_hns(f), 0);
        if (!met)
            break;
    }
    assert_true(failures > 5);
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, set_up, tear_down)

int main(void)
{
    const struct CMUnitTest tests[] = {
        TEST(others_networks_are_seen_and_left_alone),
        TEST(one_that_is_used_stays_and_tells_by_whom),
        TEST(a_forgotten_network_can_be_removed_and_others_are_not_remembered),
        cmocka_unit_test(a_network_that_stopped_containers_name_can_go),
        TEST(prune_takes_what_its_filters_say),
        TEST(system_prune_removes_them_too),
        TEST(a_network_whose_maker_died_is_known_by_its_name),
        TEST(every_failing_call_of_hns_leaves_what_can_be_cleared),
        TEST(every_failing_file_leaves_what_can_be_cleared),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
