/* SPDX-License-Identifier: MIT */
/* Asking about compute systems, changing them, and getting rid of leftover ones. */
#include <stdlib.h>
#include <string.h>

#include "base/error.h"
#include "base/text.h"
#include "hcs/result.h"
#include "hcs/system.h"
#include "hcs/system_internal.h"
#include "port/clock.h"

#define ENUMERATE_AGAIN 500u
#define ENUMERATE_PAUSE 10u /* ms */

/* {"NAME":["a","b"]}, or {} without items. */
static char *query_text(const char *name, const char *const *items)
{
    cleanup_json cJSON *query = cJSON_CreateObject();

    if (!query || (items && items[0] && !json_add_strings(query, name, items)))
        return NULL;
    return json_print(query);
}

wcow_status compute_system_properties(compute_system *system, const char *const *types, cJSON **out,
                                      wcow_error *err)
{
    static const char call[] = "HcsGetComputeSystemProperties";
    cleanup_free char *query = query_text("PropertyTypes", types);
    cleanup_free char *properties = NULL;
    cleanup_free char *result = NULL;
    wcow_status status;
    int32_t hr;

    if (!query)
        return error_no_memory(err);
    hr = system->port->get_system_properties(system->port, system->handle, query, &properties,
                                             &result);
    status = hcs_check(hr, result, call, err);
    if (status)
        return status;
    if (!properties || *properties == '\0')
        return error_set(err, WCOW_FAILED, "%s: the service answered nothing", call);
    return json_parse(properties, strlen(properties), "the properties of a compute system", out,
                      err);
}

wcow_status compute_system_modify(compute_system *system, const char *request, wcow_error *err)
{
    cleanup_free char *result = NULL;
    int32_t hr = system->port->modify_system(system->port, system->handle, request, &result);

    return hcs_check(hr, result, "HcsModifyComputeSystem", err);
}

/* What Windows before 1709 (16299) answers while a container of anybody ends. 0: not Windows. */
static bool is_for_the_moment(int32_t hr, uint32_t build)
{
    return build && build < 16299 && (hr == HR_ACCESS_DENIED || hcs_is_invalid_state(hr));
}

static int32_t enumerate(hcs_port *port, uint32_t build, const char *query, char **systems,
                         char **result)
{
    int32_t hr = port->enumerate_systems(port, query, systems, result);

    for (unsigned again = 0; is_for_the_moment(hr, build) && again < ENUMERATE_AGAIN; again++) {
        free(TAKE(*result));
        free(TAKE(*systems));
        clock_sleep(ENUMERATE_PAUSE);
        hr = port->enumerate_systems(port, query, systems, result);
    }
    return hr;
}

wcow_status compute_systems(hcs_port *port, uint32_t build, const char *owner, cJSON **out,
                            wcow_error *err)
{
    const char *const owners[] = {owner, NULL};
    cleanup_free char *query = query_text("Owners", owners);
    cleanup_free char *systems = NULL;
    cleanup_free char *result = NULL;
    cleanup_json cJSON *list = NULL;
    wcow_status status;
    int32_t hr;

    if (!query)
        return error_no_memory(err);
    hr = enumerate(port, build, query, &systems, &result);
    status = hcs_check(hr, result, "HcsEnumerateComputeSystems", err);
    if (status)
        return status;

    /* No systems may be "[]", "null", "", or nothing at all. */
    if (systems && *systems) {
        status = json_parse(systems, strlen(systems), "the list of compute systems", &list, err);
        if (status)
            return status;
    }
    if (!list || cJSON_IsNull(list)) {
        cJSON_Delete(list);
        list = cJSON_CreateArray();
    }
    if (!list)
        return error_no_memory(err);
    if (!cJSON_IsArray(list))
        return error_set(err, WCOW_FAILED, "the list of compute systems is not a list");
    *out = TAKE(list);
    return WCOW_OK;
}

wcow_status compute_system_destroy(hcs_port *port, const char *id, const compute_timeouts *timeouts,
                                   wcow_error *err)
{
    cleanup_system compute_system *system = NULL;
    wcow_error error = WCOW_ERROR_INIT;
    wcow_status status = compute_system_open(port, id, timeouts, &system, &error);

    if (status && hcs_is_not_found(error.hresult))
        return WCOW_OK;
    if (!status)
        status = compute_system_stop(system, 0, &error);
    if (status && err)
        *err = error;
    return status;
}
