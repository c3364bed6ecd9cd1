/* SPDX-License-Identifier: MIT */
/*
 * computenetwork.dll: seven calls on each of three nouns. Things are those of hns.c, shown as
 * version 2 (hcn_shapes.c); a handle is good for asking and changing, and nothing ends with it. A
 * refusal is an HRESULT and a record, {"Success":false,"Error":"…","ErrorCode":…}: the words and
 * codes of version 1, which the record carries in the field, too.
 */
#include "hcn.h"

#include <stdio.h>
#include <string.h>

#include "codes.h"
#include "handles.h"

/* What is special about a noun. */
typedef struct noun {
    handle_kind kind;
    size_t list; /* where it is in sim */
    cJSON *(*show)(const sim *s, const cJSON *stored);
    uint32_t missing;
    const char *missing_text;
    hns_answer *remove;
} noun;

static const noun network_noun = {HANDLE_NETWORK, offsetof(sim, networks), hcn_show_network,
                                  HNS_NO_NETWORK, HNS_TEXT_NO_OBJECT,      answer_network_delete};
static const noun namespace_noun = {HANDLE_NAMESPACE,    offsetof(sim, namespaces),
                                    hcn_show_namespace,  HNS_NOT_FOUND,
                                    HNS_TEXT_NO_ELEMENT, answer_namespace_delete};
static const noun endpoint_noun = {HANDLE_ENDPOINT,    offsetof(sim, endpoints),
                                   hcn_show_endpoint,  HNS_NO_ENDPOINT,
                                   HNS_TEXT_NO_OBJECT, answer_endpoint_delete};

static cJSON *list_of(const sim *s, const noun *n)
{
    return *(cJSON *const *)(const void *)((const char *)s + n->list);
}

static int32_t refused(sim_context *c, uint32_t code, const char *words)
{
    cleanup_json cJSON *record = cJSON_CreateObject();
    cleanup_free char *printed = NULL;

    json_add_bool(record, "Success", false);
    json_add_text(record, "Error", words);
    json_add_integer(record, "ErrorCode", code);
    printed = json_print(record);
    json_add_text(c->reply, "result", printed);
    return (int32_t)code;
}

static int32_t refused_json(sim_context *c)
{
    return refused(c, HNS_INVALID_JSON, "Invalid JSON document string. ");
}

/* An RPC context handle that is none has no record. */
static handle *handle_of(sim_context *c, const char *member, handle_kind kind)
{
    handle *h = handle_find(c->sim, (uint64_t)json_integer(c->request, member, 0));

    return h && h->kind == kind && h->session == c->session && !h->dead ? h : NULL;
}

static int32_t give_handle(sim_context *c, const noun *n, const char *id)
{
    handle *h = handle_new(c->sim, c->session, n->kind);

    if (!h)
        return HR_OUT_OF_MEMORY;
    snprintf(h->object, sizeof(h->object), "%s", id);
    c->made = h->id;
    json_add_integer(c->reply, "object", (int64_t)h->id);
    return HR_OK;
}

/* ---- questions ---- */

/* The filter of a question, an object in a text; NULL: there is none. False: it cannot be read. */
static bool read_filter(sim_context *c, cJSON **out)
{
    const char *given = request_text(c, "query");
    cleanup_json cJSON *asked = given && *given ? cJSON_Parse(given) : cJSON_CreateObject();
    const char *filter = hns_text(asked, "Filter", "");

    if (!cJSON_IsObject(asked))
        return false;
    if (!*filter)
        return true;
    *out = cJSON_Parse(filter);
    return cJSON_IsObject(*out);
}

/* Members are those of version 2; of an endpoint's network, the name of version 1 is asked for. */
static bool fits(const cJSON *shown, const cJSON *stored, const cJSON *filter)
{
    const cJSON *wanted;

    cJSON_ArrayForEach (wanted, filter) {
        const char *value = cJSON_IsString(wanted) ? wanted->valuestring : "";
        const char *here = hns_text(shown, wanted->string, NULL);

        if (!here)
            here = hns_text(stored, wanted->string, NULL);
        if (!here || !text_equal_ignore_case(here, value))
            return false;
    }
    return true;
}

static int32_t enumerate(sim_context *c, const noun *n)
{
    cleanup_json cJSON *filter = NULL;
    cleanup_json cJSON *found = cJSON_CreateArray();
    cleanup_free char *printed = NULL;
    const cJSON *item;

    if (!read_filter(c, &filter))
        return refused_json(c);
    sim_lock(c->sim);
    cJSON_ArrayForEach (item, list_of(c->sim, n)) {
        cleanup_json cJSON *shown = n->show(c->sim, item);

        if (fits(shown, item, filter))
            json_append(found, cJSON_CreateString(hns_text(item, "ID", "")));
    }
    sim_unlock(c->sim);
    printed = json_print(found);
    json_add_text(c->reply, "objects", printed);
    return HR_OK;
}

