/* SPDX-License-Identifier: MIT */
/* One call to the Host Network Service, and what its refusals mean. */
#include "network/hns.h"

#include <string.h>

#include <wcow/explain.h>

#include "base/error.h"
#include "base/text.h"

/* What the service says of a thing that is not there; the first is of networks and endpoints. */
static const char *const not_found_texts[] = {
    "The object identifier does not represent a valid object",
    "Element not found",
};

static bool is_not_found(uint32_t code, const char *message)
{
    if (code && status_from_hresult((int32_t)code) == WCOW_NOT_FOUND)
        return true;
    for (size_t i = 0; i < sizeof(not_found_texts) / sizeof(not_found_texts[0]); i++) {
        if (strstr(message, not_found_texts[i]))
            return true;
    }
    return false;
}

static void add_hints(wcow_error *err, const wcow_explanation *entry)
{
    if (!err || !entry)
        return;
    if (entry->remedies[0])
        error_hint(err, "%s", entry->remedies[0]);
    if (entry->code)
        error_hint(err, "see: wcow explain 0x%08x", entry->code);
    else
        error_hint(err, "see: wcow explain %s", entry->name);
}

/* The words of the service are all there is in version 1; later ones send a code along. */
static wcow_status refused(const cJSON *envelope, int32_t hr, const char *call, wcow_error *err)
{
    uint32_t code = (uint32_t)json_integer(envelope, "ErrorCode", (uint32_t)hr);
    const char *message = json_text(envelope, "Error", "no reason given");
    const wcow_explanation *entry = code ? wcow_explain(code) : NULL;
    cleanup_free char *trimmed = text_copy(message);
    cleanup_free char *known = text_format("HNS failed with error : %s", message);
    wcow_status status;
    size_t length = trimmed ? strlen(trimmed) : 0;

    while (length > 0 && strchr(" \r\n.", trimmed[length - 1]))
        trimmed[--length] = '\0';
    if (!entry && known) /* under the words that users know it by */
        entry = wcow_explain_text(known);
    status = entry ? entry->status : WCOW_FAILED;
    if (is_not_found(code, message))
        status = WCOW_NOT_FOUND;

    if (code)
        (void)error_set(err, status, "%s: %s (0x%08X)", call, trimmed ? trimmed : message, code);
    else
        (void)error_set(err, status, "%s: %s", call, trimmed ? trimmed : message);
    if (err)
        err->hresult = (int32_t)code;
    add_hints(err, entry);
    return status;
}

wcow_status hcn_check(int32_t hr, const char *record, const char *call, wcow_error *err)
{
    cleanup_json cJSON *parsed = NULL;

    hr = hresult_normalise(hr);
    if (hr == HR_MODULE_NOT_FOUND || hr == HR_PROC_NOT_FOUND)
        return error_set(err, WCOW_UNSUPPORTED,
                         "%s: this Windows has no network namespaces (computenetwork.dll comes "
                         "with Windows Server 2019, build 17763)",
                         call);
    if (record && *record &&
        json_parse(record, strlen(record), "the record of an error", &parsed, NULL) == WCOW_OK &&
        !json_bool(parsed, "Success", false))
        return refused(parsed, hr, call, err);
    return error_check(err, hr, call);
}

static wcow_status refused_call(const cJSON *envelope, const char *method, const char *path,
                                wcow_error *err)
{
    cleanup_free char *call = text_format("HNSCall %s %s", method, path);

    return refused(envelope, HR_OK, call ? call : "HNSCall", err);
}

wcow_status hns_call(hcs_port *port, const char *method, const char *path, const char *body,
                     cJSON **out, wcow_error *err)
{
    cleanup_free char *response = NULL;
    cleanup_json cJSON *envelope = NULL;
    int32_t hr = port->hns_call(port, method, path, body ? body : "", &response);
    wcow_status status = error_check(err, hr, "HNSCall");

    if (status)
        return error_wrap(err, status, "%s %s", method, path);
    if (!response || *response == '\0')
        return error_set(err, WCOW_FAILED, "HNSCall %s %s: the service answered nothing", method,
                         path);
    status = json_parse(response, strlen(response), "the answer of HNS", &envelope, err);
    if (status)
        return status;
    if (!json_bool(envelope, "Success", false))
        return refused_call(envelope, method, path, err);
    if (out)
        *out = cJSON_DetachItemFromObjectCaseSensitive(envelope, "Output");
    return WCOW_OK;
}

char *hns_member_text(const cJSON *object, const char *name)
{
    const cJSON *member = cJSON_GetObjectItem(object, name);

    return text_copy(cJSON_IsString(member) ? member->valuestring : "");
}
