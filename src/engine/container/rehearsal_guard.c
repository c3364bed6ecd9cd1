/* SPDX-License-Identifier: MIT */
/* Instances of a host that is not there: cookie and endpoint are the service's to choose. */
#include "engine/container/rehearsal_guard.h"

#include "base/error.h"
#include "base/text.h"

void rehearsal_guard_free(rehearsal_guard *r)
{
    cJSON_Delete(r->instances);
    r->instances = NULL;
}

static bool add(rehearsal_guard *r, const cJSON *details)
{
    cJSON *instance = cJSON_CreateObject();
    cJSON *state = cJSON_AddObjectToObject(instance, "CredentialGuard");

    if (!r->instances)
        r->instances = cJSON_CreateArray();
    return json_append(r->instances, instance) &&
           json_add_text(instance, "Id", json_text(details, "Id", "")) &&
           json_add_text(state, "Cookie", "<cookie>") &&
           json_add_text(state, "RpcEndpoint", "<endpoint of the credential guard>") &&
           json_add_text(state, "Transport", json_text(details, "Transport", "")) &&
           json_add_text(state, "CredentialSpec", json_text(details, "CredentialSpec", ""));
}

/* That there was no memory is seen by who looks for the instance. */
const char *rehearsal_guard_change(rehearsal_guard *r, const char *request)
{
    cleanup_json cJSON *parsed = cJSON_Parse(request);
    const cJSON *settings = json_member(parsed, "Settings");

    if (text_equal(json_text(settings, "Operation", ""), "AddInstance")) {
        ignore(add(r, json_member(settings, "OperationDetails")));
        return "ContainerCredentialGuard AddInstance";
    }
    rehearsal_guard_free(r);
    return "ContainerCredentialGuard RemoveInstance";
}

int32_t rehearsal_guard_show(const rehearsal_guard *r, char **out)
{
    cleanup_json cJSON *answer = cJSON_CreateObject();
    cJSON *list = cJSON_AddArrayToObject(answer, "Properties");
    cJSON *item = cJSON_CreateObject();

    if (json_append(list, item) &&
        json_add(item, "Instances",
                 r->instances ? cJSON_Duplicate(r->instances, true) : cJSON_CreateArray()))
        *out = json_print(answer);
    return *out ? HR_OK : HR_OUT_OF_MEMORY;
}
