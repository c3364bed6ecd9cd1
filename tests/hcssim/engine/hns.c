/* SPDX-License-Identifier: MIT */
/*
 * The Host Network Service behind HNSCall: routes and the envelope of its answers (facts §7.1,
 * §7.2), and what is too little for a file of its own. Everything is kept as the JSON that clients
 * see. Member names of requests are read without regard to case, since nobody knows whether the
 * real service cares.
 */
#include "hns.h"
#include "codes.h"

#include <stdio.h>
#include <string.h>

#define BUILD_OF_ERROR_CODES 17763

bool hns_fail(hns_request *r, uint32_t code, const char *message)
{
    r->error = message;
    r->code = code;
    return false;
}

cJSON *hns_find(cJSON *list, const char *id)
{
    cJSON *item;

    cJSON_ArrayForEach (item, list)
        if (text_equal_ignore_case(hns_text(item, "ID", ""), id))
            return item;
    return NULL;
}

const char *hns_text(const cJSON *object, const char *name, const char *otherwise)
{
    const cJSON *member = cJSON_GetObjectItem(object, name);

    return cJSON_IsString(member) ? member->valuestring : otherwise;
}

void hns_remove(cJSON *list, cJSON *item)
{
    cJSON_Delete(cJSON_DetachItemViaPointer(list, item));
}

void hns_set_text(cJSON *object, const char *name, const char *value)
{
    cJSON_DeleteItemFromObject(object, name);
    json_add_text(object, name, value);
}

void hns_set_whole(cJSON *object, const char *name, uint32_t value)
{
    cJSON_DeleteItemFromObject(object, name);
    json_add_integer(object, name, value);
}

bool hns_put_out(hns_request *r, const cJSON *value)
{
    r->output = cJSON_Duplicate(value, true);
    return true;
}

/* ---- policy lists, globals ---- */

static bool policy_list(hns_request *r)
{
    return hns_put_out(r, r->sim->policies);
}

static bool policy_post(hns_request *r)
{
    char id[GUID_TEXT_SIZE];
    cJSON *policy = cJSON_Duplicate(r->body, true);

    guid_make(id);
    hns_set_text(policy, "ID", id);
    json_append(r->sim->policies, policy);
    return hns_put_out(r, policy);
}

static bool policy_delete(hns_request *r)
{
    cJSON *policy = hns_find(r->sim->policies, r->id);

    if (!policy)
        return hns_fail(r, HNS_NOT_FOUND, HNS_TEXT_NO_ELEMENT);
    hns_remove(r->sim->policies, policy);
    return true;
}

/* The numbers that hcsshim's feature table tells builds by (facts §7.5). */
static bool globals_version(hns_request *r)
{
    static const struct {
        uint32_t build, major, minor;
    } versions[] = {{14393, 1, 0},  {16299, 6, 0},  {17134, 7, 2}, {17763, 9, 2},
                    {19041, 10, 4}, {20348, 13, 2}, {26100, 15, 1}};
    size_t at = 0;

    for (size_t i = 0; i < sizeof(versions) / sizeof(versions[0]); i++)
        if (sim_build(r->sim) >= versions[i].build)
            at = i;
    r->output = cJSON_CreateObject();
    json_add_integer(r->output, "Major", versions[at].major);
    json_add_integer(r->output, "Minor", versions[at].minor);
    return true;
}

/* ---- routes ---- */

static const struct route {
    const char *method;
    const char *head; /* of the path */
    const char *tail; /* after the id; NULL: there is no id */
    bool (*answer)(hns_request *r);
} routes[] = {
    {"GET", "/networks/", NULL, answer_network_list},
    {"GET", "/networks/", "", answer_network_get},
    {"POST", "/networks/", NULL, answer_network_post},
    {"DELETE", "/networks/", "", answer_network_delete},
    {"GET", "/endpoints/", NULL, answer_endpoint_list},
    {"GET", "/endpoints/", "", answer_endpoint_get},
    {"POST", "/endpoints/", NULL, answer_endpoint_post},
    {"POST", "/endpoints/", "", answer_endpoint_update},
    {"DELETE", "/endpoints/", "", answer_endpoint_delete},
    {"POST", "/endpoints/", "/attach", answer_endpoint_attach},
    {"POST", "/endpoints/", "/detach", answer_endpoint_detach},
    {"GET", "/endpointstats/", "", answer_endpoint_statistics},
    {"GET", "/globals/version", NULL, globals_version},
    {"GET", "/namespaces/", NULL, answer_namespace_list},
    {"POST", "/namespaces/", NULL, answer_namespace_post},
    {"GET", "/namespaces/", "", answer_namespace_get},
    {"DELETE", "/namespaces/", "", answer_namespace_delete},
    {"POST", "/namespaces/", "/addresource", answer_namespace_add},
    {"POST", "/namespaces/", "/removeresource", answer_namespace_take},
    {"GET", "/policylists/", NULL, policy_list},
    {"POST", "/policylists/", NULL, policy_post},
    {"DELETE", "/policylists/", "", policy_delete},
};

/* Whether a path fits a route; its id goes into the request. */
static bool fits(hns_request *r, const struct route *route, const char *path)
{
    const char *rest = path + strlen(route->head);
    size_t length;

    if (!text_starts_with(path, route->head))
        return false;
    if (!route->tail)
        return !*rest;
    length = strcspn(rest, "/");
    if (!length || length >= sizeof(r->id) || strcmp(rest + length, route->tail))
        return false;
    memcpy(r->id, rest, length);
    r->id[length] = 0;
    return true;
}

static bool answer(hns_request *r, const char *method, const char *path)
{
    for (size_t i = 0; i < sizeof(routes) / sizeof(routes[0]); i++)
        if (!strcmp(routes[i].method, method) && fits(r, &routes[i], path))
            return routes[i].answer(r);
    return hns_fail(r, HNS_UNSUPPORTED, "The request is not supported. ");
}

static char *envelope(const hns_request *r, bool success)
{
    cleanup_json cJSON *out = cJSON_CreateObject();

    json_add_bool(out, "Success", success);
    if (success && r->output)
        json_add(out, "Output", cJSON_Duplicate(r->output, true));
    if (!success)
        json_add_text(out, "Error", r->error);
    if (!success && sim_build(r->sim) >= BUILD_OF_ERROR_CODES)
        json_add_integer(out, "ErrorCode", r->code);
    return json_print(out);
}

int32_t call_hns(sim_context *c)
{
    const char *method = request_text(c, "method");
    const char *path = request_text(c, "path");
    const char *object = request_text(c, "object");
    cleanup_json cJSON *body = object && *object ? cJSON_Parse(object) : cJSON_CreateObject();
    cleanup_free char *response = NULL;
    hns_request r = {.sim = c->sim, .body = body};
    bool success;

    if (!method || !path)
        return HR_INVALID_PARAMETER;

    sim_lock(c->sim);
    success = cJSON_IsObject(body)
                  ? answer(&r, method, path)
                  : hns_fail(&r, HNS_INVALID_JSON, "Invalid JSON document string. ");
    response = envelope(&r, success);
    sim_unlock(c->sim);
    json_add_text(c->reply, "response", response);
    cJSON_Delete(r.output);
    return HR_OK;
}
