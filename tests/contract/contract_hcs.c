/* SPDX-License-Identifier: MIT */
/*
 * What port/hcs.h promises of systems and networks, and what our logic relies on of the service
 * behind it: completion by notification, states, codes. Processes: contract_processes.c.
 */
#include "contract.h"

#include <stdio.h>

#include "base/json.h"
#include "base/text.h"
#include "container.h"
#include "port/clock.h"
#include "service.h"

/* A question of the network service without a filter. */
#define VERSION_2 "{\"SchemaVersion\":{\"Major\":2,\"Minor\":0}}"

/* ---- systems ---- */

static void creation_completes_even_if_watched_late(void **state)
{
    container c;
    cleanup_free char *document = NULL;
    cleanup_free char *result = NULL;
    int32_t hr;

    (void)state;
    container_prepare(&host, &c, false);
    document = container_document(&c, "");
    hr = CALL(create_system, c.id, document, &c.system, &result);
    assert_true(HR_SUCCEEDED(hr) || hresult_normalise(hr) == HCS_PENDING);
    clock_sleep(A_WHILE);
    assert_done(CALL(register_system, c.system, watch_note, &c.seen, &c.registration));
    assert_done(container_complete(&c, hr, HCS_SYSTEM_CREATE_COMPLETED));
    clock_sleep(A_WHILE);
    assert_in_range(watch_count(&c.seen, HCS_SYSTEM_CREATE_COMPLETED), 0, 1);
    assert_false(c.seen.own_thread);
    container_end(&c);
}

static void a_started_system_runs(void **state)
{
    container c;
    cleanup_json cJSON *properties = NULL;

    (void)state;
    container_run(&host, &c, false);
    properties = service_properties(c.system, "{}");
    assert_string_equal(json_text(properties, "State", ""), "Running");
    assert_string_equal(json_text(properties, "Owner", ""), OWNER);
    assert_string_equal(json_text(properties, "SystemType", ""), "Container");
    assert_string_equal(json_text(properties, "Id", ""), c.id);
    container_end(&c);
}

static void starting_twice_is_refused(void **state)
{
    container c;
    cleanup_free char *result = NULL;

    (void)state;
    container_run(&host, &c, false);
    assert_code(HCS_INVALID_STATE, CALL(start_system, c.system, "", &result));
    container_end(&c);
}

static void a_taken_id_is_refused(void **state)
{
    container c;
    cleanup_free char *document = NULL;
    cleanup_free char *result = NULL;
    hcs_system *second = NULL;

    (void)state;
    container_prepare(&host, &c, false);
    container_create(&c);
    document = container_document(&c, "");
    assert_code(HCS_SYSTEM_ALREADY_EXISTS, CALL(create_system, c.id, document, &second, &result));
    assert_null(second);
    container_end(&c);
}

static void an_unknown_id_is_not_found(void **state)
{
    hcs_system *system = NULL;
    cleanup_free char *result = NULL;

    (void)state;
    assert_code(HCS_SYSTEM_NOT_FOUND, CALL(open_system, "contract-nobody", &system, &result));
    assert_null(system);
}

static void an_unknown_member_is_named(void **state)
{
    container c;
    cleanup_free char *document = NULL;
    cleanup_free char *result = NULL;

    (void)state;
    container_prepare(&host, &c, false);
    document = container_document(&c, ",\"Bogus\":1");
    assert_code(HCS_INVALID_JSON, CALL(create_system, c.id, document, &c.system, &result));
    assert_null(c.system);
    /* A real service refuses, and words it its own way. */
    if (!host.real) {
        cleanup_json cJSON *error = service_parse(result);

        assert_non_null(strstr(result, "Bogus"));
        assert_true(cJSON_IsArray(json_member(error, "ErrorEvents")));
    }
    container_end(&c);
}

static void what_is_no_json_is_refused(void **state)
{
    hcs_system *system = NULL;
    cleanup_free char *result = NULL;

    (void)state;
    assert_code(HCS_INVALID_JSON,
                CALL(create_system, "contract-broken", "{\"SystemType\":", &system, &result));
    assert_null(system);
}

