/* SPDX-License-Identifier: MIT */
/* The Host Network Service: networks, endpoints, addresses, ports, attachment. */
#include "support.h"

#include <stdio.h>
#include <stdlib.h>

#define NO_OBJECT "The object identifier does not represent a valid object. "

static char *make_network(fixture *f, const char *body)
{
    cleanup_json cJSON *answer = hns(f, "POST", "/networks/", body);

    assert_true(json_bool(answer, "Success", false));
    return text_copy(json_text(json_member(answer, "Output"), "ID", NULL));
}

/* The answer to a new endpoint, with more members: ",\"Name\":\"x\"". */
static cJSON *post_endpoint(fixture *f, const char *network, const char *more)
{
    cleanup_free char *body = text_format("{\"VirtualNetwork\":\"%s\"%s}", network, more);

    return hns(f, "POST", "/endpoints/", body);
}

static char *make_endpoint(fixture *f, const char *network, const char *more)
{
    cleanup_json cJSON *answer = post_endpoint(f, network, more);

    assert_true(json_bool(answer, "Success", false));
    return text_copy(json_text(json_member(answer, "Output"), "ID", NULL));
}

static cJSON *get_endpoint(fixture *f, const char *id)
{
    cleanup_free char *path = text_format("/endpoints/%s", id);

    return hns(f, "GET", path, "");
}

static int64_t endpoint_state(fixture *f, const char *id)
{
    cleanup_json cJSON *answer = get_endpoint(f, id);

    return json_integer(json_member(answer, "Output"), "State", -1);
}

static void a_nat_network_gets_the_default_prefix(void **state)
{
    fixture *f = *state;
    cleanup_json cJSON *none = hns(f, "GET", "/networks/", "");
    cleanup_json cJSON *made = hns(f, "POST", "/networks/", "{\"Name\":\"nat\",\"Type\":\"nat\"}");
    cleanup_json cJSON *again = hns(f, "POST", "/networks/", "{\"Name\":\"nat\",\"Type\":\"nat\"}");
    cleanup_json cJSON *list = hns(f, "GET", "/networks/", "");
    const cJSON *subnet = cJSON_GetArrayItem(json_path(made, "Output.Subnets"), 0);

    assert_int_equal(cJSON_GetArraySize(json_member(none, "Output")), 0);
    assert_string_equal(json_text(subnet, "AddressPrefix", ""), "172.16.0.0/16");
    assert_string_equal(json_text(subnet, "GatewayAddress", ""), "172.16.0.1");
    assert_false(json_bool(again, "Success", true));
    assert_int_equal(cJSON_GetArraySize(json_member(list, "Output")), 1);
}

static void endpoints_get_addresses_of_their_own(void **state)
{
    fixture *f = *state;
    cleanup_free char *network = make_network(f, "{\"Name\":\"nat\",\"Type\":\"nat\"}");
    cleanup_json cJSON *first = post_endpoint(f, network, "");
    cleanup_json cJSON *second = post_endpoint(f, network, "");
    cleanup_json cJSON *wanted = post_endpoint(f, network, ",\"IPAddress\":\"172.16.9.9\"");
    cleanup_json cJSON *taken = post_endpoint(f, network, ",\"IPAddress\":\"172.16.9.9\"");
    cleanup_json cJSON *foreign = post_endpoint(f, network, ",\"IPAddress\":\"10.0.0.9\"");
    const cJSON *one = json_member(first, "Output");
    const cJSON *two = json_member(second, "Output");

    assert_string_equal(json_text(one, "IPAddress", ""), "172.16.0.2");
    assert_string_equal(json_text(two, "IPAddress", ""), "172.16.0.3");
    assert_string_equal(json_text(one, "GatewayAddress", ""), "172.16.0.1");
    assert_int_equal(json_integer(one, "PrefixLength", 0), 16);
    assert_string_not_equal(json_text(one, "MacAddress", ""), json_text(two, "MacAddress", ""));
    assert_true(text_starts_with(json_text(one, "MacAddress", ""), "00-15-5D-"));
    assert_true(json_bool(wanted, "Success", false));
    assert_false(json_bool(taken, "Success", true));
    assert_false(json_bool(foreign, "Success", true));
}

