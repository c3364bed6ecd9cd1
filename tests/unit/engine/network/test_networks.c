/* SPDX-License-Identifier: MIT */
/* Networks on the simulated host: made, listed, shown, refused, used; notes of them. */
#include "tests/unit/engine/network/networks.h"

#include <stdlib.h>
#include <string.h>

#include "base/error.h"
#include "engine/network/known_networks.h"

#define SHIM "com.docker.network.windowsshim."

static void a_network_is_made_listed_shown_and_removed(void **state)
{
    static const char *const options[] = {SHIM "dnsservers=1.1.1.1", "foo=bar", NULL};
    static const char *const labels[] = {"a=b", "c", NULL};
    static const char *const gateways[] = {"172.40.0.9", NULL};
    static const char *const auxiliary[] = {"printer=172.40.0.5", NULL};
    fixture *f = *state;
    wcow_network_spec spec = WCOW_NETWORK_SPEC_INIT;
    wcow_network_info *infos = NULL;
    cleanup_free char *id = NULL;
    size_t count = 0;

    spec.name = "Web";
    spec.subnets = subnet_40;
    spec.gateways = gateways;
    spec.auxiliary = auxiliary;
    spec.options = options;
    spec.labels = labels;
    spec.attachable = true;
    assert_ok(&f->err, wcow_network_create(f->host, &spec, &id, &f->err));

    assert_ok(&f->err, wcow_network_list(f->host, &infos, &count, &f->err));
    assert_int_equal(count, 2);
    assert_string_equal(infos[0].name, "Web");
    assert_string_equal(infos[0].id, id);
    assert_string_equal(infos[0].driver, "nat");
    assert_memory_equal(infos[0].labels, "a=b\0c\0", 7);
    assert_true(infos[0].ours && !infos[0].predefined && infos[0].created > 0);
    assert_string_equal(infos[1].name, "none");
    assert_true(infos[1].predefined);
    wcow_free(infos);

    {
        cleanup_json cJSON *shown = inspect_network(f, "web");
        cleanup_free char *printed = NULL;
        cleanup_free char *expected = text_format(
            "{\"Name\":\"Web\",\"Id\":\"%s\",\"Scope\":\"local\",\"Driver\":\"nat\","
            "\"EnableIPv4\":true,\"EnableIPv6\":false,\"IPAM\":{\"Driver\":\"windows\",\"Options\":"
            "{},\"Config\":[{\"Subnet\":\"172.40.0.0/16\",\"Gateway\":\"172.40.0.9\","
            "\"AuxiliaryAddresses\":{\"printer\":\"172.40.0.5\"}}]},\"Internal\":false,"
            "\"Attachable\":true,\"Ingress\":false,\"ConfigFrom\":{\"Network\":\"\"},"
            "\"ConfigOnly\":false,\"Containers\":{},\"Options\":{\"" SHIM
            "dnsservers\":\"1.1.1.1\",\"" SHIM "hnsid\":\"%s\",\"" SHIM
            "networkname\":\"Web\",\"foo\":\"bar\"},\"Labels\":{\"a\":\"b\",\"c\":\"\"}}",
            id, id);

        cJSON_DeleteItemFromObject(shown, "Created");
        printed = json_print(shown);
        assert_string_equal(printed, expected);
    }

    assert_ok(&f->err, wcow_network_remove(f->host, id, &f->err));
    assert_int_equal(networks_in_hns(f), 0);
    assert_fails(&f->err, WCOW_NOT_FOUND, "network Web not found",
                 wcow_network_remove(f->host, "Web", &f->err));
}

/* ---- what is refused ---- */

typedef struct wrong {
    const char *name, *driver;
    const char *subnets[3], *gateways[3], *options[2];
    wcow_status status;
    const char *message;
} wrong;

