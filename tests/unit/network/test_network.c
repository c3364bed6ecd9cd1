/* SPDX-License-Identifier: MIT */
/* Networks: finding and making the default one, and every way in which HNS says no. */
#include "tests/unit/status.h"

#include <string.h>

#include "base/error.h"
#include "network/hns.h"
#include "network/network.h"
#include "tests/unit/network/script.h"

#define SCRIPT(...)                                                                                \
    script_begin((const script_step[]){__VA_ARGS__},                                               \
                 sizeof((const script_step[]){__VA_ARGS__}) / sizeof(script_step))

static wcow_error err;

static void networks_are_listed(void **state)
{
    hns_network *networks = NULL;
    size_t count = 0;
    hcs_port *port =
        SCRIPT({"GET", "/networks/", "",
                "{\"Success\":true,\"Output\":[{\"ID\":\"1\",\"Name\":\"nat\",\"Type\":"
                "\"NAT\",\"Subnets\":[{\"AddressPrefix\":\"172.20.0.0/20\","
                "\"GatewayAddress\":\"172.20.0.1\"},{\"AddressPrefix\":\"x\"}]},"
                "{\"Id\":\"2\",\"Type\":\"Transparent\",\"Subnets\":null}]}",
                0});

    (void)state;
    assert_ok(&err, hns_networks(port, &networks, &count, &err));
    script_end();
    assert_int_equal(count, 2);
    assert_string_equal(networks[0].type, "nat");
    assert_int_equal(networks[0].subnet_count, 2);
    assert_string_equal(networks[0].subnets[0].prefix, "172.20.0.0/20");
    assert_string_equal(networks[0].subnets[0].gateway, "172.20.0.1");
    assert_string_equal(networks[0].subnets[1].prefix, "x");
    assert_string_equal(networks[0].subnets[1].gateway, "");
    assert_string_equal(networks[1].id, "2");
    assert_string_equal(networks[1].name, "");
    assert_string_equal(networks[1].type, "transparent");
    assert_int_equal(networks[1].subnet_count, 0);
    hns_networks_free(networks, count);
}

static void what_others_need_of_a_network_is_read(void **state)
{
    hns_network *networks = NULL;
    size_t count = 0;
    hcs_port *port = SCRIPT(
        {"GET", "/networks/", "",
         "{\"Success\":true,\"Output\":[{\"ID\":\"1\",\"Type\":\"l2bridge\","
         "\"NetworkAdapterName\":\"Ethernet 2\",\"DNSServerList\":\"1.1.1.1,8.8.8.8\","
         "\"DNSSuffix\":\"corp\",\"Policies\":[{\"Type\":\"vlan\",\"VLAN\":11},"
         "{\"Type\":\"VSID\",\"VSID\":-1},{\"VSID\":3},{\"Type\":\"VSID\",\"VSID\":5000}]}]}",
         0});

    (void)state;
    assert_ok(&err, hns_networks(port, &networks, &count, &err));
    script_end();
    assert_string_equal(networks[0].adapter, "Ethernet 2");
    assert_string_equal(networks[0].dns_servers, "1.1.1.1,8.8.8.8");
    assert_string_equal(networks[0].dns_suffix, "corp");
    assert_int_equal(networks[0].vlan, 11);
    assert_int_equal(networks[0].vsid, 5000);
    hns_networks_free(networks, count);
}

static const char several[] =
    "{\"Success\":true,\"Output\":["
    "{\"ID\":\"AB12CD34-0000-0000-0000-000000000001\",\"Name\":\"nat\",\"Type\":\"nat\"},"
    "{\"ID\":\"AB12CD99-0000-0000-0000-000000000002\",\"Name\":\"Back\",\"Type\":\"nat\"},"
    "{\"ID\":\"99000000-0000-0000-0000-000000000003\",\"Name\":\"ab\",\"Type\":\"l2bridge\"},"
    "{\"ID\":\"77000000-0000-0000-0000-000000000004\",\"Name\":\"Twin\",\"Type\":\"nat\"},"
    "{\"ID\":\"78000000-0000-0000-0000-000000000005\",\"Name\":\"twin\",\"Type\":\"nat\"}]}";

