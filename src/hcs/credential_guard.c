/* SPDX-License-Identifier: MIT */
/*
 * Made by HcsModifyServiceSettings, and found among all instances that HcsGetServiceProperties
 * tells of: as hcsshim does (internal/credentials, internal/hcs/service.go; vmcompute.dll's exports
 * up to its v0.15.0-rc.1). What the service says to the removal of an instance that is not there no
 * source tells, so it is looked for first.
 */
#include "hcs/credential_guard.h"

#include <string.h>

#include "base/error.h"
#include "base/text.h"
#include "hcs/result.h"

#define PROPERTY "ContainerCredentialGuard"

const char *credential_guard_spec(document_schema schema, const cJSON *config)
{
    const char *spec = json_text(json_member(config, "windows"), "credentialSpec", "");

    return schema == SCHEMA_V2 && *spec ? spec : NULL;
}

/* ---- instances ---- */

/*
 * The instance's place in the answer; NULL: it is not in it. Ids are compared exactly, as hcsshim
 * does: `Web` and `web` are two containers, and neither has the other's cookie.
 */
static const cJSON *instance_in(const cJSON *answer, const char *id)
{
    const cJSON *properties = json_member(answer, "Properties");
    const cJSON *instance;

    cJSON_ArrayForEach (instance, json_member(cJSON_GetArrayItem(properties, 0), "Instances")) {
        if (text_equal(json_text(instance, "Id", ""), id))
            return instance;
    }
    return NULL;
}

static int32_t ask(hcs_port *hcs, cJSON **out, wcow_status *status, wcow_error *err)
{
    cleanup_free char *words = NULL;
    cleanup_free char *result = NULL;
    const int32_t hr =
        hcs->get_service_properties(hcs, "{\"PropertyTypes\":[\"" PROPERTY "\"]}", &words, &result);

    *status = hcs_check(hr, result, "HcsGetServiceProperties", err);
    if (!*status)
        *status = json_parse(words ? words : "", words ? strlen(words) : 0,
                             "the answer of HcsGetServiceProperties", out, err);
    return hr;
}

/* ---- changes ---- */

static wcow_status change(hcs_port *hcs, const char *operation, cJSON *details, wcow_error *err)
{
    cleanup_json cJSON *request = cJSON_CreateObject();
    cleanup_free char *words = NULL;
    cleanup_free char *result = NULL;
    cJSON *settings = cJSON_AddObjectToObject(request, "Settings");

    if (!json_add(settings, "OperationDetails", details) ||
        !json_add_text(settings, "Operation", operation) ||
        !json_add_text(request, "PropertyType", PROPERTY))
        return error_no_memory(err);
    words = json_print(request);
    if (!words)
        return error_no_memory(err);
    return hcs_check(hcs->modify_service(hcs, words, &result), result, "HcsModifyServiceSettings",
                     err);
}

static wcow_status add_instance(hcs_port *hcs, const char *id, const char *spec, wcow_error *err)
{
    cJSON *details = cJSON_CreateObject();

    if (!json_add_text(details, "Id", id) || !json_add_text(details, "CredentialSpec", spec) ||
        !json_add_text(details, "Transport", "LRPC")) { /* HvSocket is for a VM */
        cJSON_Delete(details);
        return error_no_memory(err);
    }
    return change(hcs, "AddInstance", details, err);
}

static wcow_status remove_instance(hcs_port *hcs, const char *id, wcow_error *err)
{
    cJSON *details = cJSON_CreateObject();

    if (!json_add_text(details, "Id", id)) {
        cJSON_Delete(details);
        return error_no_memory(err);
    }
    return change(hcs, "RemoveInstance", details, err);
}

/* ---- what is offered ---- */

static wcow_status take_state(hcs_port *hcs, const char *id, cJSON **out, wcow_error *err)
{
    cleanup_json cJSON *answer = NULL;
    const cJSON *state;
    wcow_status status;

    ignore(ask(hcs, &answer, &status, err));
    if (status)
        return status;
    state = json_member(instance_in(answer, id), "CredentialGuard");
    if (!cJSON_IsObject(state))
        return error_set(err, WCOW_FAILED, "the credential guard has made no instance for it");
    *out = cJSON_Duplicate(state, true);
    return *out ? WCOW_OK : error_no_memory(err);
}

wcow_status credential_guard_add(hcs_port *hcs, const char *id, const char *spec, cJSON **out,
                                 wcow_error *err)
{
    wcow_error problem = WCOW_ERROR_INIT;
    wcow_status status = add_instance(hcs, id, spec, &problem);

    if (problem.hresult == HR_PROC_NOT_FOUND)
        return error_set(err, WCOW_UNSUPPORTED,
                         "with schema 2 credential specs need Windows build 17763 (Server 2019) or "
                         "later: take schema 1");
    if (!status)
        status = take_state(hcs, id, out, &problem);
    return status ? error_wrap(err, error_pass(err, status, &problem), "its credential spec")
                  : WCOW_OK;
}

wcow_status credential_guard_remove(hcs_port *hcs, const char *id, bool guessed, wcow_error *err)
{
    cleanup_json cJSON *answer = NULL;
    wcow_error problem = WCOW_ERROR_INIT;
    wcow_status status;
    const int32_t hr = ask(hcs, &answer, &status, &problem);

    if (status && (guessed ? status != WCOW_NO_MEMORY
                           : hcs_is_not_supported(hr))) /* who has no guard has no instances */
        return WCOW_OK;
    if (!status && instance_in(answer, id))
        status = remove_instance(hcs, id, &problem);
    return status ? error_wrap(err, error_pass(err, status, &problem),
                               "its instance of the credential guard")
                  : WCOW_OK;
}
