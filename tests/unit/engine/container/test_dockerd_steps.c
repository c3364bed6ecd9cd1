/* SPDX-License-Identifier: MIT */
/* What commands about networks change on a host, and what dockerd changes for
 * the same. */
#include <string.h>

#include "base/error.h"
#include "network/hns.h"
#include "tests/unit/engine/container/dockerd_compare.h"

#define RECORDED "container/data/dockerd-steps.json"

#define IMAGE_NAME "microsoft/windowsservercore"

/* The networks of the host; "nat" is the default one. */
static const char *const networks[] = {
    "{\"Name\":\"nat\",\"Type\":\"nat\"}",
    "{\"Name\":\"usernet\",\"Type\":\"nat\",\"Subnets\":[{\"AddressPrefix\":"
    "\"172.30.0.0/16\"}]}",
    "{\"Name\":\"usernet2\",\"Type\":\"nat\",\"Subnets\":[{\"AddressPrefix\":"
    "\"172.31.0.0/16\"}]}",
};

/* Where we differ on purpose. */
static dockerd_difference differences[] = {
    {"", "make.Name", "what a crash leaves behind is found by its name", false},
    {"", "make.EnableInternalDNS",
     "it makes the gateway the first DNS server, where dockerd's resolver "
     "listens and we have none",
     false},
    {"network-connect-stopped", "system.EndpointList",
     "dockerd has them in the order of a map, we in that of the commands", false},
    {"p-conflict", "refused", "who has the port is named", false},
    {"p-conflict", "make", "who has it is found before HNS is asked", false},
};

/* What HNS made, by its answer. */
static void name_endpoint(dockerd_names *all, const cJSON *call, const cJSON *body)
{
    cleanup_json cJSON *answer =
        cJSON_Parse(json_text(json_member(call, "reply"), "response", "{}"));
    const char *id = json_text(json_member(answer, "Output"), "ID", NULL);
    const char *network = dockerd_find_name(all, json_text(body, "VirtualNetwork", ""));

    if (id)
        dockerd_name(all, text_copy(id),
                     text_format("<EP:%.*s>", (int)strlen(network) - (int)strlen("<HNSNETWORK:>"),
                                 network + strlen("<HNSNETWORK:")));
}

static void name_container(dockerd_names *all, const char *id)
{
    static const char *const shown[] = {"<ID>", "<ID2>"};
    size_t which = 0;

    for (size_t i = 0; i < all->count; i++) {
        if (text_equal(all->items[i].from, id))
            return;
        which += text_equal(all->items[i].to, "<ID>");
    }
    dockerd_name(all, text_copy_bytes(id, 12), text_copy("<ID:12>"));
    dockerd_name(all, text_copy(id), text_copy(shown[which]));
}

/* What is about networks. */
static cJSON *of_networks(cJSON *document)
{
    static const char *const members[] = {"EndpointList", "NetworkSharedContainerName", "HostName",
                                          "AllowUnqualifiedDNSQuery"};
    cJSON *out = cJSON_CreateObject();

    for (size_t i = 0; i < sizeof members / sizeof members[0]; i++) {
        cJSON *member = cJSON_DetachItemFromObjectCaseSensitive(document, members[i]);

        if (member)
            assert_true(json_add(out, members[i], member));
    }
    cJSON_Delete(document);
    return out;
}

static void read_call(const cJSON *call, dockerd_names *all, cJSON *out)
{
    const char *what = json_text(call, "call", "");
    const char *method = json_text(call, "method", "");
    const char *path = json_text(call, "path", "");

    if (text_equal(what, "HNSCall") && text_equal(method, "POST") &&
        text_equal(path, "/endpoints/")) {
        cJSON *body = dockerd_parsed(call, "object");

        name_endpoint(all, call, body);
        dockerd_add_change(out, "make", body);
    } else if (text_equal(what, "HNSCall") && text_equal(method, "DELETE") &&
               text_starts_with(path, "/endpoints/")) {
        dockerd_add_change(out, "delete", cJSON_CreateString(path + strlen("/endpoints/")));
    } else if (text_equal(what, "HcsModifyComputeSystem")) {
        dockerd_add_change(out, "modify", dockerd_parsed(call, "configuration"));
    } else if (text_equal(what, "HcsCreateComputeSystem")) {
        name_container(all, json_text(call, "id", ""));
        dockerd_add_change(out, "system", of_networks(dockerd_parsed(call, "configuration")));
    }
}

static void make_networks(fixture *f, dockerd_names *all)
{
    cJSON *listed = NULL;
    const cJSON *each;

    for (size_t i = 0; i < sizeof networks / sizeof networks[0]; i++)
        assert_ok(&f->err,
                  hns_call(f->fake->hcs, "POST", "/networks/", networks[i], NULL, &f->err));
    assert_ok(&f->err, hns_call(f->fake->hcs, "GET", "/networks/", NULL, &listed, &f->err));
    cJSON_ArrayForEach (each, listed)
        dockerd_name(all, text_copy(json_text(each, "ID", "")),
                     text_format("<HNSNETWORK:%s>", json_text(each, "Name", "")));
    cJSON_Delete(listed);
}

/* It is wcow's own: others' are not removed. */
static void make_net9(fixture *f)
{
    const char *line[] = {"network", "create", "--subnet", "172.32.0.0/16", "net9", NULL};

    assert_ok(&f->err, dockerd_command(f, line, 5));
}

static void prepare(fixture *f, dockerd_names *all)
{
    fixture_load(f, IMAGE_NAME, "{}");
    make_networks(f, all);
    make_net9(f);
}

static void we_change_what_dockerd_changes(void **state)
{
    const dockerd_comparison what = {
        .recorded = RECORDED,
        .differences = differences,
        .difference_count = sizeof differences / sizeof differences[0],
        .prepare = prepare,
        .read = read_call,
    };

    (void)state;
    dockerd_compare(&what);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(we_change_what_dockerd_changes),
    };

    return cmocka_run_group_tests_name("engine/container/dockerd_steps", tests, NULL, NULL);
}