static void a_change_that_cannot_be_is_refused(void **state)
{
    static const char detach[] = "{\"ResourceType\":\"Network\",\"RequestType\":\"Remove\","
                                 "\"Settings\":\"00000000-0000-4000-8000-000000000000\"}";
    cleanup_free char *first = NULL;
    cleanup_free char *second = NULL;
    container c;

    (void)state;
    container_run(&host, &c, false);
    assert_code(HCS_INVALID_JSON, CALL(modify_system, c.system, "{\"ResourceType\":", &first));
    if (host.real) { /* whose code nobody has written down */
        assert_true(HR_FAILED(CALL(modify_system, c.system, detach, &second)));
    } else {
        assert_code(HR_NOT_FOUND, CALL(modify_system, c.system, detach, &second));
        assert_non_null(strstr(second, "is not attached"));
    }
    container_end(&c);
}

static void a_stopped_system_says_so(void **state)
{
    container c;
    cleanup_free char *first = NULL;
    cleanup_free char *second = NULL;
    int32_t hr;

    (void)state;
    container_run(&host, &c, false);
    hr = CALL(terminate_system, c.system, "", &first);
    assert_true(HR_SUCCEEDED(hr) || hresult_normalise(hr) == HCS_PENDING);
    assert_true(watch_wait(&c.seen, HCS_SYSTEM_EXITED, 1, SOON));
    assert_code(HCS_SYSTEM_ALREADY_STOPPED, CALL(terminate_system, c.system, "", &second));
    clock_sleep(A_WHILE);
    assert_int_equal(watch_count(&c.seen, HCS_SYSTEM_EXITED), 1);
    container_end(&c);
}

static void shutting_down_ends_it(void **state)
{
    container c;
    cleanup_free char *result = NULL;
    int32_t hr;

    (void)state;
    container_run(&host, &c, false);
    hr = CALL(shutdown_system, c.system, "", &result);
    assert_true(HR_SUCCEEDED(hr) || hresult_normalise(hr) == HCS_PENDING);
    assert_true(watch_wait(&c.seen, HCS_SYSTEM_EXITED, 1, SOON));
    container_end(&c);
}

static void an_id_is_free_after_its_system(void **state)
{
    container c;
    container again;

    (void)state;
    container_run(&host, &c, false);
    container_end(&c);
    container_prepare(&host, &again, false);
    memcpy(again.id, c.id, sizeof(again.id));
    container_create(&again);
    container_end(&again);
}

static void another_handle_sees_the_same_system(void **state)
{
    container c;
    watch seen;
    hcs_system *second = NULL;
    hcs_registration *registration = NULL;
    cleanup_free char *opened = NULL;
    cleanup_free char *terminated = NULL;
    int32_t hr;

    (void)state;
    container_run(&host, &c, false);
    watch_start(&seen);
    assert_done(CALL(open_system, c.id, &second, &opened));
    assert_done(CALL(register_system, second, watch_note, &seen, &registration));
    hr = CALL(terminate_system, second, "", &terminated);
    assert_true(HR_SUCCEEDED(hr) || hresult_normalise(hr) == HCS_PENDING);
    /* Once to each handle. */
    assert_true(watch_wait(&c.seen, HCS_SYSTEM_EXITED, 1, SOON));
    assert_true(watch_wait(&seen, HCS_SYSTEM_EXITED, 1, SOON));
    clock_sleep(A_WHILE);
    assert_int_equal(watch_count(&c.seen, HCS_SYSTEM_EXITED), 1);
    assert_int_equal(watch_count(&seen, HCS_SYSTEM_EXITED), 1);
    assert_done(CALL(unregister_system, registration));
    assert_done(CALL(close_system, second));
    watch_end(&seen);
    container_end(&c);
}

static bool is_listed(const char *query, const char *id)
{
    cleanup_free char *systems = NULL;
    cleanup_free char *result = NULL;
    cleanup_json cJSON *list = NULL;
    const cJSON *item;
    bool found = false;

    assert_done(CALL(enumerate_systems, query, &systems, &result));
    list = service_parse(systems);
    cJSON_ArrayForEach (item, list) {
        found = found || text_equal(json_text(item, "Id", ""), id);
    }
    return found;
}

