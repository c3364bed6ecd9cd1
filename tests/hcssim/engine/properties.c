/* SPDX-License-Identifier: MIT */
/* What can be asked of a system and of the service (facts §4.4, §4.6). */
#include "properties.h"
#include "codes.h"
#include "documents.h"
#include "guards.h"
#include "handles.h"
#include "systems.h"

#include <stdio.h>
#include <string.h>
#include <time.h>

cJSON *properties_basic(const compute_system *system)
{
    const system_spec *spec = &system->spec;
    cJSON *basic = cJSON_CreateObject();

    json_add_text(basic, "Id", system->id);
    json_add_text(basic, "Name", system->id);
    json_add_text(basic, "SystemType", spec->machine ? "VirtualMachine" : "Container");
    if (sim_build(system->sim) >= 17763)
        json_add_text(basic, "RuntimeOsType", "Windows");
    json_add_text(basic, "Owner", system->owner);
    json_add_text(basic, "RuntimeId", system->runtime_id);
    if (spec->hyperv)
        json_add_text(basic, "RuntimeImagePath", spec->runtime_image);
    if (system->host)
        json_add_text(basic, "HostingSystemId", system->host->id);
    json_add_text(basic, "State", system_status_text(system));
    if (system->status == SYSTEM_STOPPED) {
        json_add_bool(basic, "Stopped", true);
        json_add_text(basic, "ExitType", system->exit_type);
    }
    return basic;
}

static void add_time(cJSON *object, const char *name, int64_t ns)
{
    time_t seconds = (time_t)(ns / 1000000000);
    struct tm parts = {0};
    char printed[64];
    size_t length;

    if (!ns)
        return;
#ifdef _WIN32
    gmtime_s(&parts, &seconds);
#else
    gmtime_r(&seconds, &parts);
#endif
    length = strftime(printed, sizeof(printed), "%Y-%m-%dT%H:%M:%S", &parts);
    snprintf(printed + length, sizeof(printed) - length, ".%07dZ", (int)(ns % 1000000000 / 100));
    json_add_text(object, name, printed);
}

typedef struct query {
    compute_system *system;
    cJSON *out;
    sim_process_row *rows;
    size_t count;
} query;

static void add_whole(cJSON *object, const char *name, uint64_t value)
{
    cJSON_AddNumberToObject(object, name, (double)value);
}

static void add_processes(query *q)
{
    cJSON *list = cJSON_AddArrayToObject(q->out, "ProcessList");

    for (size_t i = 0; i < q->count; i++) {
        const sim_process_row *row = &q->rows[i];
        cJSON *item = cJSON_CreateObject();

        add_whole(item, "ProcessId", row->pid);
        json_add_text(item, "ImageName", row->name);
        add_time(item, "CreateTimestamp", row->created);
        add_whole(item, "UserTime100ns", row->user_100ns);
        add_whole(item, "KernelTime100ns", row->kernel_100ns);
        add_whole(item, "MemoryCommitBytes", row->commit);
        add_whole(item, "MemoryWorkingSetPrivateBytes", row->private_ws);
        add_whole(item, "MemoryWorkingSetSharedBytes", row->shared_ws);
        json_append(list, item);
    }
}

/* One for each endpoint; nothing here counts packets. */
static void add_network(query *q, cJSON *statistics)
{
    static const char *const counters[] = {"BytesReceived",          "BytesSent",
                                           "PacketsReceived",        "PacketsSent",
                                           "DroppedPacketsIncoming", "DroppedPacketsOutgoing"};
    cJSON *list = cJSON_AddArrayToObject(statistics, "Network");
    const string_list *endpoints = &q->system->spec.endpoints;

    for (size_t i = 0; i < endpoints->count; i++) {
        cJSON *item = cJSON_CreateObject();

        for (size_t n = 0; n < sizeof(counters) / sizeof(*counters); n++)
            add_whole(item, counters[n], 0);
        json_add_text(item, "EndpointId", endpoints->items[i]);
        json_add_text(item, "InstanceId", endpoints->items[i]);
        json_append(list, item);
    }
}