/* dockerd sends 0.0.0.0/0 for a network without a wish, and parses the gateway of what comes back.
 */
static void a_prefix_of_zeros_means_choose(void **state)
{
    fixture *f = *state;
    cleanup_json cJSON *made =
        hns(f, "POST", "/networks/",
            "{\"Name\":\"nat\",\"Type\":\"nat\",\"Subnets\":[{\"AddressPrefix\":"
            "\"0.0.0.0/0\"}]}");
    const cJSON *subnet = cJSON_GetArrayItem(json_path(made, "Output.Subnets"), 0);

    assert_string_equal(json_text(subnet, "AddressPrefix", ""), "172.16.0.0/16");
    assert_string_equal(json_text(subnet, "GatewayAddress", ""), "172.16.0.1");
    assert_int_equal(cJSON_GetArraySize(json_path(made, "Output.Subnets")), 1);
}

static void a_network_without_subnets_answers_with_addresses(void **state)
{
    static const char *const bodies[] = {
        "{\"Name\":\"t\",\"Type\":\"transparent\"}",
        "{\"Name\":\"t\",\"Type\":\"transparent\",\"Subnets\":[{\"AddressPrefix\":\"0.0.0.0/0\"}]}",
    };
    fixture *f = *state;

    for (size_t i = 0; i < sizeof(bodies) / sizeof(*bodies); i++) {
        cleanup_json cJSON *made = hns(f, "POST", "/networks/", bodies[i]);
        const char *id = json_text(json_member(made, "Output"), "ID", "");
        const cJSON *subnet = cJSON_GetArrayItem(json_path(made, "Output.Subnets"), 0);
        cleanup_json cJSON *endpoint = post_endpoint(f, id, "");
        cleanup_free char *path = text_format("/networks/%s", id);
        cleanup_free char *its =
            text_format("/endpoints/%s", json_text(json_member(endpoint, "Output"), "ID", ""));

        assert_string_equal(json_text(subnet, "GatewayAddress", ""), "0.0.0.0");
        assert_string_equal(json_text(json_member(endpoint, "Output"), "GatewayAddress", ""),
                            "0.0.0.0");
        cJSON_Delete(hns(f, "DELETE", its, ""));
        cJSON_Delete(hns(f, "DELETE", path, ""));
    }
}

static void prefixes_must_be_sound_and_apart(void **state)
{
    static const struct {
        const char *prefix;
        bool good;
    } cases[] = {
        {"10.1.0.0/16", true},  {"10.1.2.0/24", false}, {"10.2.0.1/16", false},
        {"10.2.0.0/40", false}, {"nonsense", false},    {"10.2.0.0/24", true},
    };
    fixture *f = *state;

    for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
        cleanup_free char *body = text_format(
            "{\"Name\":\"n%zu\",\"Type\":\"NAT\",\"Subnets\":[{\"AddressPrefix\":\"%s\"}]}", i,
            cases[i].prefix);
        cleanup_json cJSON *answer = hns(f, "POST", "/networks/", body);

        assert_int_equal(json_bool(answer, "Success", !cases[i].good), cases[i].good);
    }
}

static void assert_network(fixture *f, const char *body, const char *error)
{
    cleanup_json cJSON *answer = hns(f, "POST", "/networks/", body);

    assert_string_equal(json_text(answer, "Error", ""), error);
}

