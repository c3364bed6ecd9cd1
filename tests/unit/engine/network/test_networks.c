/* SPDX-License-Identifier: MIT */
/* Networks on the simulated host: made, listed, shown, removed; notes of them; every call failed.
 */
#include "tests/unit/engine/fixture.h"

#include <stdlib.h>
#include <string.h>

#include "base/error.h"
#include "base/path.h"
#include "engine/network/known_networks.h"

#define SHIM "com.docker.network.windowsshim."

static int set_up(void **state)
{
    *state = fixture_new(NULL);
    return 0;
}

static int tear_down(void **state)
{
    fixture_free(*state);
    return 0;
}

/* One call of another program's; its "Output". */
static cJSON *hns(fixture *f, const char *method, const char *path, const char *body)
{
    cleanup_free char *response = NULL;
    cJSON *answer;
    cJSON *output;

    assert_int_equal(f->fake->hcs->hns_call(f->fake->hcs, method, path, body, &response), HR_OK);
    answer = cJSON_Parse(response);
    assert_true(json_bool(answer, "Success", false));
    output = cJSON_DetachItemFromObject(answer, "Output");
    cJSON_Delete(answer);
    return output;
}

static size_t networks_in_hns(fixture *f)
{
    cleanup_json cJSON *list = hns(f, "GET", "/networks/", "");

    return (size_t)cJSON_GetArraySize(list);
}

static char *made_id(cJSON *made)
{
    char *id = text_copy(json_text(made, "ID", ""));

    cJSON_Delete(made);
    return id;
}

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

static void forget_in_hns(fixture *f, const char *id)
{
    cleanup_free char *path = text_format("/networks/%s", id);

    cJSON_Delete(hns(f, "DELETE", path, ""));
}

static char *create(fixture *f, const char *name, const char *const *subnets)
{
    wcow_network_spec spec = WCOW_NETWORK_SPEC_INIT;
    char *id = NULL;

    spec.name = name;
    spec.subnets = subnets;
    assert_ok(&f->err, wcow_network_create(f->host, &spec, &id, &f->err));
    return id;
}

static cJSON *inspect(fixture *f, const char *reference)
{
    char *json = NULL;

    assert_ok(&f->err, wcow_network_inspect(f->host, reference, &json, &f->err));
    return fixture_json(f, json);
}

static const char *const subnet_40[] = {"172.40.0.0/16", NULL};
static const char *const subnet_41[] = {"172.41.0.0/16", NULL};

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
        cleanup_json cJSON *shown = inspect(f, "web");
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

static void others_networks_are_seen_and_left_alone(void **state)
{
    fixture *f = *state;
    cleanup_free char *theirs =
        made_id(hns(f, "POST", "/networks/", "{\"Name\":\"theirs\",\"Type\":\"nat\"}"));
    cleanup_json cJSON *shown = inspect(f, "theirs");
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
    cleanup_free char *id = create(f, "web", subnet_40);
    cleanup_free char *endpoint = make_endpoint(f, id, "someone");
    cleanup_free char *message =
        text_format("error while removing network: network web has active endpoints "
                    "(name:\"someone\" id:\"%.12s\")",
                    endpoint);
    cleanup_free char *key = text_format("ep-%s", endpoint);
    cleanup_json cJSON *shown = inspect(f, "web");

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
    cleanup_free char *first = create(f, "first", subnet_40);
    cleanup_free char *second = NULL;
    cleanup_text text names = TEXT_INIT;

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
    cleanup_free char *id = create(f, "web", subnet_40);
    cleanup_free char *theirs =
        made_id(hns(f, "POST", "/networks/", "{\"Name\":\"theirs\",\"Type\":\"nat\"}"));
    cleanup_text text told = TEXT_INIT;

    options.removed = tell_line;
    options.context = &told;
    assert_ok(&f->err, wcow_host_prune(f->host, &options, NULL, &f->err));
    assert_string_equal(text_get(&told), "2 web ");
    assert_int_equal(networks_in_hns(f), 1);
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
         .message = "invalid subnet '172.40.0.0': it is ADDRESS/LENGTH, as in 172.40.0.0/16"},
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
    cleanup_free char *id = create(f, "web", subnet_40);
    wcow_network_spec spec = WCOW_NETWORK_SPEC_INIT;
    char *other = NULL;

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
    cleanup_free char *id = create(f, "web", subnet_40);
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

static void a_forgotten_network_can_be_removed_and_others_are_not_remembered(void **state)
{
    fixture *f = *state;
    cleanup_free char *id = create(f, "web", subnet_40);
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

static const char *const ping[] = {"ping", NULL};

static wcow_container *create_on(fixture *f, const char *network)
{
    wcow_container_spec spec = WCOW_CONTAINER_SPEC_INIT;
    wcow_container *container = NULL;

    spec.image = IMAGE;
    spec.name = "busy";
    spec.command = ping;
    spec.network = network;
    assert_ok(&f->err, wcow_container_create(f->host, &spec, &container, &f->err));
    return container;
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
        cleanup_json cJSON *shown = inspect(f, "web");
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

static void a_network_that_stopped_containers_name_can_go(void **state)
{
    fixture *f = fixture_with_image(NULL);
    cleanup_free char *id = create(f, "web", subnet_40);
    wcow_container *container = create_on(f, "web");

    (void)state;
    assert_ok(&f->err, wcow_network_remove(f->host, "web", &f->err));
    assert_int_equal(wcow_container_start(container, NULL, NULL, &f->err), WCOW_NOT_FOUND);
    assert_non_null(strstr(f->err.message, "network web not found"));
    assert_ok(&f->err, wcow_container_remove(container, true, &f->err));
    wcow_container_free(container);
    fixture_free(f);
}

/* ---- crashes and failures ---- */

static void write_notes(fixture *f, const char *json)
{
    cleanup_free char *folder = path_join(f->root, "networks");
    cleanup_free char *path = path_join(folder, "networks.json");

    ignore(f->files->make_directory(f->files, f->root));
    ignore(f->files->make_directory(f->files, folder));
    assert_int_equal(f->files->replace(f->files, path, json, strlen(json)), HR_OK);
}

/* A crash between the network and its note's id: the note has its name. */
static void a_network_whose_maker_died_is_known_by_its_name(void **state)
{
    fixture *f = *state;
    cleanup_free char *id =
        made_id(hns(f, "POST", "/networks/", "{\"Name\":\"web\",\"Type\":\"nat\"}"));

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
        TEST(a_network_is_made_listed_shown_and_removed),
        TEST(others_networks_are_seen_and_left_alone),
        TEST(one_that_is_used_stays_and_tells_by_whom),
        TEST(prune_takes_what_its_filters_say),
        TEST(system_prune_removes_them_too),
        TEST(what_cannot_be_is_refused_before_hns_is_asked),
        TEST(a_name_or_a_subnet_that_is_taken_is_refused),
        TEST(the_options_of_a_network_come_with_its_use),
        TEST(the_default_network_is_made_when_it_is_used),
        TEST(a_nat_network_that_windows_forgot_is_made_anew),
        TEST(a_forgotten_network_can_be_removed_and_others_are_not_remembered),
        cmocka_unit_test(a_container_uses_a_network_as_its_note_says),
        cmocka_unit_test(a_network_that_stopped_containers_name_can_go),
        TEST(a_network_whose_maker_died_is_known_by_its_name),
        TEST(damaged_notes_are_told_and_a_newer_wcows_left_alone),
        TEST(every_failing_call_of_hns_leaves_what_can_be_cleared),
        TEST(every_failing_file_leaves_what_can_be_cleared),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
