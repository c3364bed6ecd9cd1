/* SPDX-License-Identifier: MIT */
/*
 * Network namespaces of the simulated Host Network Service: which endpoints and which containers
 * are in them. What is kept is what version 1 shows (hcsshim internal/hns/namespace.go; the member
 * "Containers", ids in a list, from the dump of a real one in Windows-Containers#485); hcn.c shows
 * the same as version 2.
 */
#include "codes.h"
#include "hns.h"

cJSON *hns_namespace_new(sim *s, const char *id)
{
    cJSON *space = cJSON_CreateObject();

    json_add_text(space, "ID", id);
    json_add_bool(space, "IsDefault", false);
    cJSON_AddArrayToObject(space, "ResourceList");
    cJSON_AddArrayToObject(space, "Containers");
    json_add_integer(space, "CompartmentId", ++s->hns_counter + 1); /* 1 is the host's own */
    json_append(s->namespaces, space);
    return space;
}

/* ---- what is in one ---- */

static cJSON *endpoint_find(const cJSON *space, const char *id)
{
    cJSON *item;

    cJSON_ArrayForEach (item, cJSON_GetObjectItem(space, "ResourceList"))
        if (text_equal_ignore_case(hns_text(cJSON_GetObjectItem(item, "Data"), "Id", ""), id))
            return item;
    return NULL;
}

static void endpoint_add(cJSON *space, const char *id)
{
    cJSON *item = cJSON_CreateObject();
    cJSON *data = cJSON_CreateObject();

    json_add_text(item, "Type", "Endpoint");
    json_add_text(data, "Id", id);
    json_add(item, "Data", data);
    json_append(cJSON_GetObjectItem(space, "ResourceList"), item);
}

static void endpoint_take(cJSON *space, const char *id)
{
    cJSON *held = endpoint_find(space, id);

    if (held)
        hns_remove(cJSON_GetObjectItem(space, "ResourceList"), held);
}

bool hns_has_namespace(sim *s, const char *id)
{
    bool found;

    sim_lock(s);
    found = hns_find(s->namespaces, id) != NULL;
    sim_unlock(s);
    return found;
}

int32_t hns_namespace_enter(sim *s, const char *id, const char *container, refusal *why)
{
    cJSON *space = hns_find(s->namespaces, id);

    if (!space)
        return refuse(why, HR_NOT_FOUND, "Member 'Networking.Namespace' names no namespace.");
    json_append(cJSON_GetObjectItem(space, "Containers"), cJSON_CreateString(container));
    return HR_OK;
}

void hns_namespace_leave(sim *s, const char *id, const char *container)
{
    cJSON *inside = cJSON_GetObjectItem(hns_find(s->namespaces, id), "Containers");
    cJSON *item;

    cJSON_ArrayForEach (item, inside) {
        if (!text_equal(item->valuestring, container))
            continue;
        hns_remove(inside, item);
        return;
    }
}

const cJSON *hns_namespace_of(const sim *s, const char *endpoint)
{
    const cJSON *space;

    cJSON_ArrayForEach (space, s->namespaces)
        if (endpoint_find(space, endpoint))
            return space;
    return NULL;
}

void hns_namespaces_forget(sim *s, const char *endpoint)
{
    cJSON *space;

    cJSON_ArrayForEach (space, s->namespaces)
        endpoint_take(space, endpoint);
}

/* ---- requests ---- */

bool answer_namespace_post(hns_request *r)
{
    char id[GUID_TEXT_SIZE];

    guid_make(id);
    return hns_put_out(r, hns_namespace_new(r->sim, id));
}

bool answer_namespace_get(hns_request *r)
{
    cJSON *space = hns_find(r->sim->namespaces, r->id);

    return space ? hns_put_out(r, space) : hns_fail(r, HNS_NOT_FOUND, HNS_TEXT_NO_ELEMENT);
}

bool answer_namespace_list(hns_request *r)
{
    return hns_put_out(r, r->sim->namespaces);
}

/*
 * Who deletes one in which containers run is refused: Windows-Containers#485, hcsshim#2155 (there
 * of containers that were gone, too). What endpoints are in it stay.
 */
bool answer_namespace_delete(hns_request *r)
{
    cJSON *space = hns_find(r->sim->namespaces, r->id);

    if (!space)
        return hns_fail(r, HNS_NOT_FOUND, HNS_TEXT_NO_ELEMENT);
    if (cJSON_GetArraySize(cJSON_GetObjectItem(space, "Containers")))
        return hns_fail(r, HNS_UNSUPPORTED, HNS_TEXT_UNSUPPORTED);
    hns_remove(r->sim->namespaces, space);
    return true;
}

bool hns_namespace_change(hns_request *r, const char *endpoint, bool add)
{
    cJSON *space = hns_find(r->sim->namespaces, r->id);
    const cJSON *other = hns_namespace_of(r->sim, endpoint);

    if (!space)
        return hns_fail(r, HNS_NOT_FOUND, HNS_TEXT_NO_ELEMENT);
    if (!hns_find(r->sim->endpoints, endpoint))
        return hns_fail(r, HNS_NO_ENDPOINT, HNS_TEXT_NO_OBJECT);
    if (add && other)
        return hns_fail(r, HNS_IN_NAMESPACE, "The endpoint is in a namespace already. ");
    if (!add && other != space)
        return hns_fail(r, HNS_NOT_FOUND, HNS_TEXT_NO_ELEMENT);
    if (add)
        endpoint_add(space, endpoint);
    else
        endpoint_take(space, endpoint);
    return hns_put_out(r, space);
}

bool answer_namespace_add(hns_request *r)
{
    return hns_namespace_change(r, hns_text(cJSON_GetObjectItem(r->body, "Data"), "Id", ""), true);
}

bool answer_namespace_take(hns_request *r)
{
    return hns_namespace_change(r, hns_text(cJSON_GetObjectItem(r->body, "Data"), "Id", ""), false);
}
