/* SPDX-License-Identifier: MIT */
/* Compute systems: both ways to complete, every failure, nothing left behind. */
#include "tests/unit/status.h"

#include <string.h>

#include "base/error.h"
#include "hcs/system.h"
#include "tests/unit/hcs/fake_service.h"

static const compute_timeouts quick = {50, 50, 50, 50};
static fake_service service;
static wcow_error err;

static int start_service(void **state)
{
    (void)state;
    err = (wcow_error)WCOW_ERROR_INIT;
    fake_start(&service);
    return 0;
}

static int stop_service(void **state)
{
    (void)state;
    fake_stop(&service);
    return service.handles == 0 ? 0 : -1;
}

static compute_system *created(void)
{
    compute_system *system = NULL;

    assert_ok(&err, compute_system_create(&service.port, "web", "{}", NULL, &system, &err));
    return system;
}

static void a_system_lives_and_ends(bool pending)
{
    cleanup_system compute_system *system = NULL;
    int32_t hr = 1;

    service.pending = pending;
    system = created();
    assert_string_equal(compute_system_id(system), "web");
    assert_ok(&err, compute_system_start(system, &err));
    assert_true(service.started);
    assert_ok(&err, compute_system_pause(system, &err));
    assert_ok(&err, compute_system_resume(system, &err));
    assert_ok(&err, compute_system_pause(system, &err));
    assert_false(compute_system_exited(system, &hr));
    assert_int_equal(hr, 1);
    assert_ok(&err, compute_system_stop(system, 1000, &err));
    assert_string_equal(service.last_call, "shutdown_system");
    assert_true(compute_system_exited(system, &hr));
    assert_int_equal(hr, 0);
}

static void a_service_that_completes_at_once_is_not_waited_for(void **state)
{
    (void)state;
    a_system_lives_and_ends(false);
}

static void a_service_that_completes_later_is_waited_for(void **state)
{
    (void)state;
    a_system_lives_and_ends(true);
}

static void a_completion_that_failed_is_a_failure(void **state)
{
    compute_system *system = NULL;

    (void)state;
    service.pending = true;
    service.completion_hr = (int32_t)0xC0370101;
    assert_fails(&err, WCOW_UNSUPPORTED,
                 "HcsCreateComputeSystem: the image's Windows build does not fit this host "
                 "(0xC0370101)",
                 compute_system_create(&service.port, "web", "{}", NULL, &system, &err));
    assert_null(system);
    assert_int_equal(service.handles, 0);
}

static void a_completion_that_never_comes_is_a_timeout(void **state)
{
    compute_system *system = NULL;

    (void)state;
    service.pending = true;
    service.drop = HCS_SYSTEM_CREATE_COMPLETED;
    assert_fails(&err, WCOW_TIMEOUT,
                 "HcsCreateComputeSystem: the service did not say within 50 ms that it is done",
                 compute_system_create(&service.port, "web", "{}", &quick, &system, &err));
    assert_null(system);
    assert_true(service.exited); /* it was terminated, it might come up later otherwise */
    assert_int_equal(service.handles, 0);
}

static void a_system_that_dies_while_starting_ends_the_wait(void **state)
{
    cleanup_system compute_system *system = NULL;

    (void)state;
    service.pending = true;
    service.die_while_starting = true;
    system = created();
    assert_fails(&err, WCOW_STOPPED,
                 "HcsStartComputeSystem: the container or its utility VM ended unexpectedly "
                 "(0xC0370106)",
                 compute_system_start(system, &err));
}

static void a_service_that_dies_ends_every_wait(void **state)
{
    cleanup_system compute_system *system = created();

    (void)state;
    service.pending = true;
    service.drop = HCS_SYSTEM_START_COMPLETED;
    fake_service_dies(&service);
    assert_fails(&err, WCOW_UNAVAILABLE,
                 "HcsStartComputeSystem: the Host Compute Service went away (0xC037011E)",
                 compute_system_start(system, &err));
    assert_fails(&err, WCOW_UNAVAILABLE,
                 "waiting for the container's end: the Host Compute Service went away (0xC037011E)",
                 compute_system_wait(system, COMPUTE_FOREVER, &err));
}

