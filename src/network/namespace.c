/* SPDX-License-Identifier: MIT */
/* Network namespaces. */
#include "network/namespace.h"

#include <string.h>

#include "base/error.h"
#include "base/text.h"
#include "network/hns.h"

/*
 * What is to be, and a question without a filter: both as hcsshim's hcn package sends them. It asks
 * HNS for its version before, and adds "ReadyOnCreate":true from 15.2 (or 13.4) on,
 * whose compartments are made otherwise. What such a namespace lacks without it no source tells:
 * doctor --self-test makes both.
 */
static const char version_2[] = "{\"SchemaVersion\":{\"Major\":2,\"Minor\":0}}";

/* The codes of HNS that something is decided by. */
#define HCN_ALREADY_ATTACHED     ((int32_t)0x803B0014)
#define HCN_ALREADY_IN_NAMESPACE ((int32_t)0x803B002B)

static wcow_status check_id(const char *id, guid *out, wcow_error *err)
{
    if (!guid_parse(id, out))
        return error_set(err, WCOW_INVALID, "'%s' is no id of a network namespace: it is no GUID",
                         id);
    return WCOW_OK;
}

/* Whatever is wrong with a handle that is closed, nothing depends on it any more. */
static void close_space(hcs_port *port, hcn_namespace *space)
{
    if (space)
        (void)port->close_namespace(port, space);
}

/* ---- whose it is ---- */

#define CONTAINER_DIGITS 64u
/* 24 digits: no other container has the same, and each run of this one has an id of its own. */
#define SIGNED_BYTES 12u

static bool signature(const char *container, guid *out)
{
    cleanup_free char *words = NULL;

    if (strspn(container, "0123456789abcdefABCDEF") != CONTAINER_DIGITS ||
        container[CONTAINER_DIGITS])
        return false;
    words = text_format("%.8s-%.4s-%.4s-%.4s-%.12s", container, container + 8, container + 12,
                        container + 16, container + 20);
    return words && guid_parse(words, out);
}

void hns_namespace_sign(const char *container, guid *id)
{
    guid begun;

    if (signature(container, &begun))
        memcpy(id->bytes, begun.bytes, SIGNED_BYTES);
}

bool hns_namespace_is_of(const char *id, const char *container)
{
    guid begun;
    guid found;

    return signature(container, &begun) && guid_parse(id, &found) &&
           memcmp(found.bytes, begun.bytes, SIGNED_BYTES) == 0;
}

/* ---- making one ---- */

static wcow_status ask_id(hcs_port *port, hcn_namespace *space, char **out, wcow_error *err)
{
    cleanup_free char *properties = NULL;
    cleanup_free char *record = NULL;
    cleanup_json cJSON *parsed = NULL;
    char *id;
    int32_t hr = port->query_namespace(port, space, version_2, &properties, &record);
    wcow_status status = hcn_check(hr, record, "HcnQueryNamespaceProperties", err);

    if (status)
        return status;
    if (!properties)
        return error_set(err, WCOW_FAILED, "HcnQueryNamespaceProperties answered nothing");
    status = json_parse(properties, strlen(properties), "the properties of a network namespace",
                        &parsed, err);
    if (status)
        return status;
    id = hns_member_text(parsed, "ID");
    if (!id)
        return error_no_memory(err);
    *out = id;
    return WCOW_OK;
}

/* It was made, and nobody will hear of it. */
static void undo(hcs_port *port, const char *id)
{
    wcow_error unheard;

    ignore(hns_namespace_delete(port, id, &unheard));
}

wcow_status hns_namespace_create(hcs_port *port, const char *id, char **out, wcow_error *err)
{
    cleanup_free char *record = NULL;
    cleanup_free char *made = NULL;
    hcn_namespace *space = NULL;
    wcow_status status;
    guid wanted;
    int32_t hr;

    status = check_id(id, &wanted, err);
    if (status)
        return status;
    hr = port->create_namespace(port, &wanted, version_2, &space, &record);
    status = hcn_check(hr, record, "HcnCreateNamespace", err);
    if (!status)
        status = ask_id(port, space, &made, err);
    if (status && space)
        undo(port, id);
    close_space(port, space);
    if (status)
        return error_wrap(err, status, "cannot make a network namespace");
    *out = TAKE(made);
    return WCOW_OK;
}

/* ---- its endpoints ---- */

static wcow_status open_space(hcs_port *port, const char *id, hcn_namespace **out, wcow_error *err)
{
    cleanup_free char *record = NULL;
    wcow_status status;
    guid wanted;
    int32_t hr;

    status = check_id(id, &wanted, err);
    if (status)
        return status;
    hr = port->open_namespace(port, &wanted, out, &record);
    return hcn_check(hr, record, "HcnOpenNamespace", err);
}

static char *addition_of(const char *endpoint)
{
    cleanup_json cJSON *request = cJSON_CreateObject();
    cJSON *settings = cJSON_CreateObject();
    bool whole = json_add_text(request, "ResourceType", "Endpoint");

    whole = json_add_text(request, "RequestType", "Add") && whole;
    whole = json_add_text(settings, "EndpointId", endpoint) && whole;
    whole = json_add(request, "Settings", settings) && whole;
    return whole ? json_print(request) : NULL;
}

static wcow_status modify(hcs_port *port, const char *id, const char *request, wcow_error *err)
{
    cleanup_free char *record = NULL;
    hcn_namespace *space = NULL;
    wcow_status status = open_space(port, id, &space, err);
    int32_t hr;

    if (!status) {
        hr = port->modify_namespace(port, space, request, &record);
        status = hcn_check(hr, record, "HcnModifyNamespace", err);
    }
    close_space(port, space);
    return status;
}