static void a_network_is_found_by_id_name_or_the_beginning_of_its_id(void **state)
{
    static const struct {
        const char *reference;
        const char *name;
    } cases[] = {
        {"AB12CD34-0000-0000-0000-000000000001", "nat"},
        {"ab12cd34-0000-0000-0000-000000000001", "nat"},
        {"ab12cd34000000000000000000000001", "nat"},
        {"AB12CD3", "nat"},
        {"ab12cd99-0000-0", "Back"},
        {"NAT", "nat"},
        {"back", "Back"},
        {"ab", "ab"}, /* a name is more than the beginning of two ids */
        {"9", "ab"},
    };

    (void)state;
    for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
        cleanup_network hns_network network = HNS_NETWORK_INIT;
        hcs_port *port = SCRIPT({"GET", "/networks/", "", several, 0});

        assert_ok(&err, hns_network_find(port, cases[i].reference, &network, &err));
        script_end();
        assert_string_equal(network.name, cases[i].name);
    }
}

static void what_fits_no_network_or_several_is_refused_as_docker_does(void **state)
{
    static const struct {
        const char *reference;
        wcow_status status;
        const char *message;
    } cases[] = {
        {"web", WCOW_NOT_FOUND, "network web not found"},
        {"", WCOW_NOT_FOUND, "network  not found"},
        {"-", WCOW_NOT_FOUND, "network - not found"},
        {"ab12cd34-0000-0000-0000-0000000000012", WCOW_NOT_FOUND,
         "network ab12cd34-0000-0000-0000-0000000000012 not found"},
        {"ab12", WCOW_CONFLICT, "network ab12 is ambiguous (2 matches found on ID prefix)"},
        {"TWIN", WCOW_CONFLICT, "network TWIN is ambiguous (2 matches found on name)"},
    };

    (void)state;
    for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
        hns_network network = HNS_NETWORK_INIT;
        hcs_port *port = SCRIPT({"GET", "/networks/", "", several, 0});

        assert_fails(&err, cases[i].status, cases[i].message,
                     hns_network_find(port, cases[i].reference, &network, &err));
        script_end();
        assert_null(network.id);
    }
}

static void a_service_that_does_not_answer_is_no_network_that_is_missing(void **state)
{
    hns_network network = HNS_NETWORK_INIT;
    hcs_port *port = SCRIPT({"GET", "/networks/", "", NULL, (int32_t)0x800706BA});

    (void)state;
    assert_fails(&err, WCOW_UNAVAILABLE,
                 "cannot find the network 'web': GET /networks/: HNSCall: the service cannot be "
                 "reached (0x800706BA)",
                 hns_network_find(port, "web", &network, &err));
    script_end();
}

static void assert_default(const char *list, const char *id)
{
    cleanup_network hns_network network = HNS_NETWORK_INIT;
    hcs_port *port = SCRIPT({"GET", "/networks/", "", list, 0});

    assert_ok(&err, hns_network_default(port, &network, &err));
    script_end();
    assert_string_equal(network.id, id);
}

static void the_network_called_nat_is_the_default(void **state)
{
    (void)state;
    assert_default(
        "{\"Success\":true,\"Output\":[{\"ID\":\"1\",\"Name\":\"other\",\"Type\":\"nat\"},"
        "{\"ID\":\"2\",\"Name\":\"nat\",\"Type\":\"transparent\"},"
        "{\"ID\":\"3\",\"Name\":\"Nat\",\"Type\":\"NAT\"}]}",
        "3");
}

