/* SPDX-License-Identifier: MIT */
/*
 * HcsModifyComputeSystem, with the requests that hcsshim's containerd shim sends for an update of a
 * container with process isolation (cmd/containerd-shim-runhcs-v1/task_hcs.go,
 * updateWCOWResources(); paths in internal/hcs/resourcepaths). They are of schema 2, as all
 * requests but that for networks: schema 1 has none for limits. hcsshim sends them to systems that
 * documents of schema 2 made. No source tells whether one of schema 1 takes them, so whoever asks
 * is ready to hear no, and `doctor --self-test` asks a real host.
 *
 * Of many wishes all are looked at before the first is sent: hcsshim changes the memory, and then
 * refuses what the processors are to be.
 */
#include "hcs/live_limits.h"

#include "base/error.h"
#include "hcs/config_reader.h"

#define BUILD_OF_PROCESSORS 19042 /* 20H2, as hcsshim */

static const struct {
    const char *path;
    const char *member; /* of Settings; NULL: Settings is the number */
    uint32_t since;
} requests[] = {
    [LIVE_MEMORY] = {"Container/Memory/SizeInMB", NULL, 0},
    [LIVE_CPU_COUNT] = {"Container/Processor", "Count", BUILD_OF_PROCESSORS},
    [LIVE_CPU_MAXIMUM] = {"Container/Processor", "Maximum", BUILD_OF_PROCESSORS},
    [LIVE_CPU_WEIGHT] = {"Container/Processor", "Weight", BUILD_OF_PROCESSORS},
};

static char *request_text(live_limit which, uint64_t value)
{
    cleanup_json cJSON *request = cJSON_CreateObject();
    cJSON *settings = request;
    const char *member = requests[which].member;

    if (!json_add_text(request, "ResourcePath", requests[which].path) ||
        !json_add_text(request, "RequestType", "Update"))
        return NULL;
    if (member)
        settings = cJSON_AddObjectToObject(request, "Settings");
    if (!settings || !json_add_integer(settings, member ? member : "Settings", (int64_t)value))
        return NULL;
    return json_print(request);
}

static wcow_status check_build(live_limit which, uint32_t build, wcow_error *err)
{
    if (build >= requests[which].since)
        return WCOW_OK;
    return error_set(err, WCOW_UNSUPPORTED, "Windows can do that from build %u on",
                     requests[which].since);
}

wcow_status live_limit_change(compute_system *system, uint32_t build, live_limit which,
                              uint64_t value, wcow_error *err)
{
    cleanup_free char *request = NULL;
    wcow_status status = check_build(which, build, err);

    if (status)
        return status;
    request = request_text(which, value);
    return request ? compute_system_modify(system, request, err) : error_no_memory(err);
}

/* ---- many at once ---- */

static wcow_status read_wishes(const cJSON *resources, uint32_t processors, config_limits *out,
                               wcow_error *err)
{
    cleanup_json cJSON *config = cJSON_CreateObject();
    cJSON *windows = cJSON_AddObjectToObject(config, "windows");
    cJSON *copy = cJSON_Duplicate(resources, true);

    return json_add(windows, "resources", copy) ? config_read_limits(config, processors, out, err)
                                                : error_no_memory(err);
}

static wcow_status check_wishes(const config_limits *wanted, uint32_t build, wcow_error *err)
{
    const int kinds = !!wanted->cpu_count + !!wanted->cpu_maximum + !!wanted->cpu_weight;

    if (kinds > 1)
        return error_set(err, WCOW_INVALID,
                         "count, maximum and shares of processors exclude each other");
    return kinds ? check_build(LIVE_CPU_COUNT, build, err) : WCOW_OK;
}

wcow_status live_limits_change(compute_system *system, uint32_t build, uint32_t processors,
                               const cJSON *resources, wcow_error *err)
{
    config_limits wanted = {0};
    wcow_status status = read_wishes(resources, processors, &wanted, err);

    if (!status)
        status = check_wishes(&wanted, build, err);
    if (!status && wanted.memory)
        status = live_limit_change(system, build, LIVE_MEMORY, wanted.memory, err);
    if (!status && wanted.cpu_count)
        status = live_limit_change(system, build, LIVE_CPU_COUNT, wanted.cpu_count, err);
    if (!status && wanted.cpu_maximum)
        status = live_limit_change(system, build, LIVE_CPU_MAXIMUM, wanted.cpu_maximum, err);
    if (!status && wanted.cpu_weight)
        status = live_limit_change(system, build, LIVE_CPU_WEIGHT, wanted.cpu_weight, err);
    return status;
}