static void networks_are_checked_to_the_last_member(void **state)
{
    static const char json[] = "Invalid JSON document string. ";
    static const struct {
        const char *members, *error;
    } cases[] = {
        {"\"Type\":\"nat\",\"IsolateSwitch\":true", json},
        {"\"Type\":\"nat\",\"Subnets\":{}", json},
        {"\"Type\":\"nat\",\"Subnets\":[{\"Prefix\":\"10.1.0.0/16\"}]", json},
        {"\"Type\":\"nat\",\"Policies\":[{\"Type\":\"VLAN\"}]", json},
        {"\"Type\":\"nat\",\"Policies\":[{\"Type\":\"NAT\",\"NAT\":1}]", json},
        {"\"Type\":\"nat\",\"MacPools\":[{\"StartMacAddress\":\"00:15:5D:00:00:00\","
         "\"EndMacAddress\":\"00-15-5D-00-00-0F\"}]",
         "The parameter is incorrect. "},
        {"\"Type\":\"transparent\",\"NetworkAdapterName\":\"vEthernet (nat)\"",
         "An adapter was not found. "},
        {"\"Type\":\"bridge\"", "The network type is invalid. "},
        {"\"Type\":\"nat\",\"Subnets\":[{\"AddressPrefix\":\"10.1.0.0/16\","
         "\"GatewayAddress\":\"10.2.0.1\"}]",
         "The IP address is invalid. "},
        {"\"Type\":\"l2bridge\",\"Subnets\":[{\"AddressPrefix\":\"10.1.0.0/16\","
         "\"GatewayAddress\":\"10.1.0.0\"}]",
         "The IP address is invalid. "},
        {"\"Type\":\"l2bridge\",\"NetworkAdapterName\":\"Ethernet 2\",\"Policies\":[{\"Type\":"
         "\"VSID\",\"VSID\":5000}],\"DNSServerList\":\"1.1.1.1\",\"DNSSuffix\":\"corp\"",
         ""},
    };
    fixture *f = *state;

    for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
        cleanup_free char *body = text_format("{\"Name\":\"n%zu\",%s}", i, cases[i].members);

        assert_network(f, body, cases[i].error);
    }
}

#define NAT(name, prefix)                                                                          \
    "{\"Name\":\"" name "\",\"Type\":\"nat\",\"Subnets\":[{\"AddressPrefix\":\"" prefix "\"}]}"

static void later_windows_has_several_nat_networks(void **state)
{
    fixture *f = *state;

    assert_network(f, NAT("a", "10.1.0.0/16"), "");
    assert_network(f, NAT("b", "10.2.0.0/16"), "");
    assert_network(f, NAT("c", "10.1.7.0/24"), "The object already exists. ");
    assert_network(f, NAT("A", "10.3.0.0/16"), "The object already exists. ");
}

static void server_2016_has_one_prefix_for_all_nat_networks(void **state)
{
    const sim_options options = {.build = 14393};
    fixture *f = *state;

    fixture_restart(f, &options);
    assert_network(f, NAT("a", "10.1.0.0/16"), "");
    assert_network(f, NAT("b", "10.2.0.0/16"), "Unspecified error ");
    assert_network(f, NAT("c", "10.1.7.0/24"), "");
}

static void what_is_not_there_is_said_in_the_known_words(void **state)
{
    static const struct {
        const char *method;
        const char *path;
        const char *text;
    } cases[] = {
        {"GET", "/networks/11111111-2222-3333-4444-555555555555", NO_OBJECT},
        {"DELETE", "/networks/11111111-2222-3333-4444-555555555555", NO_OBJECT},
        {"GET", "/endpoints/11111111-2222-3333-4444-555555555555", NO_OBJECT},
        {"DELETE", "/endpoints/11111111-2222-3333-4444-555555555555", NO_OBJECT},
        {"POST", "/endpoints/", NO_OBJECT},
        {"GET", "/namespaces/11111111-2222-3333-4444-555555555555", "Element not found. "},
        {"DELETE", "/policylists/11111111-2222-3333-4444-555555555555", "Element not found. "},
    };
    fixture *f = *state;

    for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
        cleanup_json cJSON *answer = hns(f, cases[i].method, cases[i].path, "");

        assert_false(json_bool(answer, "Success", true));
        assert_string_equal(json_text(answer, "Error", ""), cases[i].text);
    }
}

static void unknown_requests_fail(void **state)
{
    static const char *const paths[] = {"/", "/networks", "/networks/a/b", "/nothing/", ""};
    fixture *f = *state;
    cleanup_json cJSON *broken = hns(f, "POST", "/networks/", "{");

    for (size_t i = 0; i < sizeof(paths) / sizeof(paths[0]); i++) {
        cleanup_json cJSON *answer = hns(f, "GET", paths[i], "");

        assert_false(json_bool(answer, "Success", true));
    }
    assert_string_equal(json_text(broken, "Error", ""), "Invalid JSON document string. ");
    assert_int_equal(json_integer(broken, "ErrorCode", 0), 0x803B001B);
}