static void systems_are_found_by_owner(void **state)
{
    container c;

    (void)state;
    container_run(&host, &c, false);
    assert_true(is_listed("{}", c.id));
    assert_true(is_listed("{\"Owners\":[\"" OWNER "\"]}", c.id));
    assert_false(is_listed("{\"Owners\":[\"somebody else\"]}", c.id));
    container_end(&c);
    assert_false(is_listed("{}", c.id));
}

static void a_system_ends_with_its_last_handle(void **state)
{
    container c;
    uint64_t deadline = clock_ticks() + SOON;

    (void)state;
    container_run(&host, &c, false);
    assert_done(CALL(unregister_system, TAKE(c.registration)));
    assert_done(CALL(close_system, TAKE(c.system)));
    if (c.ends_with_handle) {
        while (is_listed("{}", c.id) && clock_ticks() < deadline)
            clock_sleep(10);
        assert_false(is_listed("{}", c.id));
    } else { /* an old service: it goes on */
        cleanup_free char *result = NULL;

        assert_true(is_listed("{}", c.id));
        assert_done(CALL(open_system, c.id, &c.system, &result));
        assert_done(CALL(register_system, c.system, watch_note, &c.seen, &c.registration));
    }
    container_end(&c);
}

static void unregistering_waits_for_a_running_callback(void **state)
{
    container c;
    cleanup_free char *result = NULL;

    (void)state;
    container_run(&host, &c, false);
    c.seen.delay_ms = 300;
    (void)CALL(terminate_system, c.system, "", &result);
    for (unsigned i = 0; i < 2000; i++) {
        unsigned running;

        pthread_mutex_lock(&c.seen.lock);
        running = c.seen.running;
        pthread_mutex_unlock(&c.seen.lock);
        if (running)
            break;
        clock_sleep(2);
    }
    assert_done(CALL(unregister_system, TAKE(c.registration)));
    assert_int_equal(c.seen.running, 0);
    assert_int_equal(watch_count(&c.seen, HCS_SYSTEM_EXITED), 1);
    container_end(&c);
}

/* ---- the service and networks ---- */

static cJSON *hns(const char *method, const char *path, const char *body)
{
    cleanup_free char *response = NULL;

    assert_done(CALL(hns_call, method, path, body, &response));
    return service_parse(response);
}

static void networks_are_listed(void **state)
{
    cleanup_json cJSON *answer = hns("GET", "/networks/", "");

    (void)state;
    assert_true(json_bool(answer, "Success", false));
    assert_true(cJSON_IsArray(json_member(answer, "Output")));
}

static void an_unknown_endpoint_is_said_in_the_answer(void **state)
{
    cleanup_json cJSON *answer = hns("GET", "/endpoints/5c7d7bd4-0000-4000-8000-000000000001", "");

    (void)state;
    assert_false(json_bool(answer, "Success", true));
    assert_non_null(strstr(json_text(answer, "Error", ""),
                           "The object identifier does not represent a valid object."));
}

static void an_endpoint_comes_and_goes(void **state)
{
    cleanup_json cJSON *made = NULL;
    cleanup_json cJSON *endpoint = NULL;
    cleanup_json cJSON *gone = NULL;
    cleanup_json cJSON *missing = NULL;
    cleanup_json cJSON *removed = NULL;
    cleanup_free char *path = NULL;
    cleanup_free char *network = NULL;
    cleanup_free char *body = NULL;

    (void)state;
    made = hns("POST", "/networks/", "{\"Name\":\"contract\",\"Type\":\"nat\"}");
    assert_true(json_bool(made, "Success", false));
    network = text_format("/networks/%s", json_text(json_member(made, "Output"), "ID", ""));
    body = text_format("{\"VirtualNetwork\":\"%s\",\"EnableInternalDNS\":true}",
                       json_text(json_member(made, "Output"), "ID", ""));
    endpoint = hns("POST", "/endpoints/", body);
    assert_true(json_bool(endpoint, "Success", false));
    assert_true(strlen(json_path(endpoint, "Output.IPAddress")->valuestring) >= 7);
    path = text_format("/endpoints/%s", json_text(json_member(endpoint, "Output"), "ID", ""));
    gone = hns("DELETE", path, "");
    assert_true(json_bool(gone, "Success", false));
    missing = hns("GET", path, "");
    assert_false(json_bool(missing, "Success", true));
    removed = hns("DELETE", network, "");
    assert_true(json_bool(removed, "Success", false));
}