static int32_t query_locked(sim_context *c, const noun *n)
{
    const handle *h = handle_of(c, "object", n->kind);
    const cJSON *item = h ? hns_find(list_of(c->sim, n), h->object) : NULL;
    cleanup_json cJSON *shown = NULL;
    cleanup_free char *printed = NULL;

    if (!h)
        return SIM_E_INVALID_HANDLE;
    if (!item)
        return refused(c, n->missing, n->missing_text);
    shown = n->show(c->sim, item);
    printed = json_print(shown);
    json_add_text(c->reply, "properties", printed);
    return HR_OK;
}

static int32_t query(sim_context *c, const noun *n)
{
    cleanup_json cJSON *filter = NULL;
    int32_t hr;

    if (!read_filter(c, &filter))
        return refused_json(c);
    sim_lock(c->sim);
    hr = query_locked(c, n);
    sim_unlock(c->sim);
    return hr;
}

/* ---- handles and ends ---- */

static int32_t open_one(sim_context *c, const noun *n)
{
    const char *id = request_text(c, "id");
    int32_t hr;

    sim_lock(c->sim);
    if (id && hns_find(list_of(c->sim, n), id))
        hr = give_handle(c, n, id);
    else
        hr = refused(c, n->missing, n->missing_text);
    sim_unlock(c->sim);
    return hr;
}

static int32_t close_one(sim_context *c, const noun *n)
{
    int64_t id = json_integer(c->request, "object", 0);
    handle *h;

    sim_lock(c->sim);
    h = handle_find(c->sim, (uint64_t)id);
    if (h && (h->kind != n->kind || h->session != c->session))
        h = NULL;
    if (h)
        handle_close(c->sim, h);
    sim_unlock(c->sim);
    return h ? HR_OK : SIM_E_INVALID_HANDLE;
}

/* A request of version 1, answered under the lock. */
static int32_t ask(sim_context *c, hns_answer *answer, const cJSON *body, const char *id,
                   cJSON **out)
{
    hns_request r = {.sim = c->sim, .body = body};
    bool done;

    snprintf(r.id, sizeof(r.id), "%s", id ? id : "");
    done = answer(&r);
    if (done && out)
        *out = TAKE(r.output);
    cJSON_Delete(r.output);
    return done ? HR_OK : refused(c, r.code, r.error);
}

static int32_t delete_one(sim_context *c, const noun *n)
{
    int32_t hr;

    sim_lock(c->sim);
    hr = ask(c, n->remove, NULL, request_text(c, "id"), NULL);
    sim_unlock(c->sim);
    return hr;
}

/* ---- making ---- */

static cJSON *settings_of(sim_context *c)
{
    const char *given = request_text(c, "settings");
    cJSON *settings = given ? cJSON_Parse(given) : NULL;

    if (cJSON_IsObject(settings))
        return settings;
    cJSON_Delete(settings);
    return NULL;
}

/* The id that the caller chose; zeros leave the choice to the service, as hcsshim does. */
static void choose_id(sim_context *c, char out[GUID_TEXT_SIZE])
{
    static const char zeros[] = "00000000-0000-0000-0000-000000000000";
    const char *wanted = request_text(c, "id");

    if (wanted && *wanted && !text_equal(wanted, zeros))
        snprintf(out, GUID_TEXT_SIZE, "%s", wanted);
    else
        guid_make(out);
}

static bool members_are(const cJSON *settings, const char *const *members)
{
    const cJSON *member;

    cJSON_ArrayForEach (member, settings) {
        size_t i = 0;

        while (members[i] && strcmp(members[i], member->string))
            i++;
        if (!members[i])
            return false;
    }
    return true;
}

static int32_t create_namespace(sim_context *c)
{
    static const char *const members[] = {"ID",        "NamespaceId",   "Type",
                                          "Resources", "SchemaVersion", "ReadyOnCreate",
                                          "Owner",     "Flags",         NULL};
    cleanup_json cJSON *settings = settings_of(c);
    char id[GUID_TEXT_SIZE];
    int32_t hr;

    if (!settings || !members_are(settings, members))
        return refused_json(c);
    choose_id(c, id);
    sim_lock(c->sim);
    if (hns_find(c->sim->namespaces, id)) {
        hr = refused(c, HNS_NETWORK_EXISTS, "The object already exists. ");
    } else {
        (void)hns_namespace_new(c->sim, id);
        hr = give_handle(c, &namespace_noun, id);
    }
    sim_unlock(c->sim);
    return hr;
}