#define MAPPING(external)                                                                          \
    ",\"Policies\":[{\"Type\":\"NAT\",\"Protocol\":\"tcp\",\"InternalPort\":80" external "}]"

static void a_host_port_is_given_once(void **state)
{
    fixture *f = *state;
    cleanup_free char *network = make_network(f, "{\"Name\":\"nat\",\"Type\":\"nat\"}");
    cleanup_free char *first = make_endpoint(f, network, MAPPING(",\"ExternalPort\":8080"));
    cleanup_free char *path = text_format("/endpoints/%s", first);
    cleanup_json cJSON *clash = post_endpoint(f, network, MAPPING(",\"ExternalPort\":8080"));
    cleanup_json cJSON *chosen = post_endpoint(f, network, MAPPING(""));
    cleanup_json cJSON *wrong = post_endpoint(f, network, MAPPING(",\"ExternalPort\":70000"));
    const cJSON *policy = cJSON_GetArrayItem(json_path(chosen, "Output.Policies"), 0);
    cleanup_json cJSON *gone = NULL;
    cleanup_json cJSON *again = NULL;

    assert_false(json_bool(clash, "Success", true));
    assert_int_equal(json_integer(clash, "ErrorCode", 0), 0x803B0013);
    assert_true(json_integer(policy, "ExternalPort", 0) >= 49152);
    assert_false(json_bool(wrong, "Success", true));
    gone = hns(f, "DELETE", path, "");
    assert_true(json_bool(gone, "Success", false));
    again = post_endpoint(f, network, MAPPING(",\"ExternalPort\":8080"));
    assert_true(json_bool(again, "Success", false));
}

static void a_network_with_endpoints_stays(void **state)
{
    fixture *f = *state;
    cleanup_free char *network = make_network(f, "{\"Name\":\"nat\",\"Type\":\"nat\"}");
    cleanup_free char *endpoint = make_endpoint(f, network, "");
    cleanup_free char *network_path = text_format("/networks/%s", network);
    cleanup_free char *endpoint_path = text_format("/endpoints/%s", endpoint);
    cleanup_json cJSON *refused = hns(f, "DELETE", network_path, "");
    cleanup_json cJSON *first = hns(f, "DELETE", endpoint_path, "");
    cleanup_json cJSON *second = hns(f, "DELETE", network_path, "");

    assert_false(json_bool(refused, "Success", true));
    assert_true(json_bool(first, "Success", false));
    assert_true(json_bool(second, "Success", false));
}

static hcs_system *create_with(fixture *f, const char *id, const char *endpoint)
{
    cleanup_free char *more = text_format(",\"EndpointList\":[\"%s\"]", endpoint);
    cleanup_free char *document = process_document(f, id, more);
    hcs_system *system = NULL;

    assert_int_equal(create(f, id, document, &system), HR_OK);
    return system;
}

static void statistics_tell_of_each_endpoint(void **state)
{
    fixture *f = *state;
    sim_options options = {.synchronous = true};
    cleanup_free char *network = NULL;
    cleanup_free char *endpoint = NULL;
    hcs_system *system;
    cJSON *answer;
    const cJSON *row;

    fixture_restart(f, &options);
    network = make_network(f, "{\"Name\":\"nat\",\"Type\":\"nat\"}");
    endpoint = make_endpoint(f, network, "");
    system = create_with(f, "web", endpoint);
    assert_int_equal(f->hcs->start_system(f->hcs, system, "", NULL), HR_OK);
    answer = properties(f, system, "{\"PropertyTypes\":[\"Statistics\"]}");
    row = cJSON_GetArrayItem(json_path(answer, "Statistics.Network"), 0);
    assert_string_equal(json_text(row, "EndpointId", ""), endpoint);
    assert_int_equal(json_integer(row, "BytesReceived", -1), 0);
    cJSON_Delete(answer);
    end_system(f, system);
}