static void another_nat_network_is_not_the_default_but_where_there_can_be_no_second(void **state)
{
    static const char others[] = "{\"Success\":true,\"Output\":["
                                 "{\"ID\":\"1\",\"Name\":\"x\",\"Type\":\"ICS\"},"
                                 "{\"ID\":\"2\",\"Name\":\"first\",\"Type\":\"nat\"},"
                                 "{\"ID\":\"3\",\"Name\":\"second\",\"Type\":\"nat\"}]}";
    static const char request[] = "{\"Name\":\"nat\",\"Type\":\"nat\"}";
    cleanup_network hns_network made = HNS_NETWORK_INIT;
    cleanup_network hns_network found = HNS_NETWORK_INIT;
    hcs_port *port = SCRIPT({"GET", "/networks/", "", others, 0},
                            {"POST", "/networks/", request,
                             "{\"Success\":true,\"Output\":{\"ID\":\"9\",\"Name\":\"nat\","
                             "\"Type\":\"nat\"}}",
                             0});

    (void)state;
    assert_ok(&err, hns_network_default(port, &made, &err));
    script_end();
    assert_string_equal(made.id, "9");

    port = SCRIPT(
        {"GET", "/networks/", "", others, 0},
        {"POST", "/networks/", request, "{\"Success\":false,\"Error\":\"Unspecified error\"}", 0},
        {"GET", "/networks/", "", others, 0}, {"GET", "/networks/", "", others, 0});
    assert_ok(&err, hns_network_default(port, &found, &err));
    script_end();
    assert_string_equal(found.id, "2");
}

static void without_one_it_is_made(void **state)
{
    static const char *const empty[] = {"{\"Success\":true,\"Output\":[]}", "{\"Success\":true}",
                                        "{\"Success\":true,\"Output\":null}"};

    (void)state;
    for (size_t i = 0; i < sizeof(empty) / sizeof(empty[0]); i++) {
        cleanup_network hns_network network = HNS_NETWORK_INIT;
        hcs_port *port = SCRIPT({"GET", "/networks/", "", empty[i], 0},
                                {"POST", "/networks/", "{\"Name\":\"nat\",\"Type\":\"nat\"}",
                                 "{\"Success\":true,\"Output\":{\"ID\":\"9\",\"Name\":\"nat\","
                                 "\"Type\":\"nat\"}}",
                                 0});

        assert_ok(&err, hns_network_default(port, &network, &err));
        script_end();
        assert_string_equal(network.id, "9");
    }
}

static void a_network_that_cannot_be_made_is_named(void **state)
{
    hns_network network = HNS_NETWORK_INIT;
    hcs_port *port = SCRIPT({"GET", "/networks/", "", "{\"Success\":true,\"Output\":[]}", 0},
                            {"POST", "/networks/", "{\"Name\":\"nat\",\"Type\":\"nat\"}",
                             "{\"Success\":false,\"Error\":\"Unspecified error\"}", 0},
                            {"GET", "/networks/", "", "{\"Success\":true,\"Output\":[]}", 0},
                            {"GET", "/networks/", "", "{\"Success\":true,\"Output\":[]}", 0});

    (void)state;
    assert_fails(&err, WCOW_FAILED,
                 "cannot create the network 'nat': HNSCall POST /networks/: Unspecified error",
                 hns_network_default(port, &network, &err));
    script_end();
    assert_string_equal(err.hint, "Restart-Service hns -Force, then try again\n"
                                  "see: wcow explain hns-unspecified");
    assert_null(network.id);
}

static void a_network_that_somebody_else_has_just_made_is_used(void **state)
{
    cleanup_network hns_network network = HNS_NETWORK_INIT;
    hcs_port *port = SCRIPT(
        {"GET", "/networks/", "", "{\"Success\":true,\"Output\":[]}", 0},
        {"POST", "/networks/", "{\"Name\":\"nat\",\"Type\":\"nat\"}",
         "{\"Success\":false,\"Error\":\"exists\",\"ErrorCode\":2151350288}", 0},
        {"GET", "/networks/", "",
         "{\"Success\":true,\"Output\":[{\"ID\":\"7\",\"Name\":\"nat\",\"Type\":\"nat\"}]}", 0});

    (void)state;
    assert_ok(&err, hns_network_default(port, &network, &err));
    script_end();
    assert_string_equal(network.id, "7");
}

