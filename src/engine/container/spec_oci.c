/* SPDX-License-Identifier: MIT */
/* The OCI runtime spec of a container. */
#include <stdlib.h>

#include "base/command_line.h"
#include "base/error.h"
#include "base/text.h"
#include "engine/container/limits.h"
#include "engine/container/spec.h"
#include "oci/runtime_spec.h"

/* As OCI has them; they borrow. NULL when out of memory. */
static oci_mount *oci_mounts(const mount_list *mounts)
{
    oci_mount *all = calloc(mounts->count + 1, sizeof *all);

    for (size_t i = 0; all && i < mounts->count; i++)
        all[i] = (oci_mount){.source = mounts->items[i].source,
                             .destination = mounts->items[i].destination,
                             .read_only = mounts->items[i].read_only};
    return all;
}

/*
 * The shell form of an image's CMD (ArgsEscaped) is one ready command line: its first word goes as
 * it is, words behind it are quoted (moby daemon/oci_windows.go).
 */
static wcow_status escaped_line(const string_list *command, char **out, wcow_error *err)
{
    cleanup_free char *rest = command_line_join((const char *const *)command->items + 1);

    if (rest)
        *out = text_format("%s%s%s", command->items[0], *rest ? " " : "", rest);
    return rest && *out ? WCOW_OK : error_no_memory(err);
}

/* As dockerd gives it to the service; NULL: out of memory. */
static char *full_name(const container_config *config, const network_wish *network)
{
    if (network->hostname)
        return text_copy(network->hostname);
    return *config->domainname ? text_format("%s.%s", config->hostname, config->domainname)
                               : text_copy(config->hostname);
}

wcow_status config_to_oci(const container_config *config, const container_wish *wish,
                          wcow_isolation isolation, uint32_t processors, const char *const *folders,
                          cJSON **out, wcow_error *err)
{
    const wcow_container_spec *spec = &wish->spec;
    cleanup_free oci_mount *mounts = oci_mounts(&wish->mounts);
    cleanup_free char *line = NULL;
    cleanup_free char *name = full_name(config, &wish->network);
    wcow_status status = mounts && name ? WCOW_OK : error_no_memory(err);

    if (!status && config->args_escaped)
        status = escaped_line(&config->command, &line, err);
    if (status)
        return status;

    oci_config oci = {
        .process = {.args = line ? NULL : (const char *const *)config->command.items,
                    .command_line = line,
                    .env = (const char *const *)config->environment.items,
                    .cwd = config->working_directory,
                    .username = *config->user ? config->user : NULL,
                    .terminal = spec->tty},
        .hostname = name,
        .mounts = mounts,
        .mount_count = wish->mounts.count,
        .layer_folders = folders,
        .storage_size = wish->storage_size,
        .credential_spec = wish->credentials,
        .device_classes = (const char *const *)wish->devices.items,
        .dns_search = spec->dns_search,
        .hyperv = isolation == WCOW_ISOLATION_HYPERV,
    };

    limits_to_oci(spec, isolation, processors, &oci);
    return oci_config_new(&oci, out, err);
}