static void start_attaches_and_stop_detaches(void **state)
{
    fixture *f = *state;
    sim_options options = {.synchronous = true};
    cleanup_free char *network = NULL;
    cleanup_free char *endpoint = NULL;
    cleanup_json cJSON *attached = NULL;
    hcs_system *system;

    fixture_restart(f, &options);
    network = make_network(f, "{\"Name\":\"nat\",\"Type\":\"nat\"}");
    endpoint = make_endpoint(f, network, "");
    assert_int_equal(endpoint_state(f, endpoint), 1);
    system = create_with(f, "web", endpoint);
    assert_int_equal(endpoint_state(f, endpoint), 1);
    assert_int_equal(f->hcs->start_system(f->hcs, system, "", NULL), HR_OK);
    attached = get_endpoint(f, endpoint);
    assert_int_equal(endpoint_state(f, endpoint), 2);
    assert_string_equal(
        cJSON_GetStringValue(cJSON_GetArrayItem(json_path(attached, "Output.SharedContainers"), 0)),
        "web");
    end_system(f, system);
    assert_int_equal(endpoint_state(f, endpoint), 4);
}

static void an_unknown_endpoint_fails_the_start_and_leaves_nothing(void **state)
{
    fixture *f = *state;
    sim_options options = {.synchronous = true};
    cleanup_free char *network = NULL;
    cleanup_free char *endpoint = NULL;
    cleanup_free char *both = NULL;
    cleanup_free char *result = NULL;
    hcs_system *system;

    fixture_restart(f, &options);
    network = make_network(f, "{\"Name\":\"nat\",\"Type\":\"nat\"}");
    endpoint = make_endpoint(f, network, "");
    both = text_format("%s\",\"11111111-2222-3333-4444-555555555555", endpoint);
    system = create_with(f, "web", both);
    assert_int_equal(f->hcs->start_system(f->hcs, system, "", &result), HR_FROM_WIN32(1168));
    assert_non_null(strstr(result, "11111111-2222"));
    assert_int_equal(endpoint_state(f, endpoint), 4);
    end_system(f, system);
}

static void endpoints_are_attached_to_a_running_container(void **state)
{
    fixture *f = *state;
    cleanup_free char *network = make_network(f, "{\"Name\":\"nat\",\"Type\":\"nat\"}");
    cleanup_free char *endpoint = make_endpoint(f, network, "");
    cleanup_free char *add = text_format(
        "{\"ResourceType\":\"Network\",\"RequestType\":\"Add\",\"Settings\":\"%s\"}", endpoint);
    cleanup_free char *take = text_format(
        "{\"ResourceType\":\"Network\",\"RequestType\":\"Remove\",\"Settings\":\"%s\"}", endpoint);
    hcs_system *system = run_system(f, "web");

    assert_int_equal(f->hcs->modify_system(f->hcs, system, take, NULL), HR_FROM_WIN32(1168));
    assert_int_equal(f->hcs->modify_system(f->hcs, system, add, NULL), HR_OK);
    assert_int_equal(endpoint_state(f, endpoint), 2);
    assert_int_equal(f->hcs->modify_system(f->hcs, system, take, NULL), HR_OK);
    assert_int_equal(endpoint_state(f, endpoint), 4);
    assert_int_equal(f->hcs->modify_system(f->hcs, system, "{\"ResourceType\":\"Network\"}", NULL),
                     (int32_t)0xC037010D);
    end_system(f, system);
}

static void namespaces_hold_endpoints(void **state)
{
    fixture *f = *state;
    cleanup_free char *network = make_network(f, "{\"Name\":\"nat\",\"Type\":\"nat\"}");
    cleanup_free char *endpoint = make_endpoint(f, network, "");
    cleanup_json cJSON *made = hns(f, "POST", "/namespaces/", "{}");
    const char *id = json_text(json_member(made, "Output"), "ID", "");
    cleanup_free char *add = text_format("/namespaces/%s/addresource", id);
    cleanup_free char *take = text_format("/namespaces/%s/removeresource", id);
    cleanup_free char *path = text_format("/namespaces/%s", id);
    cleanup_free char *body =
        text_format("{\"Type\":\"Endpoint\",\"Data\":{\"Id\":\"%s\"}}", endpoint);
    cleanup_json cJSON *added = hns(f, "POST", add, body);
    cleanup_json cJSON *taken = hns(f, "POST", take, body);
    cleanup_json cJSON *twice = hns(f, "POST", take, body);
    cleanup_json cJSON *gone = hns(f, "DELETE", path, "");

    assert_int_equal(cJSON_GetArraySize(json_path(added, "Output.ResourceList")), 1);
    assert_int_equal(cJSON_GetArraySize(json_path(taken, "Output.ResourceList")), 0);
    assert_false(json_bool(twice, "Success", true));
    assert_true(json_bool(gone, "Success", false));
}