static void add_statistics(query *q)
{
    sim *s = q->system->sim;
    int64_t now = s->machine->now(s->machine);
    cJSON *statistics = cJSON_AddObjectToObject(q->out, "Statistics");
    cJSON *part;
    sim_process_row sum = {0};

    for (size_t i = 0; i < q->count; i++) {
        sum.user_100ns += q->rows[i].user_100ns;
        sum.kernel_100ns += q->rows[i].kernel_100ns;
        sum.commit += q->rows[i].commit;
        sum.private_ws += q->rows[i].private_ws;
    }
    add_time(statistics, "Timestamp", now);
    add_time(statistics, "ContainerStartTime", q->system->started);
    add_whole(statistics, "Uptime100ns", (uint64_t)(now - q->system->started) / 100);
    part = cJSON_AddObjectToObject(statistics, "Memory");
    add_whole(part, "MemoryUsageCommitBytes", sum.commit);
    add_whole(part, "MemoryUsageCommitPeakBytes", sum.commit);
    add_whole(part, "MemoryUsagePrivateWorkingSetBytes", sum.private_ws);
    part = cJSON_AddObjectToObject(statistics, "Processor");
    add_whole(part, "TotalRuntime100ns", sum.user_100ns + sum.kernel_100ns);
    add_whole(part, "RuntimeUser100ns", sum.user_100ns);
    add_whole(part, "RuntimeKernel100ns", sum.kernel_100ns);
    part = cJSON_AddObjectToObject(statistics, "Storage");
    add_whole(part, "ReadCountNormalized", 0);
    add_whole(part, "ReadSizeBytes", 0);
    add_whole(part, "WriteCountNormalized", 0);
    add_whole(part, "WriteSizeBytes", 0);
    add_network(q, statistics);
}

static void add_memory(query *q)
{
    cJSON *memory = cJSON_AddObjectToObject(q->out, "Memory");
    cJSON *machine = cJSON_AddObjectToObject(memory, "VirtualMachineMemory");

    add_whole(memory, "VirtualNodeCount", 1);
    add_whole(machine, "AvailableMemory", q->system->spec.memory_mb);
    add_whole(machine, "AssignedMemory", q->system->spec.memory_mb * 256); /* pages of 4 KiB */
    json_add_bool(machine, "SlpActive", false);
}

static void add_guest_connection(query *q)
{
    cJSON *info = cJSON_AddObjectToObject(q->out, "GuestConnectionInfo");
    cJSON *versions = cJSON_AddArrayToObject(info, "SupportedSchemaVersions");
    cJSON *version = cJSON_CreateObject();
    cJSON *capabilities;

    add_whole(version, "Major", 2);
    add_whole(version, "Minor", 1);
    json_append(versions, version);
    add_whole(info, "ProtocolVersion", 4);
    capabilities = cJSON_AddObjectToObject(info, "GuestDefinedCapabilities");
    json_add_bool(capabilities, "NamespaceAddRequestSupported", true);
    json_add_bool(capabilities, "SignalProcessSupported", true);
}

static void add_terminates(query *q)
{
    json_add_bool(q->out, "TerminateOnLastHandleClosed", q->system->spec.terminate_on_close);
}

static void add_guid(query *q)
{
    json_add_text(q->out, "SystemGUID", q->system->runtime_id);
}

static void add_updates(query *q)
{
    json_add_bool(q->out, "AreUpdatesPending", false);
}

static void add_disks(query *q)
{
    cJSON_AddObjectToObject(q->out, "MappedVirtualDiskControllers");
}

static void add_nothing(query *q)
{
    (void)q;
}

static const struct property {
    const char *name;
    bool running; /* only a running system answers */
    bool machine; /* only one with a utility VM */
    void (*add)(query *q);
} properties[] = {
    {"Basic", false, false, add_nothing},
    {"ProcessList", true, false, add_processes},
    {"Statistics", true, false, add_statistics},
    {"Memory", true, true, add_memory},
    {"GuestMemory", true, true, add_nothing},
    {"GuestConnection", true, true, add_guest_connection},
    {"TerminateOnLastHandleClosed", false, false, add_terminates},
    {"SystemGUID", false, false, add_guid},
    {"MappedVirtualDisk", false, false, add_disks},
    {"PendingUpdates", false, false, add_updates},
    {"SharedMemoryRegion", true, true, add_nothing},
    {"ICHeartbeatStatus", true, true, add_nothing},
};

static const struct property *property_find(const char *name)
{
    for (size_t i = 0; i < sizeof(properties) / sizeof(properties[0]); i++)
        if (!strcmp(properties[i].name, name))
            return &properties[i];
    return &properties[0];
}

static int32_t check_property(sim_context *c, const compute_system *system, const char *name)
{
    const struct property *p = property_find(name);

    if (p->running && system->status != SYSTEM_RUNNING && system->status != SYSTEM_PAUSED)
        return refuse(&c->why, SIM_E_INVALID_STATE,
                      "Property '%s' is not valid in the state '%s' of '%s'.", name,
                      system_status_text(system), system->id);
    if (p->machine && !system->spec.hyperv && !system->spec.machine)
        return refuse(&c->why, HR_NOT_SUPPORTED, "Property '%s' is one of virtual machines.", name);
    return HR_OK;
}

