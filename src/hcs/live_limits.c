/* SPDX-License-Identifier: MIT */
/*
 * HcsModifyComputeSystem, with the requests that hcsshim's containerd shim sends for an update of a
 * container with process isolation (cmd/containerd-shim-runhcs-v1/task_hcs.go,
 * updateWCOWResources(); paths in internal/hcs/resourcepaths). They are of schema 2, as all
 * requests but that for networks: schema 1 has none for limits. hcsshim sends them to systems that
 * documents of schema 2 made. No source tells whether one of schema 1 takes them, so whoever asks
 * is ready to hear no, and `doctor --self-test` asks a real host.
 */
#include "hcs/live_limits.h"

#include "base/error.h"

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

wcow_status live_limit_change(compute_system *system, uint32_t build, live_limit which,
                              uint64_t value, wcow_error *err)
{
    cleanup_free char *request = NULL;

    if (build < requests[which].since)
        return error_set(err, WCOW_UNSUPPORTED, "Windows can do that from build %u on",
                         requests[which].since);
    request = request_text(which, value);
    return request ? compute_system_modify(system, request, err) : error_no_memory(err);
}
