/* SPDX-License-Identifier: MIT */
/*
 * Docker's limits of processors and disks. Checks, order, words and conversions are moby's
 * (daemon/daemon_windows.go, daemon/oci_windows.go), seen again in what dockerd sends
 * (tests/unit/engine/container/data).
 */
#include "engine/container/limits.h"

#include "base/error.h"
#include "base/text.h"

#define BILLION    UINT64_C(1000000000)
#define MAXIMUM    UINT64_C(10000) /* of a processor or of all, in hundredths of a percent */
#define MOST_SHARE 10000
#define MEBIBYTE   (UINT64_C(1) << 20)

static wcow_status check_processors(const wcow_container_spec *spec, uint32_t processors,
                                    wcow_error *err)
{
    if (spec->nano_cpus && spec->cpu_percent)
        return error_set(err, WCOW_INVALID,
                         "conflicting options: Nano CPUs and CPU Percent cannot both be set");
    if (spec->nano_cpus && spec->cpu_shares)
        return error_set(err, WCOW_INVALID,
                         "conflicting options: Nano CPUs and CPU Shares cannot both be set");
    if (spec->nano_cpus > processors * BILLION)
        return error_set(err, WCOW_INVALID,
                         "range of CPUs is from 0.01 to %u.00, as there are only %u CPUs available",
                         processors, processors);
    if (spec->cpu_percent > 100)
        return error_set(err, WCOW_INVALID, "range of CPUPercent is from 1 to 100");
    if (spec->cpu_shares > MOST_SHARE)
        return error_set(err, WCOW_INVALID, "range of CPUShares is from 1 to %d", MOST_SHARE);
    return WCOW_OK;
}

/* What a command line has as a negative number is one that is too large here. */
static wcow_status check_numbers(const wcow_container_spec *spec, wcow_error *err)
{
    if (spec->cpu_count > INT64_MAX)
        return error_set(err, WCOW_INVALID, "invalid CPU count: it cannot be negative");
    if (spec->io_operations > INT64_MAX || spec->io_bandwidth > INT64_MAX)
        return error_set(err, WCOW_INVALID, "invalid IO limit: it is out of range");
    /* The service counts it in MiB, where less were none at all. */
    if (spec->memory && spec->memory < MEBIBYTE)
        return error_set(err, WCOW_INVALID, "invalid memory limit: the smallest is 1m");
    return WCOW_OK;
}

/* Of two limits the first one counts. */
static bool prefer(uint64_t first, uint64_t *second, const char *better, const char *dropped,
                   string_list *warnings)
{
    if (!first || !*second)
        return true;
    *second = 0;
    return string_list_own(warnings,
                           text_format("Conflicting options: CPU %s takes priority over CPU %s on "
                                       "Windows Server Containers. CPU %s discarded",
                                       better, dropped, dropped));
}

/* dockerd tells this to its log alone. */
static bool cut_count(wcow_container_spec *spec, uint32_t processors, string_list *warnings)
{
    const uint64_t given = spec->cpu_count;

    if (given <= processors)
        return true;
    spec->cpu_count = processors;
    return string_list_own(warnings,
                           text_format("CPU count %llu is more than this host has: it is cut to %u",
                                       (unsigned long long)given, processors));
}

wcow_status limits_settle(wcow_container_spec *spec, wcow_isolation isolation, uint32_t processors,
                          string_list *warnings, wcow_error *err)
{
    wcow_status status = check_numbers(spec, err);
    bool told = true;

    if (!status)
        status = check_processors(spec, processors, err);
    if (status)
        return status;
    if (isolation == WCOW_ISOLATION_PROCESS)
        told = prefer(spec->cpu_count, &spec->cpu_shares, "count", "shares", warnings) &&
               prefer(spec->cpu_count, &spec->cpu_percent, "count", "percent", warnings) &&
               prefer(spec->cpu_shares, &spec->cpu_percent, "shares", "percent", warnings);
    return told && cut_count(spec, processors, warnings) ? WCOW_OK : error_no_memory(err);
}

/* Never 0, which is no limit. */
static uint32_t share_of(uint64_t nano_cpus, uint64_t processors)
{
    const uint64_t share = nano_cpus / processors / (BILLION / MAXIMUM);

    return share ? (uint32_t)share : 1;
}

/* Some processors for a utility VM of its own, a part of all of them for a process of the host. */
static void add_cpus(uint64_t nano_cpus, wcow_isolation isolation, uint32_t processors,
                     oci_config *out)
{
    if (isolation != WCOW_ISOLATION_HYPERV) {
        out->cpu_maximum = share_of(nano_cpus, processors);
        return;
    }
    out->cpu_count = (nano_cpus + BILLION - 1) / BILLION;
    if (nano_cpus % BILLION)
        out->cpu_maximum = share_of(nano_cpus, out->cpu_count);
}

void limits_to_oci(const wcow_container_spec *spec, wcow_isolation isolation, uint32_t processors,
                   oci_config *out)
{
    out->memory_limit = spec->memory;
    out->cpu_count = spec->cpu_count;
    out->cpu_shares = (uint32_t)spec->cpu_shares;
    out->cpu_maximum = (uint32_t)spec->cpu_percent * 100;
    out->storage_bps = spec->io_bandwidth;
    out->storage_iops = spec->io_operations;
    if (spec->nano_cpus)
        add_cpus(spec->nano_cpus, isolation, processors, out);
}
