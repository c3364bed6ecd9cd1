/* SPDX-License-Identifier: MIT */
/*
 * One sample: the compute service's Statistics, and the network service's counters. Members are
 * those of hcsshim's schema1.Statistics; what the service leaves out is 0, as there.
 */
#include "engine/container/stats.h"

#include "base/docker_time.h"
#include "base/error.h"
#include "engine/container/reconcile.h"
#include "hcs/system.h"
#include "network/endpoint_counters.h"
#include "port/clock.h"

#define AT(name) offsetof(wcow_stats, name)

static const struct {
    const char *part; /* of Statistics; NULL: itself */
    const char *name;
    size_t at;
} counts[] = {
    {NULL, "Uptime100ns", AT(uptime)},
    {"Processor", "TotalRuntime100ns", AT(cpu)},
    {"Processor", "RuntimeUser100ns", AT(cpu_user)},
    {"Processor", "RuntimeKernel100ns", AT(cpu_kernel)},
    {"Memory", "MemoryUsageCommitBytes", AT(committed)},
    {"Memory", "MemoryUsageCommitPeakBytes", AT(commit_peak)},
    {"Memory", "MemoryUsagePrivateWorkingSetBytes", AT(private_working_set)},
    {"Storage", "ReadCountNormalized", AT(read_count)},
    {"Storage", "ReadSizeBytes", AT(read_bytes)},
    {"Storage", "WriteCountNormalized", AT(write_count)},
    {"Storage", "WriteSizeBytes", AT(write_bytes)},
};

static void read_time(const cJSON *statistics, const char *name, int64_t *out)
{
    int64_t time;

    if (docker_time_parse(json_text(statistics, name, ""), &time))
        *out = time;
}

static void read_statistics(const cJSON *statistics, wcow_stats *out)
{
    read_time(statistics, "Timestamp", &out->counted);
    read_time(statistics, "ContainerStartTime", &out->started);
    for (size_t i = 0; i < sizeof(counts) / sizeof(counts[0]); i++) {
        const cJSON *part = counts[i].part ? json_member(statistics, counts[i].part) : statistics;
        const int64_t count = json_integer(part, counts[i].name, 0);

        *(uint64_t *)(void *)((char *)out + counts[i].at) = count > 0 ? (uint64_t)count : 0;
    }
}

/* The network service may be away while a container runs: its processor and memory are told all
 * the same. An endpoint that somebody else has deleted counts as one that nothing went through. */
static void read_network(hcs_port *hcs, const state *s, wcow_stats *out)
{
    endpoint_counters sum = {0};

    out->network_known = true;
    for (size_t i = 0; i < s->endpoints.count; i++) {
        const char *id = s->endpoints.items[i].id;
        const wcow_status status = *id ? endpoint_counters_add(hcs, id, &sum, NULL) : WCOW_OK;

        if (status && status != WCOW_NOT_FOUND)
            out->network_known = false;
    }
    out->received_bytes = sum.received_bytes;
    out->received_packets = sum.received_packets;
    out->received_dropped = sum.received_dropped;
    out->sent_bytes = sum.sent_bytes;
    out->sent_packets = sum.sent_packets;
    out->sent_dropped = sum.sent_dropped;
}

static wcow_status ask(hcs_port *hcs, const char *id, cJSON **out, wcow_error *err)
{
    static const char *const types[] = {"Statistics", NULL};
    cleanup_system compute_system *system = NULL;
    wcow_status status = compute_system_open(hcs, id, NULL, &system, err);

    return status ? status : compute_system_properties(system, types, out, err);
}

static wcow_status not_running(const wcow_container *container, wcow_error *err)
{
    return error_set(err, WCOW_CONFLICT, "container %s is not running", container->name);
}

wcow_status stats_take(wcow_container *container, wcow_stats *out, wcow_error *err)
{
    cleanup_json cJSON *properties = NULL;
    cleanup_state state *s = NULL;
    wcow_stats made = {.processors = container->host->processors};
    wcow_status status = container_settle(container, &s, err);
    hcs_port *hcs;

    if (!status)
        status = host_hcs(container->host, &hcs, err);
    if (status)
        return status;
    if (!state_is_active(s) || s->phase == PHASE_STARTING)
        return not_running(container, err);
    status = ask(hcs, container->id, &properties, err);
    if (container_await_end(container, status))
        return not_running(container, err);
    if (status)
        return error_wrap(err, status, "cannot read the statistics of container '%s'",
                          container->name);
    made.read = clock_now();
    made.ticks = clock_ticks();
    read_statistics(json_member(properties, "Statistics"), &made);
    read_network(hcs, s, &made);
    *out = made;
    return WCOW_OK;
}

static int64_t nanoseconds_between(const wcow_stats *before, const wcow_stats *now)
{
    if (before->ticks && now->ticks >= before->ticks)
        return (int64_t)(now->ticks - before->ticks) * 1000000;
    return now->read - before->read;
}

/* docker/cli's calculateCPUPercentWindows(), but for a time that is less than it was before: that
 * of another run. */
double wcow_stats_cpu_percent(const wcow_stats *before, const wcow_stats *now)
{
    const int64_t passed = nanoseconds_between(before, now);
    const uint64_t possible = passed > 0 ? (uint64_t)passed / 100 * now->processors : 0;

    if (!possible || now->cpu < before->cpu)
        return 0;
    return (double)(now->cpu - before->cpu) / (double)possible * 100;
}