/* What version 1 makes, under the id that was chosen. */
static int32_t create_by(sim_context *c, const noun *n, hns_answer *make, const cJSON *body)
{
    cleanup_json cJSON *made = NULL;
    char id[GUID_TEXT_SIZE];
    int32_t hr = ask(c, make, body, NULL, &made);

    if (HR_FAILED(hr))
        return hr;
    choose_id(c, id);
    hns_set_text(hns_find(list_of(c->sim, n), hns_text(made, "ID", "")), "ID", id);
    return give_handle(c, n, id);
}

static int32_t create_network(sim_context *c)
{
    cleanup_json cJSON *settings = settings_of(c);
    cleanup_json cJSON *body = NULL;
    int32_t hr;

    if (!settings)
        return refused_json(c);
    body = hcn_wanted_network(settings);
    sim_lock(c->sim);
    hr = create_by(c, &network_noun, answer_network_post, body);
    sim_unlock(c->sim);
    return hr;
}

static int32_t create_endpoint(sim_context *c)
{
    cleanup_json cJSON *settings = settings_of(c);
    cleanup_json cJSON *body = NULL;
    const handle *network;
    int32_t hr = SIM_E_INVALID_HANDLE;

    if (!settings)
        return refused_json(c);
    sim_lock(c->sim);
    network = handle_of(c, "network", HANDLE_NETWORK);
    if (network) {
        body = hcn_wanted_endpoint(settings, network->object);
        hr = create_by(c, &endpoint_noun, answer_endpoint_post, body);
    }
    sim_unlock(c->sim);
    return hr;
}

/* ---- changing ---- */

static int32_t change_namespace(sim_context *c, const cJSON *settings)
{
    const handle *h = handle_of(c, "object", HANDLE_NAMESPACE);
    const char *how = hns_text(settings, "RequestType", "");
    const char *endpoint = hns_text(cJSON_GetObjectItem(settings, "Settings"), "EndpointId", "");
    hns_request r = {.sim = c->sim};
    bool done;

    if (!h)
        return SIM_E_INVALID_HANDLE;
    if (!text_equal(hns_text(settings, "ResourceType", ""), "Endpoint") ||
        (!text_equal(how, "Add") && !text_equal(how, "Remove")))
        return refused_json(c);
    snprintf(r.id, sizeof(r.id), "%s", h->object);
    done = hns_namespace_change(&r, endpoint, text_equal(how, "Add"));
    cJSON_Delete(r.output);
    return done ? HR_OK : refused(c, r.code, r.error);
}

static int32_t modify_namespace(sim_context *c)
{
    cleanup_json cJSON *settings = settings_of(c);
    int32_t hr;

    if (!settings)
        return refused_json(c);
    sim_lock(c->sim);
    hr = change_namespace(c, settings);
    sim_unlock(c->sim);
    return hr;
}

/* Policies of networks and endpoints cannot be changed here (README: limits). */
static int32_t modify_nothing(sim_context *c)
{
    return refused(c, HNS_UNSUPPORTED, "The request is not supported. ");
}

/* ---- the table's functions ---- */

#define HCN_DEFINE(name, it, creates, modifies)                                                    \
    int32_t hcn_enumerate_##name(sim_context *c)                                                   \
    {                                                                                              \
        return enumerate(c, &it);                                                                  \
    }                                                                                              \
    int32_t hcn_create_##name(sim_context *c)                                                      \
    {                                                                                              \
        return creates(c);                                                                         \
    }                                                                                              \
    int32_t hcn_open_##name(sim_context *c)                                                        \
    {                                                                                              \
        return open_one(c, &it);                                                                   \
    }                                                                                              \
    int32_t hcn_modify_##name(sim_context *c)                                                      \
    {                                                                                              \
        return modifies(c);                                                                        \
    }                                                                                              \
    int32_t hcn_query_##name(sim_context *c)                                                       \
    {                                                                                              \
        return query(c, &it);                                                                      \
    }                                                                                              \
    int32_t hcn_delete_##name(sim_context *c)                                                      \
    {                                                                                              \
        return delete_one(c, &it);                                                                 \
    }                                                                                              \
    int32_t hcn_close_##name(sim_context *c)                                                       \
    {                                                                                              \
        return close_one(c, &it);                                                                  \
    }

HCN_DEFINE(Network, network_noun, create_network, modify_nothing)
HCN_DEFINE(Namespace, namespace_noun, create_namespace, modify_namespace)
HCN_DEFINE(Endpoint, endpoint_noun, create_endpoint, modify_nothing)
