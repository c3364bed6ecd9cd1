/* SPDX-License-Identifier: MIT */
/*
 * Shapes from hcsshim internal/hcs/schema2/container_credential_guard_*.go, order of the calls from
 * internal/credentials. That an id is refused the second time, that the removal of none is an error
 * and that a document's cookie is looked up are ours: a client that does not rely on any of it is
 * right in either case.
 */
#include "guards.h"

#include "codes.h"
#include "documents.h"

static cJSON *find(const sim *s, const char *id)
{
    cJSON *instance;

    cJSON_ArrayForEach (instance, s->guards) {
        if (text_equal(json_text(instance, "Id", ""), id))
            return instance;
    }
    return NULL;
}

static int32_t add(sim *s, const cJSON *details, refusal *why)
{
    const char *id = json_text(details, "Id", "");
    const char *spec = json_text(details, "CredentialSpec", "");
    cJSON *instance, *state;
    cleanup_json cJSON *parsed = cJSON_Parse(spec);
    char cookie[GUID_TEXT_SIZE], endpoint[GUID_TEXT_SIZE];

    if (!cJSON_IsObject(parsed))
        return refuse(why, HR_INVALID_PARAMETER, "The credential spec of '%s' is no JSON object.",
                      id);
    if (find(s, id))
        return refuse(why, HR_ALREADY_EXISTS, "There is an instance '%s' already.", id);
    guid_make(cookie);
    guid_make(endpoint);
    instance = cJSON_CreateObject();
    json_add_text(instance, "Id", id);
    state = cJSON_AddObjectToObject(instance, "CredentialGuard");
    json_add_text(state, "Cookie", cookie);
    json_add_text(state, "RpcEndpoint", endpoint);
    json_add_text(state, "Transport", json_text(details, "Transport", ""));
    json_add_text(state, "CredentialSpec", spec);
    json_append(s->guards, instance);
    return HR_OK;
}

static int32_t take_away(sim *s, const cJSON *details, refusal *why)
{
    const char *id = json_text(details, "Id", "");
    cJSON *instance = find(s, id);

    if (!instance)
        return refuse(why, HR_NOT_FOUND, "There is no instance '%s'.", id);
    cJSON_Delete(cJSON_DetachItemViaPointer(s->guards, instance));
    return HR_OK;
}

int32_t guards_change(sim *s, const cJSON *settings, refusal *why)
{
    const bool adds = text_equal(json_text(settings, "Operation", ""), "AddInstance");
    const cJSON *details = json_member(settings, "OperationDetails");
    cleanup_free char *words = json_print(settings);
    cleanup_free char *more = json_print(details);
    cleanup_json cJSON *document = NULL;
    cleanup_json cJSON *checked = NULL;
    int32_t hr = document_read(words, schema_guard_operation, false, sim_build(s), &document, why);

    if (HR_SUCCEEDED(hr))
        hr = document_read(more, adds ? schema_guard_add : schema_guard_remove, false, sim_build(s),
                           &checked, why);
    if (HR_FAILED(hr))
        return hr;
    sim_lock(s);
    hr = (adds ? add : take_away)(s, details, why);
    sim_unlock(s);
    return hr;
}

cJSON *guards_show(sim *s)
{
    cJSON *all = cJSON_CreateObject();

    sim_lock(s);
    json_add(all, "Instances", cJSON_Duplicate(s->guards, true));
    sim_unlock(s);
    return all;
}

int32_t guards_check(sim *s, const cJSON *state, refusal *why)
{
    const char *cookie = json_text(state, "Cookie", "");
    const cJSON *instance;
    bool found = false;

    sim_lock(s);
    cJSON_ArrayForEach (instance, s->guards) {
        const cJSON *its = json_member(instance, "CredentialGuard");

        found = found || text_equal(json_text(its, "Cookie", ""), cookie);
    }
    sim_unlock(s);
    if (found)
        return HR_OK;
    return refuse(why, HR_NOT_FOUND,
                  "Member 'ContainerCredentialGuard' names no instance of the credential guard.");
}
