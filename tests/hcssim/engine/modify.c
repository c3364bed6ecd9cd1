/* SPDX-License-Identifier: MIT */
/* HcsModifyComputeSystem and HcsModifyServiceSettings (facts §4.3 gMSA, §4.5, §7.4). */
#include "codes.h"
#include "documents.h"
#include "guards.h"
#include "handles.h"
#include "hns.h"
#include "properties.h"
#include "systems.h"

#include <string.h>

#define BUILD_OF_PROCESSOR_UPDATE 19042

/* What may be modified: the path up to where it names one thing, and what Settings must be. */
static const struct resource {
    const char *path;
    bool exact;
    bool machine; /* of a virtual machine, not of a container */
    bool number;  /* Settings is one */
    uint32_t since;
} resources[] = {
    {"Container/Memory/SizeInMB", true, false, true, 0},
    {"Container/Processor", true, false, false, BUILD_OF_PROCESSOR_UPDATE},
    {"Container/MappedDirectories", true, false, false, 0},
    {"Container/MappedPipes", true, false, false, 0},
    {"Container/Devices/Generic", true, false, false, 0},
    {"Container/RegistryFlushState", true, false, false, 0},
    {"VirtualMachine/ComputeTopology/Memory/SizeInMB", true, true, true, 0},
    {"VirtualMachine/ComputeTopology/Processor/Limits", true, true, false,
     BUILD_OF_PROCESSOR_UPDATE},
    {"VirtualMachine/ComputeTopology/Processor/CpuGroup", true, true, false, 0},
    {"VirtualMachine/Devices/Scsi/", false, true, false, 0},
    {"VirtualMachine/Devices/VirtualSmb/Shares", true, true, false, 0},
    {"VirtualMachine/Devices/NetworkAdapters/", false, true, false, 0},
    {"VirtualMachine/Devices/MappedPipes/", false, true, false, 0},
    {"VirtualMachine/Devices/HvSocket/HvSocketConfig/ServiceTable/", false, true, false, 0},
    {"VirtualMachine/Devices/VirtualPci/", false, true, false, 0},
    {"VirtualMachine/Devices/ComPorts/", false, true, false, 0},
};

static const struct resource *resource_find(const char *path)
{
    for (size_t i = 0; i < sizeof(resources) / sizeof(resources[0]); i++)
        if (resources[i].exact ? !strcmp(path, resources[i].path)
                               : text_starts_with(path, resources[i].path))
            return &resources[i];
    return NULL;
}

static int32_t modify_v2(sim_context *c, const compute_system *system, const cJSON *document)
{
    const char *path = json_text(document, "ResourcePath", "");
    const cJSON *settings = json_member(document, "Settings");
    const struct resource *found = resource_find(path);

    if (json_member(document, "GuestRequest") && !system->spec.machine && !system->host)
        return refuse(&c->why, HR_NOT_SUPPORTED, "'%s' has no guest to ask.", system->id);
    if (!*path && json_member(document, "GuestRequest"))
        return HR_OK;
    if (!found)
        return refuse(&c->why, SIM_E_INVALID_JSON,
                      "Member 'ResourcePath' has the unknown value '%s'.", path);
    if (found->machine != system->spec.machine || found->since > sim_build(c->sim))
        return refuse(&c->why, HR_NOT_SUPPORTED, "'%s' cannot be changed in '%s'.", path,
                      system->id);
    if (found->number && !cJSON_IsNumber(settings))
        return refuse(&c->why, SIM_E_INVALID_JSON, "Member 'Settings' is not a whole number.");
    return HR_OK;
}

static bool remove_text(string_list *list, const char *item)
{
    for (size_t i = 0; i < list->count; i++)
        if (text_equal_ignore_case(list->items[i], item)) {
            free(list->items[i]);
            memmove(&list->items[i], &list->items[i + 1],
                    (list->count - i) * sizeof(list->items[0]));
            list->count--;
            return true;
        }
    return false;
}

/* Hot attach and detach of an endpoint. */
static int32_t modify_v1(sim_context *c, compute_system *system, const cJSON *document)
{
    const char *endpoint = json_text(document, "Settings", NULL);
    bool add = !strcmp(json_text(document, "RequestType", ""), "Add");
    int32_t hr;

    if (!endpoint)
        return refuse(&c->why, SIM_E_INVALID_JSON, "Member 'Settings' is not a string.");
    if (add) {
        hr = hns_attach(c->sim, endpoint, system->id, NULL, &c->why);
        if (HR_SUCCEEDED(hr))
            string_list_add(&system->spec.endpoints, endpoint);
        return hr;
    }
    if (!remove_text(&system->spec.endpoints, endpoint))
        return refuse(&c->why, HR_NOT_FOUND, "Endpoint '%s' is not attached.", endpoint);
    hns_detach(c->sim, endpoint, system->id);
    return HR_OK;
}

static int32_t modify(sim_context *c, compute_system *system, const cJSON *document, bool v1)
{
    if (system->status != SYSTEM_RUNNING || system->busy || system->stopping)
        return refuse(&c->why, SIM_E_INVALID_STATE,
                      "The requested operation is not valid in the state '%s' of '%s'.",
                      system_status_text(system), system->id);
    return v1 ? modify_v1(c, system, document) : modify_v2(c, system, document);
}

int32_t call_modify_system(sim_context *c)
{
    const char *content = request_text(c, "configuration");
    bool v2 =
        content && (strstr(content, "\"ResourcePath\"") || strstr(content, "\"GuestRequest\""));
    cleanup_json cJSON *document = NULL;
    handle *h = NULL;
    int32_t hr;

    hr = document_read(content, v2 ? schema_modify_v2 : schema_modify_v1, false, sim_build(c->sim),
                       &document, &c->why);
    if (HR_FAILED(hr))
        return hr;

    sim_lock(c->sim);
    hr = handle_get(c, "system", HANDLE_SYSTEM, &h);
    if (HR_SUCCEEDED(hr))
        hr = modify(c, h->system, document, !v2);
    sim_unlock(c->sim);
    return hr;
}

int32_t call_modify_service(sim_context *c)
{
    cleanup_json cJSON *document = NULL;

    int32_t hr = document_read(request_text(c, "settings"), schema_service_settings, false,
                               sim_build(c->sim), &document, &c->why);

    if (HR_FAILED(hr) ||
        !text_equal(json_text(document, "PropertyType", ""), "ContainerCredentialGuard"))
        return hr;
    return guards_change(c->sim, json_member(document, "Settings"), &c->why);
}