/* Windows before 1809 has no computenetwork.dll. */
static bool has_namespaces(void)
{
    cleanup_free char *list = NULL;
    cleanup_free char *result = NULL;
    int32_t hr = CALL(enumerate_namespaces, VERSION_2, &list, &result);

    if (hr == HR_MODULE_NOT_FOUND || hr == HR_PROC_NOT_FOUND)
        return false;
    assert_done(hr);
    cJSON_Delete(service_parse(list));
    return true;
}

static void a_namespace_is_made_filled_and_deleted(void **state)
{
    static const char id[] = "5c7d7bd4-0000-4000-8000-00000000000a";
    static const char nobody[] =
        "{\"ResourceType\":\"Endpoint\",\"RequestType\":\"Add\",\"Settings\":{\"EndpointId\":"
        "\"5c7d7bd4-0000-4000-8000-00000000000b\"}}";
    cleanup_free char *properties = NULL;
    cleanup_free char *result = NULL;
    cleanup_free char *path = NULL;
    cleanup_json cJSON *shown = NULL;
    cleanup_json cJSON *deleted = NULL;
    hcn_namespace *space = NULL;
    guid wanted;

    (void)state;
    if (!has_namespaces())
        return;
    assert_true(guid_parse(id, &wanted));
    assert_done(CALL(create_namespace, &wanted, VERSION_2, &space, &result));
    assert_done(CALL(query_namespace, space, VERSION_2, &properties, &result));
    assert_done(CALL(close_namespace, TAKE(space)));
    shown = service_parse(properties);
    assert_string_equal(json_text(shown, "ID", ""), id);
    assert_done(CALL(open_namespace, &wanted, &space, &result));
    assert_true(HR_FAILED(CALL(modify_namespace, space, nobody, &result)));
    assert_done(CALL(close_namespace, TAKE(space)));
    path = text_format("/namespaces/%s", id);
    deleted = hns("DELETE", path, "");
    assert_true(json_bool(deleted, "Success", false));
    free(TAKE(result));
    assert_int_equal(CALL(open_namespace, &wanted, &space, &result), HR_NOT_FOUND);
    assert_null(space);
}

static void the_service_tells_what_it_can(void **state)
{
    cleanup_free char *properties = NULL;
    cleanup_free char *result = NULL;
    int32_t hr =
        CALL(get_service_properties, "{\"PropertyTypes\":[\"Basic\"]}", &properties, &result);

    (void)state;
    /* Not on Windows before 1809. */
    if (hr == HR_PROC_NOT_FOUND)
        return;
    assert_done(hr);
    cJSON_Delete(service_parse(properties));
}

static void settings_that_are_none_are_refused(void **state)
{
    cleanup_free char *result = NULL;

    (void)state;
    assert_true(HR_FAILED(CALL(modify_service, "{}", &result)));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(creation_completes_even_if_watched_late),
        cmocka_unit_test(a_started_system_runs),
        cmocka_unit_test(starting_twice_is_refused),
        cmocka_unit_test(a_taken_id_is_refused),
        cmocka_unit_test(an_unknown_id_is_not_found),
        cmocka_unit_test(an_unknown_member_is_named),
        cmocka_unit_test(what_is_no_json_is_refused),
        cmocka_unit_test(a_change_that_cannot_be_is_refused),
        cmocka_unit_test(a_stopped_system_says_so),
        cmocka_unit_test(shutting_down_ends_it),
        cmocka_unit_test(an_id_is_free_after_its_system),
        cmocka_unit_test(another_handle_sees_the_same_system),
        cmocka_unit_test(systems_are_found_by_owner),
        cmocka_unit_test(a_system_ends_with_its_last_handle),
        cmocka_unit_test(unregistering_waits_for_a_running_callback),
        cmocka_unit_test(networks_are_listed),
        cmocka_unit_test(an_unknown_endpoint_is_said_in_the_answer),
        cmocka_unit_test(an_endpoint_comes_and_goes),
        cmocka_unit_test(a_namespace_is_made_filled_and_deleted),
        cmocka_unit_test(the_service_tells_what_it_can),
        cmocka_unit_test(settings_that_are_none_are_refused),
    };

    return cmocka_run_group_tests(tests, service_open, service_close);
}