static void the_services_own_words_come_along(void **state)
{
    compute_system *system = NULL;

    (void)state;
    service.fail_nth = 1;
    service.fail_hr = (int32_t)0xC037010D;
    service.result = "{\"Error\":-1070137075,\"ErrorMessage\":\"bad\",\"ErrorEvents\":["
                     "{\"Message\":\"Unknown  member\\r\\n 'Foo'.\\r\\n\",\"Source\":\"Parser\"},"
                     "{\"Message\":\"\"},{\"Message\":\"Second\"}],"
                     "\"Attribution\":[{\"OperationFailure\":{\"Detail\":\"Construct\"}}]}";
    assert_int_equal(compute_system_create(&service.port, "web", "{}", NULL, &system, &err),
                     WCOW_UNSUPPORTED);
    assert_string_equal(err.events, "Unknown member 'Foo'. [Parser]\nSecond\n"
                                    "OperationFailure: Construct");
}

static void a_result_that_is_no_json_does_no_harm(void **state)
{
    static const char *const results[] = {"", "oops", "[]", "{\"ErrorEvents\":7}", "null"};
    compute_system *system = NULL;

    (void)state;
    for (size_t i = 0; i < sizeof(results) / sizeof(results[0]); i++) {
        service.fail_nth = 1;
        service.result = results[i];
        assert_int_equal(compute_system_create(&service.port, "web", "{}", NULL, &system, &err),
                         WCOW_FAILED);
        assert_string_equal(err.events, "");
    }
}

static void stopping_what_does_not_shut_down_terminates_it(void **state)
{
    cleanup_system compute_system *system = created();

    (void)state;
    service.shutdown_hangs = true;
    assert_ok(&err, compute_system_stop(system, 20, &err));
    assert_string_equal(service.last_call, "terminate_system");
}

static void stopping_at_once_asks_nobody(void **state)
{
    cleanup_system compute_system *system = created();
    uint32_t before = service.calls;

    (void)state;
    assert_ok(&err, compute_system_stop(system, 0, &err));
    assert_int_equal(service.calls, before + 1);
    assert_string_equal(service.last_call, "terminate_system");
}

static void what_cannot_be_terminated_is_reported(void **state)
{
    cleanup_system compute_system *system = created();

    (void)state;
    service.terminate_hr = HR_ACCESS_DENIED;
    assert_fails(&err, WCOW_DENIED, "HcsTerminateComputeSystem: access was denied (0x80070005)",
                 compute_system_stop(system, 20, &err));
}

static void an_end_that_is_never_notified_is_a_timeout(void **state)
{
    cleanup_system compute_system *system = NULL;

    (void)state;
    service.drop = HCS_SYSTEM_EXITED;
    assert_ok(&err, compute_system_create(&service.port, "web", "{}", &quick, &system, &err));
    assert_fails(&err, WCOW_TIMEOUT, "the container did not end within 50 ms",
                 compute_system_stop(system, 0, &err));
}

static void what_has_stopped_already_counts_as_stopped(void **state)
{
    static const uint32_t codes[] = {0xC0370110, 0x80370110, 0xC037010E, 0x8037010E, 0x80070490};

    (void)state;
    for (size_t i = 0; i < sizeof(codes) / sizeof(codes[0]); i++) {
        cleanup_system compute_system *system = created();

        service.terminate_hr = (int32_t)codes[i];
        assert_ok(&err, compute_system_shutdown(system, &err));
        assert_ok(&err, compute_system_terminate(system, &err));
        assert_ok(&err, compute_system_wait(system, 0, &err));
    }
}

