/* SPDX-License-Identifier: MIT */
/* Endpoints: made, read, deleted, told apart. */
#include "tests/unit/status.h"

#include <string.h>

#include "base/error.h"
#include "base/text.h"
#include "network/endpoint.h"
#include "tests/unit/network/script.h"

#define SCRIPT(...)                                                                                \
    script_begin((const script_step[]){__VA_ARGS__},                                               \
                 sizeof((const script_step[]){__VA_ARGS__}) / sizeof(script_step))

#define ENDPOINT                                                                                   \
    "{\"ID\":\"e1\",\"Name\":\"wcow-abc\",\"VirtualNetwork\":\"n1\",\"VirtualNetworkName\":"       \
    "\"nat\","                                                                                     \
    "\"IPAddress\":\"172.20.0.5\",\"GatewayAddress\":\"172.20.0.1\",\"PrefixLength\":20,"          \
    "\"MacAddress\":\"00-15-5D-AA-BB-0C\"}"

static wcow_error err;

static const hns_endpoint_wish plain = {.network_id = "n1", .name = "wcow-abc"};

static void assert_is_e1(const hns_endpoint *endpoint)
{
    assert_string_equal(endpoint->id, "e1");
    assert_string_equal(endpoint->name, "wcow-abc");
    assert_string_equal(endpoint->network_id, "n1");
    assert_string_equal(endpoint->network_name, "nat");
    assert_string_equal(endpoint->ip_address, "172.20.0.5");
    assert_string_equal(endpoint->gateway, "172.20.0.1");
    assert_string_equal(endpoint->mac_address, "00:15:5d:aa:bb:0c");
    assert_int_equal(endpoint->prefix_length, 20);
}

static void an_endpoint_is_made_as_docker_makes_it_but_for_its_name(void **state)
{
    cleanup_endpoint hns_endpoint endpoint = HNS_ENDPOINT_INIT;
    hcs_port *port =
        SCRIPT({"POST", "/endpoints/", "{\"Name\":\"wcow-abc\",\"VirtualNetwork\":\"n1\"}",
                "{\"Success\":true,\"Output\":" ENDPOINT "}", 0});

    (void)state;
    assert_ok(&err, hns_endpoint_create(port, &plain, &endpoint, &err));
    script_end();
    assert_is_e1(&endpoint);
}

static void wishes_are_sent_as_docker_sends_them(void **state)
{
    static const hns_port ports[] = {{HNS_UDP, 53, 0}, {HNS_TCP, 80, 8080}};
    static const char *const servers[] = {"10.1.1.1", "10.1.1.2", NULL};
    const hns_endpoint_wish wish = {.network_id = "n1",
                                    .name = "wcow2-abc",
                                    .ip_address = "172.20.0.5",
                                    .mac_address = "00:15:5d:aa:bb:0c",
                                    .dns_servers = servers,
                                    .ports = ports,
                                    .port_count = 2};
    cleanup_endpoint hns_endpoint endpoint = HNS_ENDPOINT_INIT;
    hcs_port *port = SCRIPT(
        {"POST", "/endpoints/",
         "{\"Name\":\"wcow2-abc\",\"VirtualNetwork\":\"n1\",\"Policies\":[{\"Type\":\"NAT\","
         "\"Protocol\":\"udp\",\"InternalPort\":53,\"ExternalPortReserved\":true},{\"Type\":"
         "\"NAT\",\"Protocol\":\"tcp\",\"InternalPort\":80,\"ExternalPort\":8080,"
         "\"ExternalPortReserved\":true}],\"IPAddress\":\"172.20.0.5\",\"MacAddress\":"
         "\"00-15-5d-aa-bb-0c\",\"DNSServerList\":\"10.1.1.1,10.1.1.2\"}",
         "{\"Success\":true,\"Output\":{\"ID\":\"e2\",\"Policies\":[{\"Type\":\"NAT\","
         "\"Protocol\":\"udp\",\"InternalPort\":53,\"ExternalPort\":49152},{\"Type\":\"QOS\"},"
         "{\"Type\":\"NAT\",\"Protocol\":\"TCP\",\"InternalPort\":80,\"ExternalPort\":8080}]}}",
         0});

    (void)state;
    assert_ok(&err, hns_endpoint_create(port, &wish, &endpoint, &err));
    script_end();
    assert_int_equal(endpoint.port_count, 2);
    assert_int_equal(endpoint.ports[0].protocol, HNS_UDP);
    assert_int_equal(endpoint.ports[0].host, 49152);
    assert_int_equal(endpoint.ports[1].protocol, HNS_TCP);
    assert_int_equal(endpoint.ports[1].container, 80);
}

static void a_list_keeps_copies(void **state)
{
    static hns_port ports[] = {{HNS_TCP, 80, 8080}};
    hns_endpoint_list list = {NULL, 0};
    hns_endpoint first = {.id = text_copy("A"), .ports = ports, .port_count = 1};
    const hns_endpoint second = {.name = first.id};

    (void)state;
    assert_true(hns_endpoint_list_add(&list, &first));
    assert_true(hns_endpoint_list_add(&list, &second));
    free(first.id);
    assert_string_equal(hns_endpoint_list_find(&list, "a")->id, "A");
    assert_int_equal(list.items[0].ports[0].host, 8080);
    assert_string_equal(list.items[1].id, "");
    hns_endpoint_list_remove(&list, &list.items[0]);
    assert_int_equal(list.count, 1);
    assert_string_equal(list.items[0].name, "A");
    assert_null(hns_endpoint_list_find(&list, "a"));
    hns_endpoint_list_free(&list);
}