/* Asks the machine, without the lock, only if somebody wants to know. */
static int32_t list_processes(sim_context *c, query *q)
{
    sim_machine *machine = c->sim->machine;
    int32_t hr = HR_OK;

    if (!system_use(q->system))
        return hr;
    sim_unlock(c->sim);
    hr = machine->guest_processes(machine, q->system->guest, &q->rows, &q->count);
    sim_lock(c->sim);
    system_unuse(q->system);
    return hr;
}

static int32_t answer(sim_context *c, query *q, const cJSON *types)
{
    const cJSON *item;
    int32_t hr = HR_OK;
    bool processes = false;

    cJSON_ArrayForEach (item, types) {
        hr = check_property(c, q->system, item->valuestring);
        if (HR_FAILED(hr))
            return hr;
        processes = processes || !strcmp(item->valuestring, "ProcessList") ||
                    !strcmp(item->valuestring, "Statistics");
    }
    if (processes)
        hr = list_processes(c, q);
    if (HR_FAILED(hr))
        return hr;
    q->out = properties_basic(q->system);
    cJSON_ArrayForEach (item, types)
        property_find(item->valuestring)->add(q);
    return hr;
}

int32_t call_system_properties(sim_context *c)
{
    cleanup_json cJSON *document = NULL;
    cleanup_free char *printed = NULL;
    query q = {0};
    handle *h = NULL;
    int32_t hr;

    hr = document_read(request_text(c, "propertyQuery"), schema_query, true, sim_build(c->sim),
                       &document, &c->why);
    if (HR_FAILED(hr))
        return hr;

    sim_lock(c->sim);
    hr = handle_get(c, "system", HANDLE_SYSTEM, &h);
    if (HR_SUCCEEDED(hr)) {
        q.system = h->system;
        system_ref(q.system);
        hr = answer(c, &q, json_member(document, "PropertyTypes"));
        system_unref(q.system);
    }
    sim_unlock(c->sim);
    if (HR_SUCCEEDED(hr)) {
        printed = json_print(q.out);
        json_add_text(c->reply, "properties", printed);
    }
    cJSON_Delete(q.out);
    free(q.rows);
    return hr;
}

static cJSON *topology(void)
{
    cJSON *out = cJSON_CreateObject();
    cJSON *list = cJSON_AddArrayToObject(out, "LogicalProcessors");

    add_whole(out, "LogicalProcessorCount", 2);
    for (uint64_t i = 0; i < 2; i++) {
        cJSON *item = cJSON_CreateObject();

        add_whole(item, "LpIndex", i);
        add_whole(item, "NodeNumber", 0);
        add_whole(item, "PackageId", 0);
        add_whole(item, "CoreId", i);
        add_whole(item, "RootVpIndex", i);
        json_append(list, item);
    }
    return out;
}

/* An entry A.X covers A.0 to A.X: facts §4.4, minor numbers by build §4.3. */
static cJSON *schema_versions(uint32_t build)
{
    static const struct {
        uint32_t build, minor;
    } minors[] = {{17763, 1}, {18362, 2}, {19041, 3}, {20348, 5}, {22000, 6}};
    cJSON *out = cJSON_CreateObject();
    cJSON *list = cJSON_AddArrayToObject(out, "SupportedSchemaVersions");
    cJSON *v1 = cJSON_CreateObject();
    cJSON *v2 = cJSON_CreateObject();
    uint32_t minor = 0;

    for (size_t i = 0; i < sizeof(minors) / sizeof(minors[0]); i++)
        if (build >= minors[i].build)
            minor = minors[i].minor;
    add_whole(v1, "Major", 1);
    add_whole(v1, "Minor", 0);
    add_whole(v2, "Major", 2);
    add_whole(v2, "Minor", minor);
    json_append(list, v1);
    json_append(list, v2);
    return out;
}

int32_t call_service_properties(sim_context *c)
{
    cleanup_json cJSON *document = NULL;
    cleanup_json cJSON *out = cJSON_CreateObject();
    cleanup_free char *printed = NULL;
    cJSON *list = cJSON_AddArrayToObject(out, "Properties");
    const cJSON *item;
    int32_t hr;

    hr = document_read(request_text(c, "propertyQuery"), schema_service_query, true,
                       sim_build(c->sim), &document, &c->why);
    if (HR_FAILED(hr))
        return hr;
    cJSON_ArrayForEach (item, json_member(document, "PropertyTypes")) {
        if (!strcmp(item->valuestring, "ProcessorTopology"))
            json_append(list, topology());
        else if (!strcmp(item->valuestring, "Basic"))
            json_append(list, schema_versions(sim_build(c->sim)));
        else if (!strcmp(item->valuestring, "ContainerCredentialGuard"))
            json_append(list, guards_show(c->sim));
        else
            json_append(list, cJSON_CreateObject());
    }
    printed = json_print(out);
    json_add_text(c->reply, "properties", printed);
    return hr;
}