static bool is_inside(hcs_port *port, const char *id, const char *endpoint)
{
    cleanup_strings string_list inside = STRING_LIST_INIT;
    bool found = false;

    if (hns_namespace_endpoints(port, id, &inside, NULL))
        return false;
    for (size_t i = 0; i < inside.count && !found; i++)
        found = text_equal_ignore_case(inside.items[i], endpoint);
    return found;
}

/* The codes do not tell whether it is in this one or in another. */
wcow_status hns_namespace_add(hcs_port *port, const char *id, const char *endpoint, wcow_error *err)
{
    cleanup_free char *request = addition_of(endpoint);
    wcow_error problem = WCOW_ERROR_INIT;
    wcow_status status = request ? modify(port, id, request, &problem) : error_no_memory(&problem);

    if (!status)
        return WCOW_OK;
    if ((problem.hresult == HCN_ALREADY_IN_NAMESPACE || problem.hresult == HCN_ALREADY_ATTACHED) &&
        is_inside(port, id, endpoint))
        return WCOW_OK;
    error_wrap(&problem, status, "cannot put endpoint %s into network namespace %s", endpoint, id);
    return error_pass(err, status, &problem);
}

wcow_status hns_namespace_remove(hcs_port *port, const char *id, const char *endpoint,
                                 wcow_error *err)
{
    cleanup_free char *path = text_format("/namespaces/%s/removeresource", id);
    cleanup_free char *body =
        text_format("{\"Type\":\"Endpoint\",\"Data\":{\"Id\":\"%s\"}}", endpoint);
    wcow_error problem = WCOW_ERROR_INIT;
    wcow_status status;

    if (!path || !body)
        return error_no_memory(err);
    status = hns_call(port, "POST", path, body, NULL, &problem);
    if (!status || status == WCOW_NOT_FOUND)
        return WCOW_OK;
    return error_pass(err,
                      error_wrap(&problem, status,
                                 "cannot take endpoint %s out of network namespace %s", endpoint,
                                 id),
                      &problem);
}

/* HCN_E_REQUEST_UNSUPPORTED is how HNS says that a container is in it: Windows-Containers#485,
 * hcsshim#2155. It has said so, too, of containers that were gone. */
wcow_status hns_namespace_delete(hcs_port *port, const char *id, wcow_error *err)
{
    cleanup_free char *path = text_format("/namespaces/%s", id);
    wcow_error problem = WCOW_ERROR_INIT;
    wcow_status status;

    if (!path)
        return error_no_memory(err);
    status = hns_call(port, "DELETE", path, NULL, NULL, &problem);
    if (!status || status == WCOW_NOT_FOUND)
        return WCOW_OK;
    if (status == WCOW_UNSUPPORTED)
        status =
            error_wrap(&problem, WCOW_CONFLICT, "a container is still in it, or HNS believes so");
    return error_pass(err, error_wrap(&problem, status, "cannot delete network namespace %s", id),
                      &problem);
}

wcow_status hns_namespace_dissolve(hcs_port *port, const char *id, wcow_error *err)
{
    cleanup_strings string_list inside = STRING_LIST_INIT;
    wcow_error problem = WCOW_ERROR_INIT;
    wcow_status status = hns_namespace_endpoints(port, id, &inside, &problem);

    for (size_t i = 0; i < inside.count && !status; i++)
        status = hns_namespace_remove(port, id, inside.items[i], &problem);
    if (!status)
        status = hns_namespace_delete(port, id, &problem);
    return status == WCOW_NOT_FOUND ? WCOW_OK : error_pass(err, status, &problem);
}

static wcow_status read_endpoints(const cJSON *resources, string_list *out, wcow_error *err)
{
    cleanup_strings string_list found = STRING_LIST_INIT;
    const cJSON *item;

    cJSON_ArrayForEach (item, resources) {
        const cJSON *type = cJSON_GetObjectItem(item, "Type");
        char *id;

        if (!cJSON_IsString(type) || !text_equal_ignore_case(type->valuestring, "Endpoint"))
            continue;
        id = hns_member_text(cJSON_GetObjectItem(item, "Data"), "Id");
        if (!id || !string_list_own(&found, id))
            return error_no_memory(err);
    }
    *out = found;
    found = (string_list)STRING_LIST_INIT;
    return WCOW_OK;
}

wcow_status hns_namespace_endpoints(hcs_port *port, const char *id, string_list *out,
                                    wcow_error *err)
{
    cleanup_free char *path = text_format("/namespaces/%s", id);
    cleanup_json cJSON *answer = NULL;
    wcow_status status;

    if (!path)
        return error_no_memory(err);
    status = hns_call(port, "GET", path, NULL, &answer, err);
    if (status)
        return error_wrap(err, status, "network namespace %s", id);
    return read_endpoints(cJSON_GetObjectItem(answer, "ResourceList"), out, err);
}

/* ---- all of them ---- */

wcow_status hns_namespaces(hcs_port *port, string_list *out, wcow_error *err)
{
    cleanup_free char *answer = NULL;
    cleanup_free char *record = NULL;
    cleanup_json cJSON *list = NULL;
    cleanup_strings string_list found = STRING_LIST_INIT;
    const cJSON *item;
    int32_t hr = port->enumerate_namespaces(port, version_2, &answer, &record);
    wcow_status status = hcn_check(hr, record, "HcnEnumerateNamespaces", err);

    if (!status && answer)
        status = json_parse(answer, strlen(answer), "the list of network namespaces", &list, err);
    if (status)
        return status;
    cJSON_ArrayForEach (item, list) {
        if (cJSON_IsString(item) && !string_list_add(&found, item->valuestring))
            return error_no_memory(err);
    }
    *out = found;
    found = (string_list)STRING_LIST_INIT;
    return WCOW_OK;
}