static void an_unexpected_end_is_told_and_is_an_end(void **state)
{
    cleanup_system compute_system *system = created();
    int32_t hr = 0;

    (void)state;
    assert_fails(&err, WCOW_TIMEOUT, "the container did not end within 10 ms",
                 compute_system_wait(system, 10, &err));
    fake_system_exits(&service, HCS_UNEXPECTED_EXIT);
    assert_ok(&err, compute_system_wait(system, COMPUTE_FOREVER, &err));
    assert_true(compute_system_exited(system, &hr));
    assert_int_equal(hr, HCS_UNEXPECTED_EXIT);
}

static void properties_are_asked_for_by_type(void **state)
{
    static const char *const types[] = {"Statistics", "ProcessList", NULL};
    cleanup_system compute_system *system = created();
    cleanup_json cJSON *properties = NULL;
    cleanup_json cJSON *basic = NULL;

    (void)state;
    service.properties = "{\"Id\":\"web\"}";
    assert_ok(&err, compute_system_properties(system, types, &properties, &err));
    assert_string_equal(service.last_text, "{\"PropertyTypes\":[\"Statistics\",\"ProcessList\"]}");
    assert_string_equal(json_text(properties, "Id", ""), "web");
    assert_ok(&err, compute_system_properties(system, NULL, &basic, &err));
    assert_string_equal(service.last_text, "{}");
}

static void an_empty_answer_is_a_failure(void **state)
{
    cleanup_system compute_system *system = created();
    cJSON *properties = NULL;

    (void)state;
    assert_fails(&err, WCOW_FAILED, "HcsGetComputeSystemProperties: the service answered nothing",
                 compute_system_properties(system, NULL, &properties, &err));
    assert_null(properties);
}

static void systems_are_listed_by_owner(void **state)
{
    static const char *const nothing[] = {NULL, "", "null", "[]"};
    cleanup_json cJSON *list = NULL;
    cJSON *wrong = NULL;

    (void)state;
    service.properties = "[{\"Id\":\"a\"},{\"Id\":\"b\"}]";
    assert_ok(&err, compute_systems(&service.port, 20348, "wcow", &list, &err));
    assert_string_equal(service.last_text, "{\"Owners\":[\"wcow\"]}");
    assert_int_equal(cJSON_GetArraySize(list), 2);
    for (size_t i = 0; i < sizeof(nothing) / sizeof(nothing[0]); i++) {
        cleanup_json cJSON *empty = NULL;

        service.properties = nothing[i];
        assert_ok(&err, compute_systems(&service.port, 20348, NULL, &empty, &err));
        assert_string_equal(service.last_text, "{}");
        assert_int_equal(cJSON_GetArraySize(empty), 0);
    }
    service.properties = "{}";
    assert_int_equal(compute_systems(&service.port, 20348, NULL, &wrong, &err), WCOW_FAILED);
    assert_null(wrong);
}

static void old_windows_is_asked_again_for_the_list_of_systems(void **state)
{
    static const int32_t moments[] = {HR_ACCESS_DENIED, (int32_t)0xC0370105};

    (void)state;
    service.properties = "[{\"Id\":\"a\"}]";
    for (size_t i = 0; i < sizeof(moments) / sizeof(moments[0]); i++) {
        cleanup_json cJSON *list = NULL;
        uint32_t before = service.calls;

        service.fail_nth = 1;
        service.fail_hr = moments[i];
        assert_ok(&err, compute_systems(&service.port, 14393, "wcow", &list, &err));
        assert_int_equal(service.calls, before + 2);
        assert_int_equal(cJSON_GetArraySize(list), 1);
    }
}

static void newer_windows_means_what_it_answers(void **state)
{
    cJSON *list = NULL;

    (void)state;
    service.fail_nth = 1;
    service.fail_hr = HR_ACCESS_DENIED;
    assert_int_equal(compute_systems(&service.port, 16299, "wcow", &list, &err), WCOW_DENIED);
    assert_null(list);
}

