/* SPDX-License-Identifier: MIT */
/* The CNI plug-in over the simulated service. */
#include "tests/unit/status.h"

#include <string.h>

#include "base/json.h"
#include "base/text.h"
#include "network/namespace.h"
#include "plugin.h"
#include "tests/hcssim/fake/fake.h"

#define SPACE "5c7d7bd4-1111-4000-8000-000000000001"

static const char configuration[] =
    "{\"cniVersion\":\"1.0.0\",\"name\":\"nat\",\"type\":\"wcow-cni\",\"runtimeConfig\":{\"dns\":{"
    "\"Servers\":[\"10.96.0.10\"]},\"portMappings\":[{\"HostPort\":8080,\"ContainerPort\":80,"
    "\"Protocol\":\"tcp\",\"HostIP\":\"\"}]}}";

static wcow_error err;
static fake_host *host;

static int setup(void **state)
{
    cleanup_free char *response = NULL;
    cleanup_free char *id = NULL;

    (void)state;
    host = fake_host_new(NULL);
    assert_non_null(host);
    assert_int_equal(host->hcs->hns_call(host->hcs, "POST", "/networks/",
                                         "{\"Name\":\"nat\",\"Type\":\"nat\"}", &response),
                     0);
    assert_ok(&err, hns_namespace_create(host->hcs, SPACE, &id, &err));
    return 0;
}

static int teardown(void **state)
{
    (void)state;
    assert_int_equal(fake_host_free(host), 0);
    return 0;
}

static int64_t left(const char *what)
{
    cleanup_json cJSON *all = sim_leftovers(host->sim);

    return json_integer(all, what, -1);
}

static int call(const char *command, const char *space, cJSON **answer)
{
    const cni_call given = {.command = command,
                            .container = "pod1",
                            .space = space,
                            .interface = "eth0",
                            .input = configuration};
    cleanup_free char *out = NULL;
    int code = cni_run(host->hcs, &given, &out);

    assert_non_null(out);
    *answer = cJSON_Parse(out);
    return code;
}

static void a_pod_gets_an_address_in_its_namespace_and_loses_it_again(void **state)
{
    cleanup_json cJSON *added = NULL;
    cleanup_json cJSON *again = NULL;
    cleanup_json cJSON *deleted = NULL;
    cleanup_json cJSON *twice = NULL;
    cleanup_strings string_list endpoints = STRING_LIST_INIT;
    const cJSON *ip;

    (void)state;
    assert_int_equal(call("ADD", SPACE, &added), 0);
    ip = cJSON_GetArrayItem(json_member(added, "ips"), 0);
    assert_string_equal(json_text(ip, "address", ""), "172.16.0.2/16");
    assert_string_equal(json_text(ip, "gateway", ""), "172.16.0.1");
    assert_ok(&err, hns_namespace_endpoints(host->hcs, SPACE, &endpoints, &err));
    assert_int_equal(endpoints.count, 1);
    assert_int_equal(call("ADD", SPACE, &again), 0);
    assert_true(cJSON_Compare(added, again, true));
    assert_int_equal(left("endpoints"), 1);
    assert_int_equal(call("DEL", SPACE, &deleted), 0);
    assert_int_equal(left("endpoints"), 0);
    assert_int_equal(call("DEL", "", &twice), 0);
    assert_ok(&err, hns_namespace_delete(host->hcs, SPACE, &err));
    assert_int_equal(left("namespaces"), 0);
}

static void a_namespace_that_is_not_there_leaves_no_endpoint(void **state)
{
    cleanup_json cJSON *answer = NULL;

    (void)state;
    assert_int_equal(call("ADD", "5c7d7bd4-1111-4000-8000-000000000009", &answer), 1);
    assert_non_null(strstr(json_text(answer, "msg", ""), "Element not found"));
    assert_int_equal(left("endpoints"), 0);
}

static void what_is_no_call_is_told_by_the_codes_of_cni(void **state)
{
    cleanup_json cJSON *unknown = NULL;
    cleanup_json cJSON *unset = NULL;
    cleanup_json cJSON *version = NULL;

    (void)state;
    assert_int_equal(call("CHECK", SPACE, &unknown), 1);
    assert_int_equal(json_integer(unknown, "code", 0), 4);
    assert_int_equal(call("ADD", "", &unset), 1);
    assert_int_equal(json_integer(unset, "code", 0), 4);
    assert_int_equal(call("VERSION", NULL, &version), 0);
    assert_int_equal(cJSON_GetArraySize(json_member(version, "supportedVersions")), 3);
}

#define TEST(function) cmocka_unit_test_setup_teardown(function, setup, teardown)

int main(void)
{
    const struct CMUnitTest tests[] = {
        TEST(a_pod_gets_an_address_in_its_namespace_and_loses_it_again),
        TEST(a_namespace_that_is_not_there_leaves_no_endpoint),
        TEST(what_is_no_call_is_told_by_the_codes_of_cni),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
