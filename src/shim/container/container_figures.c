/* SPDX-License-Identifier: MIT */
#include "shim/container/container_figures.h"

#include <stddef.h>
#include <string.h>

#include "base/docker_time.h"
#include "base/error.h"
#include "base/text.h"
#include "hcs/live_limits.h"
#include "hcs/result.h"
#include "oci/runtime_spec.h"
#include "shim/container/container_run.h"

#define RESOURCES   "WindowsResources" /* of types.containerd.io/opencontainers/runtime-spec/1/ */
#define CHANGE_MOST ((size_t)1 << 20)
#define NANOSECONDS 100 /* of the service's unit of time */

/* A container that goes just now is one that does not run: so callers know it from hcsshim. */
static bool is_gone(int32_t hr)
{
    return hcs_is_not_found(hr) || hcs_is_already_stopped(hr) || hcs_is_invalid_state(hr) ||
           hresult_normalise(hr) == HR_ACCESS_DENIED || hresult_normalise(hr) == HR_FROM_WIN32(6);
}

static wcow_status not_running(const container_process *p, wcow_error *err)
{
    return error_set(err, WCOW_NOT_FOUND, "the container '%s' does not run", p->id);
}

static wcow_status ask(container_process *p, const char *type, cJSON **out, wcow_error *err)
{
    const char *const types[] = {type, NULL};
    wcow_error problem = WCOW_ERROR_INIT;
    wcow_status status;

    if (!guard_enter(p->guard))
        return not_running(p, err);
    status = compute_system_properties(p->guard->system, types, out, &problem);
    guard_leave(p->guard);
    if (status && is_gone(problem.hresult))
        return not_running(p, err);
    return error_pass(err, status, &problem);
}

/* ---- reading ---- */

typedef struct figure {
    const char *part; /* NULL: the object itself */
    const char *name;
    size_t at; /* of a uint64_t */
    uint64_t unit;
} figure;

static void read_figures(const figure *figures, const cJSON *object, void *out)
{
    for (const figure *f = figures; f->name; f++) {
        const int64_t value =
            json_integer(f->part ? json_member(object, f->part) : object, f->name, 0);
        const uint64_t counted = value > 0 ? (uint64_t)value * f->unit : 0;

        memcpy((char *)out + f->at, &counted, sizeof counted);
    }
}

static int64_t time_of(const cJSON *object, const char *name)
{
    int64_t time;

    return docker_time_parse(json_text(object, name, ""), &time) ? time : TASK_NEVER;
}

/* ---- processes ---- */

#define AT(name) offsetof(task_process_facts, name)

static const figure process_figures[] = {
    {NULL, "KernelTime100ns", AT(kernel_time), 1},
    {NULL, "UserTime100ns", AT(user_time), 1},
    {NULL, "MemoryCommitBytes", AT(commit), 1},
    {NULL, "MemoryWorkingSetPrivateBytes", AT(private_set), 1},
    {NULL, "MemoryWorkingSetSharedBytes", AT(shared_set), 1},
    {NULL, NULL, 0, 0},
};

#undef AT

wcow_status container_processes(container_process *p, task_add_facts *add, void *to,
                                wcow_error *err)
{
    cleanup_json cJSON *properties = NULL;
    const cJSON *item;
    wcow_status status = ask(p, "ProcessList", &properties, err);

    if (status)
        return status;
    cJSON_ArrayForEach (item, json_member(properties, "ProcessList")) {
        const int64_t pid = json_integer(item, "ProcessId", 0);
        task_process_facts facts = {.pid = pid > 0 && pid <= UINT32_MAX ? (uint32_t)pid : 0,
                                    .image_name = json_text(item, "ImageName", ""),
                                    .created_at = time_of(item, "CreateTimestamp")};

        read_figures(process_figures, item, &facts);
        add(to, &facts);
    }
    return WCOW_OK;
}

/* ---- statistics ---- */

#define AT(name) offsetof(task_statistics, name)

static const figure statistics_figures[] = {
    {NULL, "Uptime100ns", AT(uptime), NANOSECONDS},
    {"Processor", "TotalRuntime100ns", AT(total_time), NANOSECONDS},
    {"Processor", "RuntimeUser100ns", AT(user_time), NANOSECONDS},
    {"Processor", "RuntimeKernel100ns", AT(kernel_time), NANOSECONDS},
    {"Memory", "MemoryUsageCommitBytes", AT(commit), 1},
    {"Memory", "MemoryUsageCommitPeakBytes", AT(commit_peak), 1},
    {"Memory", "MemoryUsagePrivateWorkingSetBytes", AT(private_set), 1},
    {"Storage", "ReadCountNormalized", AT(read_count), 1},
    {"Storage", "ReadSizeBytes", AT(read_bytes), 1},
    {"Storage", "WriteCountNormalized", AT(write_count), 1},
    {"Storage", "WriteSizeBytes", AT(write_bytes), 1},
    {NULL, NULL, 0, 0},
};

#undef AT

wcow_status container_statistics(container_process *p, task_statistics *out, wcow_error *err)
{
    cleanup_json cJSON *properties = NULL;
    const cJSON *statistics;
    wcow_status status = ask(p, "Statistics", &properties, err);

    if (status)
        return status;
    statistics = json_member(properties, "Statistics");
    out->timestamp = time_of(statistics, "Timestamp");
    out->started_at = time_of(statistics, "ContainerStartTime");
    read_figures(statistics_figures, statistics, out);
    return WCOW_OK;
}

/* ---- limits ---- */

static wcow_status parse_change(const task_change *change, cJSON **out, wcow_error *err)
{
    cleanup_json cJSON *limits = NULL;
    wcow_status status;

    if (!text_ends_with(change->type, RESOURCES))
        return error_set(err, WCOW_UNSUPPORTED, "'%.128s': only limits can be changed",
                         change->type);
    if (change->size > CHANGE_MOST)
        return error_set(err, WCOW_INVALID, "the new limits are too long a text");
    status = json_parse(change->value, change->size, "the new limits", &limits, err);
    if (status)
        return error_kind(err, WCOW_INVALID);
    if (!cJSON_IsObject(limits))
        return error_set(err, WCOW_INVALID, "the new limits are no JSON object");
    *out = TAKE(limits);
    return WCOW_OK;
}

/* Affinity is the one thing that the service's own limits do not know of. */
static wcow_status check_change(const container_process *p, const cJSON *resources, wcow_error *err)
{
    if (cJSON_GetArraySize(json_path(resources, "cpu.affinity")) > 0)
        return error_set(err, WCOW_UNSUPPORTED, "processors cannot be chosen for a container");
    if (oci_config_is_hyperv(container_run_config(p)->config))
        return error_set(err, WCOW_UNSUPPORTED,
                         "limits of a container with Hyper-V isolation cannot be changed");
    return WCOW_OK;
}

wcow_status container_update(container_process *p, const task_change *change, wcow_error *err)
{
    const container_host *host = &p->backend->host;
    cleanup_json cJSON *resources = NULL;
    wcow_status status = parse_change(change, &resources, err);

    if (!status)
        status = check_change(p, resources, err);
    if (status)
        return status;
    if (!guard_enter(p->guard))
        return not_running(p, err);
    status = live_limits_change(p->guard->system, host->build, host->processors, resources, err);
    guard_leave(p->guard);
    return status;
}