static void every_way_to_say_no_is_understood(void **state)
{
    static const struct {
        const char *response;
        int32_t hr;
        wcow_status status;
        const char *message;
    } answers[] = {
        {NULL, (int32_t)0x800706BA, WCOW_UNAVAILABLE,
         "GET /x: HNSCall: the service cannot be reached (0x800706BA)"},
        {NULL, 0, WCOW_FAILED, "HNSCall GET /x: the service answered nothing"},
        {"", 0, WCOW_FAILED, "HNSCall GET /x: the service answered nothing"},
        {"{", 0, WCOW_CORRUPT, "cannot read the answer of HNS: no valid JSON at line 1"},
        {"{}", 0, WCOW_FAILED, "HNSCall GET /x: no reason given"},
        {"{\"Success\":false,\"Error\":\"Element not found. \"}", 0, WCOW_NOT_FOUND,
         "HNSCall GET /x: Element not found"},
        {"{\"Success\":false,\"Error\":\"The object identifier does not represent a valid object. "
         "\"}",
         0, WCOW_NOT_FOUND,
         "HNSCall GET /x: The object identifier does not represent a valid object"},
        {"{\"Success\":false,\"Error\":\"Invalid JSON document string. "
         "\",\"ErrorCode\":2151350299}",
         0, WCOW_UNSUPPORTED, "HNSCall GET /x: Invalid JSON document string (0x803B001B)"},
        {"{\"Success\":false,\"Error\":\"gone\",\"ErrorCode\":2151350274}", 0, WCOW_NOT_FOUND,
         "HNSCall GET /x: gone (0x803B0002)"},
        {"{\"Success\":false,\"Error\":\"The object already exists. \"}", 0, WCOW_ALREADY_EXISTS,
         "HNSCall GET /x: The object already exists"},
        {"{\"Success\":false,\"Error\":\"The parameter is incorrect. \"}", 0, WCOW_INVALID,
         "HNSCall GET /x: The parameter is incorrect"},
        {"{\"Success\":false,\"Error\":\"Access is denied. \"}", 0, WCOW_DENIED,
         "HNSCall GET /x: Access is denied"},
        {"{\"Success\":false,\"Error\":\"An adapter was not found. \"}", 0, WCOW_NOT_FOUND,
         "HNSCall GET /x: An adapter was not found"},
        {"{\"Success\":false,\"Error\":\"Failed to create network\"}", 0, WCOW_FAILED,
         "HNSCall GET /x: Failed to create network"},
        {"{\"Success\":false,\"Error\":\"in use\",\"ErrorCode\":2151350291}", 0,
         WCOW_ALREADY_EXISTS, "HNSCall GET /x: in use (0x803B0013)"},
    };

    (void)state;
    for (size_t i = 0; i < sizeof(answers) / sizeof(answers[0]); i++) {
        hcs_port *port = SCRIPT({"GET", "/x", "", answers[i].response, answers[i].hr});
        cJSON *output = NULL;

        assert_fails(&err, answers[i].status, answers[i].message,
                     hns_call(port, "GET", "/x", NULL, &output, &err));
        script_end();
        assert_null(output);
    }
}

static void a_network_without_an_id_is_no_network(void **state)
{
    hns_network *networks = NULL;
    size_t count = 0;
    hcs_port *port =
        SCRIPT({"GET", "/networks/", "",
                "{\"Success\":true,\"Output\":[{\"ID\":\"1\"},{\"Name\":\"nat\"}]}", 0});

    (void)state;
    assert_fails(&err, WCOW_FAILED, "HNS tells of a network without an id",
                 hns_networks(port, &networks, &count, &err));
    assert_null(networks);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(networks_are_listed),
        cmocka_unit_test(what_others_need_of_a_network_is_read),
        cmocka_unit_test(a_network_is_found_by_id_name_or_the_beginning_of_its_id),
        cmocka_unit_test(what_fits_no_network_or_several_is_refused_as_docker_does),
        cmocka_unit_test(a_service_that_does_not_answer_is_no_network_that_is_missing),
        cmocka_unit_test(the_network_called_nat_is_the_default),
        cmocka_unit_test(another_nat_network_is_not_the_default_but_where_there_can_be_no_second),
        cmocka_unit_test(without_one_it_is_made),
        cmocka_unit_test(a_network_that_cannot_be_made_is_named),
        cmocka_unit_test(a_network_that_somebody_else_has_just_made_is_used),
        cmocka_unit_test(every_way_to_say_no_is_understood),
        cmocka_unit_test(a_network_without_an_id_is_no_network),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
