/* SPDX-License-Identifier: MIT */
/* config.json and the limits that were changed since. */
#include "engine/container/configuration.h"

#include "base/error.h"
#include "engine/container/limits.h"
#include "engine/host/host.h"
#include "engine/host/paths.h"
#include "engine/host/store.h"

wcow_container_spec configuration_limits(const record *r)
{
    wcow_container_spec spec = WCOW_CONTAINER_SPEC_INIT;

    spec.memory = r->memory;
    spec.nano_cpus = r->nano_cpus;
    spec.cpu_count = r->cpu_count;
    spec.cpu_percent = r->cpu_percent;
    spec.cpu_shares = r->cpu_shares;
    spec.io_bandwidth = r->io_bandwidth;
    spec.io_operations = r->io_operations;
    return spec;
}

/* A removal takes container.json away first: while that is there, this has to be, too. */
static bool is_container(wcow_host *host, const char *id)
{
    cleanup_free char *path = path_in_container(host, id, FILE_RECORD);

    return path && store_exists(host, path);
}

wcow_status configuration_load(wcow_host *host, const char *id, cJSON **out, wcow_error *err)
{
    cleanup_free char *path = path_in_container(host, id, FILE_CONFIG);
    const wcow_status status = path ? store_read(host, path, out, err) : error_no_memory(err);

    return status == WCOW_NOT_FOUND && is_container(host, id) ? error_kind(err, WCOW_CORRUPT)
                                                              : status;
}

wcow_status configuration_read(wcow_host *host, const record *r, cJSON **out, wcow_error *err)
{
    const wcow_container_spec spec = configuration_limits(r);
    cleanup_json cJSON *config = NULL;
    oci_config limits = {0};
    wcow_status status = configuration_load(host, r->id, &config, err);

    if (!status && r->limits_changed) {
        limits_to_oci(&spec, r->isolation, host->processors, &limits);
        status = oci_config_set_limits(config, &limits, err);
    }
    if (status)
        return status;
    *out = TAKE(config);
    return WCOW_OK;
}

wcow_status configuration_rewrite(wcow_host *host, const record *r, wcow_error *err)
{
    cleanup_free char *path = path_in_container(host, r->id, FILE_CONFIG);
    cleanup_json cJSON *config = NULL;
    wcow_status status = path ? configuration_read(host, r, &config, err) : error_no_memory(err);

    return status ? status : store_write(host, path, config, err);
}