static void what_cannot_be_is_refused_before_hns_is_asked(void **state)
{
    static const wrong cases[] = {
        {.name = "nat",
         .status = WCOW_CONFLICT,
         .message = "operation is not permitted on predefined nat network"},
        {.name = "a/b",
         .status = WCOW_INVALID,
         .message = "invalid network name 'a/b': it is made of letters, digits and _.-, and begins "
                    "with a letter or a digit"},
        {.name = "x",
         .driver = "null",
         .status = WCOW_CONFLICT,
         .message = "only one instance of \"null\" network is allowed"},
        {.name = "x",
         .driver = "overlay",
         .status = WCOW_UNSUPPORTED,
         .message = "an overlay network needs a swarm, which wcow has not: use nat, transparent or "
                    "l2bridge"},
        {.name = "x",
         .driver = "bridge",
         .status = WCOW_UNSUPPORTED,
         .message = "Windows has no network driver 'bridge': it has nat, transparent, l2bridge, "
                    "l2tunnel, internal, private and ics"},
        {.name = "x",
         .subnets = {"172.40.0.0"},
         .status = WCOW_INVALID,
         .message = "invalid subnet '172.40.0.0': it is ADDRESS/LENGTH, as in 172.30.0.0/16"},
        {.name = "x",
         .subnets = {"fd00::/64"},
         .status = WCOW_UNSUPPORTED,
         .message = "subnet fd00::/64 is of IPv6, which the container networks of Windows have "
                    "not"},
        {.name = "x",
         .subnets = {"172.40.1.0/16"},
         .status = WCOW_INVALID,
         .message = "invalid network config: invalid subnet 172.40.1.0/16: it should be "
                    "172.40.0.0/16"},
        {.name = "x",
         .subnets = {"172.40.0.0/16", "172.40.9.0/24"},
         .status = WCOW_INVALID,
         .message = "multiple overlapping subnet configuration is not supported"},
        {.name = "x",
         .gateways = {"172.40.0.1"},
         .status = WCOW_INVALID,
         .message = "every ip-range or gateway must have a corresponding subnet"},
        {.name = "x",
         .subnets = {"172.40.0.0/16"},
         .gateways = {"10.0.0.1"},
         .status = WCOW_INVALID,
         .message = "no matching subnet for gateway 10.0.0.1"},
        {.name = "x",
         .subnets = {"172.40.0.0/16", "172.41.0.0/16"},
         .gateways = {"172.40.0.1", "172.40.0.2"},
         .status = WCOW_INVALID,
         .message = "cannot configure multiple gateways (172.40.0.2, 172.40.0.1) for the same "
                    "subnet (172.40.0.0/16)"},
        {.name = "x",
         .options = {SHIM "vlanid=x"},
         .status = WCOW_INVALID,
         .message = "invalid option '" SHIM "vlanid=x': its value is a number"},
        {.name = "x",
         .options = {SHIM "macpool=a"},
         .status = WCOW_INVALID,
         .message = "invalid option '" SHIM "macpool=a': its value is FIRST,LAST: both ends of a "
                    "range of MAC addresses"},
        {.name = "x",
         .options = {SHIM "vlan=1"},
         .status = WCOW_INVALID,
         .message = "unknown option '" SHIM "vlan=1': wcow network create --help tells those that "
                    "there are"},
        {.name = "x",
         .options = {SHIM "hnsid=1"},
         .status = WCOW_UNSUPPORTED,
         .message = "a network that HNS has already needs no other: use it by its name or id (wcow "
                    "network ls)"},
    };
    fixture *f = *state;

    for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
        wcow_network_spec spec = WCOW_NETWORK_SPEC_INIT;
        char *id = NULL;

        spec.name = cases[i].name;
        spec.driver = cases[i].driver;
        spec.subnets = cases[i].subnets;
        spec.gateways = cases[i].gateways;
        spec.options = cases[i].options;
        assert_fails(&f->err, cases[i].status, cases[i].message,
                     wcow_network_create(f->host, &spec, &id, &f->err));
    }
    assert_int_equal(fixture_calls(f, "HNSCall"), 0);
}

static void a_name_or_a_subnet_that_is_taken_is_refused(void **state)
{
    static const char *const inside[] = {"172.40.7.0/24", NULL};
    fixture *f = *state;
    wcow_network_spec spec = WCOW_NETWORK_SPEC_INIT;
    char *other = NULL;

    free(create_network(f, "web", subnet_40));
    spec.name = "WEB";
    assert_fails(&f->err, WCOW_ALREADY_EXISTS,
                 "cannot create the network 'WEB': network with name WEB already exists",
                 wcow_network_create(f->host, &spec, &other, &f->err));
    spec.name = "back";
    spec.subnets = inside;
    assert_fails(&f->err, WCOW_CONFLICT,
                 "cannot create the network 'back': subnet 172.40.7.0/24 overlaps that of the "
                 "network 'web' (172.40.0.0/16)",
                 wcow_network_create(f->host, &spec, &other, &f->err));
    assert_int_equal(networks_in_hns(f), 1);
}

/* ---- using ---- */

static void the_options_of_a_network_come_with_its_use(void **state)
{
    static const char *const options[] = {SHIM "networkname=hnsname", SHIM "vlanid=7", NULL};
    fixture *f = *state;
    cleanup_network_use network_use use = {.network = HNS_NETWORK_INIT};
    wcow_network_spec spec = WCOW_NETWORK_SPEC_INIT;
    cleanup_free char *id = NULL;

    spec.name = "web";
    spec.options = options;
    assert_ok(&f->err, wcow_network_create(f->host, &spec, &id, &f->err));
    assert_ok(&f->err, network_use_find(f->host, f->fake->hcs, "Web", &use, &f->err));
    assert_string_equal(use.name, "web");
    assert_string_equal(use.network.name, "hnsname");
    assert_string_equal(use.network.id, id);
    assert_int_equal(use.network.vlan, 7);
    assert_int_equal(use.options.count, 2);
}

static void the_default_network_is_made_when_it_is_used(void **state)
{
    static const char *const names[] = {NULL, "nat", "default"};
    fixture *f = *state;

    for (size_t i = 0; i < sizeof(names) / sizeof(names[0]); i++) {
        cleanup_network_use network_use use = {.network = HNS_NETWORK_INIT};

        assert_ok(&f->err, network_use_find(f->host, f->fake->hcs, names[i], &use, &f->err));
        assert_string_equal(use.network.name, "nat");
    }
    assert_int_equal(networks_in_hns(f), 1);
}

