/* SPDX-License-Identifier: MIT */
/* Out of memory, at every single allocation. */
#include "tests/unit/memory.h"

#include <string.h>

#include "base/error.h"
#include "network/endpoint.h"
#include "network/namespace.h"
#include "network/network.h"
#include "tests/unit/status.h"

static wcow_error err;

/* Answers every call with what fits its path, in memory that does not run out. */
static int32_t answer(hcs_port *port, const char *method, const char *path, const char *body,
                      char **response)
{
    static const char one[] = "{\"Success\":true,\"Output\":{\"ID\":\"1\",\"Type\":\"nat\"}}";
    static const char list[] =
        "{\"Success\":true,\"Output\":[{\"ID\":\"1\",\"Name\":\"nat\",\"Type\":\"nat\","
        "\"Subnets\":[{\"AddressPrefix\":\"172.20.0.0/16\"}]}]}";

    (void)port;
    (void)path;
    (void)body;
    *response = strdup(strcmp(method, "GET") == 0 ? list : one);
    return 0;
}

/* Network namespaces, in memory that does not run out either. */
static int32_t give(hcn_namespace **out)
{
    static char space;

    *out = (hcn_namespace *)(void *)&space;
    return 0;
}

static int32_t create(hcs_port *port, const guid *id, const char *settings, hcn_namespace **out,
                      char **result)
{
    (void)port;
    (void)id;
    (void)settings;
    (void)result;
    return give(out);
}

static int32_t open_one(hcs_port *port, const guid *id, hcn_namespace **out, char **result)
{
    (void)port;
    (void)id;
    (void)result;
    return give(out);
}

static int32_t close_one(hcs_port *port, hcn_namespace *space)
{
    (void)port;
    (void)space;
    return 0;
}

static int32_t modify(hcs_port *port, hcn_namespace *space, const char *settings, char **result)
{
    (void)port;
    (void)space;
    (void)settings;
    (void)result;
    return 0;
}

static int32_t query(hcs_port *port, hcn_namespace *space, const char *asked, char **properties,
                     char **result)
{
    (void)port;
    (void)space;
    (void)asked;
    (void)result;
    *properties = strdup("{\"ID\":\"5c7d7bd4-1111-4000-8000-000000000001\"}");
    return 0;
}

static wcow_status use_namespace(hcs_port *port)
{
    cleanup_free char *id = NULL;
    wcow_status status =
        hns_namespace_create(port, "5c7d7bd4-1111-4000-8000-000000000001", &id, &err);

    if (!status)
        status = hns_namespace_add(port, id, "e1", &err);
    if (!status)
        status = hns_namespace_remove(port, id, "e1", &err);
    return status ? status : hns_namespace_delete(port, id, &err);
}

static wcow_status make_endpoint(hcs_port *port, const char *network, hns_endpoint *out)
{
    static const hns_port ports[] = {{HNS_TCP, 80, 8080}};
    static const char *const servers[] = {"10.1.1.1", NULL};
    cleanup_free char *name = hns_endpoint_name("web", 2);
    const hns_endpoint_wish wish = {.network_id = network,
                                    .name = name,
                                    .mac_address = "00:15:5d:aa:bb:cc",
                                    .dns_servers = servers,
                                    .ports = ports,
                                    .port_count = 1};
    hns_endpoint_list list = {NULL, 0};
    wcow_status status = name ? hns_endpoint_create(port, &wish, out, &err) : error_no_memory(&err);

    if (!status && !hns_endpoint_list_add(&list, out))
        status = error_no_memory(&err);
    hns_endpoint_list_free(&list);
    return status;
}

static wcow_status use_everything(void)
{
    hcs_port port = {.hns_call = answer,
                     .create_namespace = create,
                     .open_namespace = open_one,
                     .close_namespace = close_one,
                     .modify_namespace = modify,
                     .query_namespace = query};
    cleanup_network hns_network network = HNS_NETWORK_INIT;
    cleanup_endpoint hns_endpoint endpoint = HNS_ENDPOINT_INIT;
    hns_endpoint *endpoints = NULL;
    size_t count = 0;
    wcow_status status = hns_network_find(&port, "1", &network, &err);

    hns_network_free(&network);
    if (!status)
        status = hns_network_default(&port, &network, &err);
    if (!status)
        status = make_endpoint(&port, network.id, &endpoint);
    if (!status)
        status = hns_endpoints(&port, &endpoints, &count, &err);
    hns_endpoints_free(endpoints, count);
    if (!status)
        status = hns_endpoint_delete(&port, endpoint.id, &err);
    if (!status)
        status = use_namespace(&port);
    return status;
}

static void networks_and_endpoints_are_read_or_not(void **state)
{
    size_t nth = 0;
    bool failed;

    (void)state;
    do {
        wcow_status status;

        memory_fail_nth(++nth);
        status = use_everything();
        failed = memory_failed();
        if (failed) /* cJSON does not say why it did not parse */
            assert_true(status == WCOW_NO_MEMORY || status == WCOW_CORRUPT);
        else
            assert_ok(&err, status);
    } while (failed);
    assert_true(nth > 20);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(networks_and_endpoints_are_read_or_not),
    };

    memory_hook();
    return cmocka_run_group_tests(tests, NULL, NULL);
}