static cJSON *at_endpoint(fixture *f, const char *method, const char *id, const char *tail,
                          const char *body)
{
    cleanup_free char *path = text_format("/endpoints/%s%s", id, tail);

    return hns(f, method, path, body);
}

static void an_endpoint_belongs_to_one_unless_it_is_shared(void **state)
{
    fixture *f = *state;
    sim_options options = {.synchronous = true};
    cleanup_free char *network = NULL;
    cleanup_free char *endpoint = NULL;
    cleanup_free char *scratch = NULL;
    cleanup_free char *shared = NULL;
    cleanup_free char *result = NULL;
    cleanup_json cJSON *clash = NULL;
    cleanup_json cJSON *attached = NULL;
    cleanup_json cJSON *detached = NULL;
    hcs_system *owner;
    hcs_system *guest;

    fixture_restart(f, &options);
    network = make_network(f, "{\"Name\":\"nat\",\"Type\":\"nat\"}");
    endpoint = make_endpoint(f, network, "");
    owner = create_with(f, "owner", endpoint);
    assert_int_equal(f->hcs->start_system(f->hcs, owner, "", NULL), HR_OK);
    clash = at_endpoint(f, "POST", endpoint, "/attach", "{\"ContainerId\":\"other\"}");
    assert_false(json_bool(clash, "Success", true));

    /* A utility VM needs no volume of its own, so that two can run in this fixture. */
    scratch = text_format("%s/second", f->host->folder);
    make_scratch(f, scratch);
    {
        cleanup_free char *first = hyperv_document(f, "guest", "");
        char *at = strstr(first, f->scratch);

        shared = text_format("%.*s%s%.*s,\"EndpointList\":[\"%s\"]%s}", (int)(at - first), first,
                             scratch, (int)(strlen(at) - strlen(f->scratch) - 1),
                             at + strlen(f->scratch), endpoint,
                             ",\"NetworkSharedContainerName\":\"owner\"");
    }
    guest = NULL;
    assert_int_equal(create(f, "guest", shared, &guest), HR_OK);
    assert_int_equal(f->hcs->start_system(f->hcs, guest, "", &result), HR_OK);
    assert_int_equal(endpoint_state(f, endpoint), 3);
    end_system(f, guest);
    end_system(f, owner);
    assert_int_equal(endpoint_state(f, endpoint), 4);
    attached = at_endpoint(f, "POST", endpoint, "/attach", "{\"ContainerId\":\"other\"}");
    assert_true(json_bool(attached, "Success", false));
    assert_int_equal(endpoint_state(f, endpoint), 2);
    detached = at_endpoint(f, "POST", endpoint, "/detach", "{\"ContainerId\":\"other\"}");
    assert_true(json_bool(detached, "Success", false));
    assert_int_equal(endpoint_state(f, endpoint), 4);
}

static void policies_of_an_endpoint_can_be_changed(void **state)
{
    static const char both[] =
        "{\"Policies\":[{\"Type\":\"NAT\",\"Protocol\":\"udp\",\"InternalPort\":53,"
        "\"ExternalPort\":53},{\"Type\":\"NAT\",\"Protocol\":\"tcp\",\"InternalPort\":53,"
        "\"ExternalPort\":53}]}";
    static const char twice[] =
        "{\"Policies\":[{\"Type\":\"NAT\",\"Protocol\":\"udp\",\"InternalPort\":53,"
        "\"ExternalPort\":53},{\"Type\":\"NAT\",\"Protocol\":\"UDP\",\"InternalPort\":54,"
        "\"ExternalPort\":53}]}";
    fixture *f = *state;
    cleanup_free char *network = make_network(f, "{\"Name\":\"nat\",\"Type\":\"nat\"}");
    cleanup_free char *endpoint = make_endpoint(f, network, "");
    cleanup_json cJSON *changed = at_endpoint(f, "POST", endpoint, "", both);
    cleanup_json cJSON *refused = at_endpoint(f, "POST", endpoint, "", twice);
    cleanup_json cJSON *cleared = NULL;

    assert_true(json_bool(changed, "Success", false));
    assert_int_equal(cJSON_GetArraySize(json_path(changed, "Output.Policies")), 2);
    assert_false(json_bool(refused, "Success", true));
    cleared = at_endpoint(f, "POST", endpoint, "", "{}");
    assert_int_equal(cJSON_GetArraySize(json_path(cleared, "Output.Policies")), 0);
}