static void an_endpoint_is_read(void **state)
{
    cleanup_endpoint hns_endpoint endpoint = HNS_ENDPOINT_INIT;
    hcs_port *port =
        SCRIPT({"GET", "/endpoints/e1", "", "{\"Success\":true,\"Output\":" ENDPOINT "}", 0});

    (void)state;
    assert_ok(&err, hns_endpoint_get(port, "e1", &endpoint, &err));
    script_end();
    assert_is_e1(&endpoint);
}

static void what_is_missing_is_empty(void **state)
{
    cleanup_endpoint hns_endpoint endpoint = HNS_ENDPOINT_INIT;
    hcs_port *port =
        SCRIPT({"GET", "/endpoints/e1", "",
                "{\"Success\":true,\"Output\":{\"ID\":\"e1\",\"PrefixLength\":999}}", 0});

    (void)state;
    assert_ok(&err, hns_endpoint_get(port, "e1", &endpoint, &err));
    assert_string_equal(endpoint.ip_address, "");
    assert_string_equal(endpoint.mac_address, "");
    assert_int_equal(endpoint.prefix_length, 0);
    assert_null(hns_endpoint_container(&endpoint));
}

static void an_endpoint_that_cannot_be_made_leaves_nothing(void **state)
{
    static const char *const answers[] = {
        "{\"Success\":false,\"Error\":\"The parameter is incorrect. \"}",
        "{\"Success\":true}",
        "{\"Success\":true,\"Output\":{}}",
    };

    (void)state;
    for (size_t i = 0; i < sizeof(answers) / sizeof(answers[0]); i++) {
        hns_endpoint endpoint = HNS_ENDPOINT_INIT;
        hcs_port *port =
            SCRIPT({"POST", "/endpoints/", "{\"Name\":\"wcow-abc\",\"VirtualNetwork\":\"n1\"}",
                    answers[i], 0});

        assert_int_equal(hns_endpoint_create(port, &plain, &endpoint, &err),
                         i == 0 ? WCOW_INVALID : WCOW_FAILED);
        script_end();
        assert_null(endpoint.id);
        assert_memory_equal(err.message, "cannot connect to the network: ", 31);
    }
}

static void deleting_what_is_gone_is_a_success(void **state)
{
    static const struct {
        const char *response;
        int32_t hr;
    } answers[] = {
        {"{\"Success\":true}", 0},
        {"{\"Success\":true,\"Output\":" ENDPOINT "}", 0},
        {"{\"Success\":false,\"Error\":\"The object identifier does not represent a valid object. "
         "\"}",
         0},
        {"{\"Success\":false,\"Error\":\"x\",\"ErrorCode\":2151350274}", 0},
        {NULL, (int32_t)0x80070490},
        {NULL, (int32_t)0x803B0002},
    };

    (void)state;
    for (size_t i = 0; i < sizeof(answers) / sizeof(answers[0]); i++) {
        hcs_port *port =
            SCRIPT({"DELETE", "/endpoints/e1", "", answers[i].response, answers[i].hr});

        assert_ok(&err, hns_endpoint_delete(port, "e1", &err));
        script_end();
    }
}

static void other_failures_to_delete_are_told(void **state)
{
    hcs_port *port = SCRIPT({"DELETE", "/endpoints/e1", "", NULL, HR_ACCESS_DENIED});

    (void)state;
    assert_fails(&err, WCOW_DENIED,
                 "cannot delete the endpoint e1: DELETE /endpoints/e1: HNSCall: access was denied "
                 "(0x80070005)",
                 hns_endpoint_delete(port, "e1", &err));
    script_end();
}

static void ours_are_told_from_others(void **state)
{
    hns_endpoint *endpoints = NULL;
    size_t count = 0;
    hcs_port *port =
        SCRIPT({"GET", "/endpoints/", "",
                "{\"Success\":true,\"Output\":[" ENDPOINT ",{\"ID\":\"5\",\"Name\":\"wcow2-abc\"},"
                "{\"ID\":\"2\"},"
                "{\"ID\":\"3\",\"Name\":\"Ethernet\"},{\"ID\":\"4\",\"Name\":\"wcow-\"}]}",
                0});

    (void)state;
    assert_ok(&err, hns_endpoints(port, &endpoints, &count, &err));
    script_end();
    assert_int_equal(count, 5);
    for (size_t i = 0; i < 2; i++) {
        const char *container = hns_endpoint_container(&endpoints[i]);

        assert_string_equal(container, "abc");
        assert_true(hns_endpoint_is_of(&endpoints[i], "abc"));
        assert_false(hns_endpoint_is_of(&endpoints[i], "ab"));
    }
    for (size_t i = 2; i < count; i++) {
        assert_null(hns_endpoint_container(&endpoints[i]));
        assert_false(hns_endpoint_is_of(&endpoints[i], "abc"));
    }
    hns_endpoints_free(endpoints, count);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(an_endpoint_is_made_as_docker_makes_it_but_for_its_name),
        cmocka_unit_test(wishes_are_sent_as_docker_sends_them),
        cmocka_unit_test(a_list_keeps_copies),
        cmocka_unit_test(an_endpoint_is_read),
        cmocka_unit_test(what_is_missing_is_empty),
        cmocka_unit_test(an_endpoint_that_cannot_be_made_leaves_nothing),
        cmocka_unit_test(deleting_what_is_gone_is_a_success),
        cmocka_unit_test(other_failures_to_delete_are_told),
        cmocka_unit_test(ours_are_told_from_others),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
