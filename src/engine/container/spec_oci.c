/* SPDX-License-Identifier: MIT */
/* The OCI runtime spec of a container. */
#include <stdlib.h>

#include "base/command_line.h"
#include "base/error.h"
#include "base/text.h"
#include "engine/container/mount_spec.h"
#include "engine/container/spec.h"
#include "layer/store/scratch.h"
#include "oci/runtime_spec.h"

/* Bind mounts: `views` borrows from `specs`. */
typedef struct mount_list {
    mount_spec *specs;
    oci_mount *views;
    size_t count;
} mount_list;

static void mount_list_free(mount_list *list)
{
    for (size_t i = 0; i < list->count; i++)
        mount_spec_free(&list->specs[i]);
    free(list->specs);
    free(list->views);
}

DEFINE_CLEANUP_VALUE(mount_list, mount_list, mount_list_free)

static wcow_status mounts_parse(const char *const *items, mount_list *out, wcow_error *err)
{
    size_t count = 0;

    while (items && items[count])
        count++;
    out->specs = calloc(count + 1, sizeof *out->specs);
    out->views = calloc(count + 1, sizeof *out->views);
    if (!out->specs || !out->views)
        return error_no_memory(err);
    for (; out->count < count; out->count++) {
        mount_spec *mount = &out->specs[out->count];
        wcow_status status = mount_spec_parse(items[out->count], mount, err);

        if (status)
            return status;
        out->views[out->count] = (oci_mount){.source = mount->source,
                                             .destination = mount->destination,
                                             .read_only = mount->read_only};
    }
    return WCOW_OK;
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

wcow_status config_to_oci(const container_config *config, const wcow_container_spec *spec,
                          wcow_isolation isolation, const char *const *folders, cJSON **out,
                          wcow_error *err)
{
    CLEANUP(mount_list) mount_list mounts = {NULL, NULL, 0};
    cleanup_free char *line = NULL;
    wcow_status status = mounts_parse(spec->mounts, &mounts, err);

    if (!status && config->args_escaped)
        status = escaped_line(&config->command, &line, err);
    if (status)
        return status;

    const oci_config oci = {
        .process = {.args = line ? NULL : (const char *const *)config->command.items,
                    .command_line = line,
                    .env = (const char *const *)config->environment.items,
                    .cwd = config->working_directory,
                    .username = *config->user ? config->user : NULL,
                    .terminal = spec->tty},
        .hostname = config->hostname,
        .mounts = mounts.views,
        .mount_count = mounts.count,
        .layer_folders = folders,
        .memory_limit = spec->memory,
        .storage_size = SCRATCH_SIZE,
        .hyperv = isolation == WCOW_ISOLATION_HYPERV,
        .allow_unqualified_dns_query = !text_equal(spec->network, "none"),
    };

    return oci_config_new(&oci, out, err);
}