static void a_leftover_is_destroyed_and_a_missing_one_is_fine(void **state)
{
    (void)state;
    assert_ok(&err, compute_system_destroy(&service.port, "web", NULL, &err));
    service.exists = true;
    assert_ok(&err, compute_system_destroy(&service.port, "web", NULL, &err));
    assert_true(service.exited);
    service.fail_nth = 1;
    service.fail_hr = HR_ACCESS_DENIED;
    assert_int_equal(compute_system_destroy(&service.port, "web", NULL, &err), WCOW_DENIED);
}

static wcow_status whole_life(wcow_error *error)
{
    cleanup_system compute_system *system = NULL;
    wcow_status status = compute_system_create(&service.port, "web", "{}", NULL, &system, error);

    if (!status)
        status = compute_system_start(system, error);
    if (!status)
        status = compute_system_modify(system, "{}", error);
    if (!status)
        status = compute_system_stop(system, 5000, error);
    return status;
}

/* Fails every call in turn: it is reported, unless it only tidies up, and no handle is left open.
 */
static void any_failing_call_is_reported_and_cleaned_up_after(void **state)
{
    static const char *const tidying[] = {"unregister", "close_system", "shutdown_system"};

    (void)state;
    for (int pending = 0; pending < 2; pending++) {
        uint32_t nth = 0;

        do {
            wcow_status status;
            bool tidy = false;

            fake_stop(&service);
            fake_start(&service);
            service.pending = pending;
            service.fail_nth = ++nth;
            status = whole_life(&err);
            for (size_t i = 0; i < sizeof(tidying) / sizeof(tidying[0]); i++) {
                if (service.failed && strcmp(service.failed_call, tidying[i]) == 0)
                    tidy = true;
            }
            if (service.failed && !tidy) {
                assert_int_equal(status, WCOW_FAILED);
                assert_int_equal(err.hresult, (int32_t)0x80004005);
            } else {
                assert_int_equal(status, WCOW_OK);
            }
            if (!service.failed || strcmp(service.failed_call, "unregister") != 0)
                assert_int_equal(service.handles, 0);
        } while (service.failed);
        assert_true(nth > 6);
    }
}

#define SERVICE_TEST(function)                                                                     \
    cmocka_unit_test_setup_teardown(function, start_service, stop_service)

int main(void)
{
    const struct CMUnitTest tests[] = {
        SERVICE_TEST(a_service_that_completes_at_once_is_not_waited_for),
        SERVICE_TEST(a_service_that_completes_later_is_waited_for),
        SERVICE_TEST(a_completion_that_failed_is_a_failure),
        SERVICE_TEST(a_completion_that_never_comes_is_a_timeout),
        SERVICE_TEST(a_system_that_dies_while_starting_ends_the_wait),
        SERVICE_TEST(a_service_that_dies_ends_every_wait),
        SERVICE_TEST(the_services_own_words_come_along),
        SERVICE_TEST(a_result_that_is_no_json_does_no_harm),
        SERVICE_TEST(stopping_what_does_not_shut_down_terminates_it),
        SERVICE_TEST(stopping_at_once_asks_nobody),
        SERVICE_TEST(what_cannot_be_terminated_is_reported),
        SERVICE_TEST(an_end_that_is_never_notified_is_a_timeout),
        SERVICE_TEST(what_has_stopped_already_counts_as_stopped),
        SERVICE_TEST(an_unexpected_end_is_told_and_is_an_end),
        SERVICE_TEST(properties_are_asked_for_by_type),
        SERVICE_TEST(an_empty_answer_is_a_failure),
        SERVICE_TEST(systems_are_listed_by_owner),
        SERVICE_TEST(old_windows_is_asked_again_for_the_list_of_systems),
        SERVICE_TEST(newer_windows_means_what_it_answers),
        SERVICE_TEST(a_leftover_is_destroyed_and_a_missing_one_is_fine),
        SERVICE_TEST(any_failing_call_is_reported_and_cleaned_up_after),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