static void a_nat_network_that_windows_forgot_is_made_anew(void **state)
{
    fixture *f = *state;
    cleanup_free char *id = create_network(f, "web", subnet_40);
    cleanup_network_use network_use use = {.network = HNS_NETWORK_INIT};
    wcow_network_info *infos = NULL;
    size_t count = 0;

    forget_in_hns(f, id);
    assert_ok(&f->err, wcow_network_list(f->host, &infos, &count, &f->err));
    assert_int_equal(count, 2); /* it is still there */
    wcow_free(infos);
    assert_ok(&f->err, network_use_find(f->host, f->fake->hcs, id, &use, &f->err));
    assert_string_not_equal(use.network.id, id);
    assert_string_equal(use.network.subnets[0].prefix, "172.40.0.0/16");
    assert_ok(&f->err, wcow_network_remove(f->host, use.network.id, &f->err));
    assert_int_equal(networks_in_hns(f), 0);
}

/* Bodies of POST /endpoints/, the last one. */
static char *last_endpoint_request(fixture *f)
{
    cleanup_json cJSON *journal = sim_journal(f->fake->sim);
    const cJSON *item;
    char *found = NULL;

    cJSON_ArrayForEach (item, journal) {
        if (text_equal(json_text(item, "path", ""), "/endpoints/") &&
            text_equal(json_text(item, "method", ""), "POST")) {
            const cJSON *body = json_member(item, "object");

            free(found);
            found = cJSON_IsString(body) ? text_copy(body->valuestring) : json_print(body);
        }
    }
    return found;
}

static void a_container_uses_a_network_as_its_note_says(void **state)
{
    static const char *const options[] = {
        SHIM "networkname=hnsname", SHIM "enable_outboundnat=true",
        SHIM "outboundnat_exceptions=10.0.0.0/8,11.0.0.0/8", NULL};
    fixture *f = fixture_with_image(NULL);
    wcow_network_spec spec = WCOW_NETWORK_SPEC_INIT;
    cleanup_free char *id = NULL;
    cleanup_free char *request = NULL;
    cleanup_free char *message = NULL;
    wcow_container *container;

    (void)state;
    spec.name = "web";
    spec.options = options;
    assert_ok(&f->err, wcow_network_create(f->host, &spec, &id, &f->err));
    container = create_on(f, "WEB");
    forget_in_hns(f, id); /* Windows has been restarted */
    assert_ok(&f->err, wcow_container_start(container, NULL, NULL, &f->err));
    request = last_endpoint_request(f);
    assert_non_null(strstr(request, "\"Policies\":[{\"Type\":\"OutBoundNAT\",\"ExceptionList\":"
                                    "[\"10.0.0.0/8\",\"11.0.0.0/8\"]}]"));
    {
        cleanup_json cJSON *shown = inspect_network(f, "web");
        const cJSON *attached =
            json_member(json_member(shown, "Containers"), wcow_container_id(container));
        cleanup_free char *address =
            fixture_inspect(f, container, "NetworkSettings.Networks.web.IPAddress");
        cleanup_free char *whole = text_format("%s/16", address);

        assert_string_equal(json_text(attached, "Name", ""), "busy");
        assert_string_equal(json_text(attached, "IPv4Address", ""), whole);
    }
    message = text_format("error while removing network: network web has active endpoints "
                          "(name:\"busy\" id:\"%.12s\")",
                          wcow_container_id(container));
    assert_fails(&f->err, WCOW_CONFLICT, message, wcow_network_remove(f->host, "web", &f->err));
    assert_ok(&f->err, wcow_container_remove(container, true, &f->err));
    wcow_container_free(container);
    assert_ok(&f->err, wcow_network_remove(f->host, "web", &f->err));
    fixture_free(f);
}

/* ---- damaged notes ---- */

static void damaged_notes_are_told_and_a_newer_wcows_left_alone(void **state)
{
    fixture *f = *state;
    wcow_network_info *infos = NULL;
    size_t count = 0;

    write_notes(f, "{\"version\":1,\"networks\":[{\"name\":\"\"}]}");
    assert_int_equal(wcow_network_list(f->host, &infos, &count, &f->err), WCOW_CORRUPT);
    assert_non_null(strstr(f->err.message, "networks.json' is damaged"));
    write_notes(f, "{\"version\":2}");
    assert_int_equal(wcow_network_list(f->host, &infos, &count, &f->err), WCOW_UNSUPPORTED);
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, set_up, tear_down)

int main(void)
{
    const struct CMUnitTest tests[] = {
        TEST(a_network_is_made_listed_shown_and_removed),
        TEST(what_cannot_be_is_refused_before_hns_is_asked),
        TEST(a_name_or_a_subnet_that_is_taken_is_refused),
        TEST(the_options_of_a_network_come_with_its_use),
        TEST(the_default_network_is_made_when_it_is_used),
        TEST(a_nat_network_that_windows_forgot_is_made_anew),
        cmocka_unit_test(a_container_uses_a_network_as_its_note_says),
        TEST(damaged_notes_are_told_and_a_newer_wcows_left_alone),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