static void lists_and_counters_are_there(void **state)
{
    fixture *f = *state;
    cleanup_free char *network = make_network(f, "{\"Name\":\"nat\",\"Type\":\"nat\"}");
    cleanup_free char *endpoint = make_endpoint(f, network, "");
    cleanup_free char *counters = text_format("/endpointstats/%s", endpoint);
    cleanup_json cJSON *statistics = hns(f, "GET", counters, "");
    cleanup_json cJSON *endpoints = hns(f, "GET", "/endpoints/", "");
    cleanup_json cJSON *policy = hns(f, "POST", "/policylists/", "{\"Policies\":[]}");
    cleanup_json cJSON *policies = hns(f, "GET", "/policylists/", "");
    cleanup_free char *path =
        text_format("/policylists/%s", json_text(json_member(policy, "Output"), "ID", ""));
    cleanup_json cJSON *gone = hns(f, "DELETE", path, "");
    cleanup_json cJSON *spaces = hns(f, "GET", "/namespaces/", "");

    assert_int_equal(json_integer(json_member(statistics, "Output"), "BytesSent", -1), 0);
    assert_int_equal(cJSON_GetArraySize(json_member(endpoints, "Output")), 1);
    assert_int_equal(cJSON_GetArraySize(json_member(policies, "Output")), 1);
    assert_true(json_bool(gone, "Success", false));
    assert_int_equal(cJSON_GetArraySize(json_member(spaces, "Output")), 0);
}

static void the_version_follows_the_build(void **state)
{
    static const struct {
        uint32_t build;
        int64_t major, minor;
    } cases[] = {{14393, 1, 0}, {17763, 9, 2}, {20348, 13, 2}};
    fixture *f = *state;

    for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
        sim_options options = {.build = cases[i].build};
        cleanup_json cJSON *answer = NULL;

        fixture_restart(f, &options);
        answer = hns(f, "GET", "/globals/version", "");
        assert_int_equal(json_integer(json_member(answer, "Output"), "Major", 0), cases[i].major);
        assert_int_equal(json_integer(json_member(answer, "Output"), "Minor", 0), cases[i].minor);
    }
}

#define TEST(function) cmocka_unit_test_setup_teardown(function, fixture_setup, fixture_teardown)

int main(void)
{
    const struct CMUnitTest tests[] = {
        TEST(a_nat_network_gets_the_default_prefix),
        TEST(endpoints_get_addresses_of_their_own),
        TEST(a_prefix_of_zeros_means_choose),
        TEST(a_network_without_subnets_answers_with_addresses),
        TEST(prefixes_must_be_sound_and_apart),
        TEST(networks_are_checked_to_the_last_member),
        TEST(later_windows_has_several_nat_networks),
        TEST(server_2016_has_one_prefix_for_all_nat_networks),
        TEST(what_is_not_there_is_said_in_the_known_words),
        TEST(unknown_requests_fail),
        TEST(a_host_port_is_given_once),
        TEST(a_network_with_endpoints_stays),
        TEST(start_attaches_and_stop_detaches),
        TEST(statistics_tell_of_each_endpoint),
        TEST(an_unknown_endpoint_fails_the_start_and_leaves_nothing),
        TEST(endpoints_are_attached_to_a_running_container),
        TEST(namespaces_hold_endpoints),
        TEST(an_endpoint_belongs_to_one_unless_it_is_shared),
        TEST(policies_of_an_endpoint_can_be_changed),
        TEST(lists_and_counters_are_there),
        TEST(the_version_follows_the_build),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
