/* SPDX-License-Identifier: MIT */
/* Thinking a container out: its record and its config.json. */
#include <stdlib.h>
#include <string.h>

#include "base/error.h"
#include "base/path.h"
#include "base/text.h"
#include "engine/container/credential_spec.h"
#include "engine/container/draft.h"
#include "engine/container/isolation.h"
#include "engine/container/limits.h"
#include "engine/container/mount_points.h"
#include "engine/container/schema.h"
#include "engine/host/image_layers.h"
#include "engine/host/paths.h"
#include "port/clock.h"

#define DEFAULT_STOP_TIMEOUT 30 /* seconds; Docker's on Windows */

void draft_free(draft *d)
{
    record_free(d->record);
    cJSON_Delete(d->config);
    string_list_free(&d->folders);
    string_list_free(&d->warnings);
    *d = (draft){0};
}

static bool add_folder(wcow_host *host, const char *chain, string_list *out)
{
    cleanup_free char *layers = path_of_layers(host);

    return layers && string_list_own(out, path_join(layers, chain));
}

wcow_status draft_folders(wcow_host *host, const image *source, const char *id, string_list *out,
                          wcow_error *err)
{
    cleanup_strings string_list chains = STRING_LIST_INIT;
    wcow_status status = layer_chain_ids(&source->config->diff_ids, &chains, err);

    if (status)
        return status;
    for (size_t n = chains.count; n-- > 0;) {
        if (!add_folder(host, chains.items[n], out))
            return error_no_memory(err);
    }
    return string_list_own(out, path_of_scratch(host, id)) ? WCOW_OK : error_no_memory(err);
}

static bool copy_list(const string_list *from, string_list *to)
{
    for (size_t i = 0; i < from->count; i++) {
        if (!string_list_add(to, from->items[i]))
            return false;
    }
    return true;
}

static bool add_given(const char *const *items, string_list *to)
{
    for (; items && *items; items++) {
        if (!string_list_add(to, *items))
            return false;
    }
    return true;
}

static const char *text_or(const char *given, const char *otherwise)
{
    return given && *given ? given : otherwise;
}

/* Each with the words for it that inspect shows. */
static bool add_mounts(record *r, const container_wish *wish, const string_list *paths)
{
    for (size_t i = 0; i < wish->mounts.count; i++) {
        const mount_spec *mount = &wish->mounts.items[i];
        string_list *list = &r->mounts;

        if (mount->origin == MOUNT_FROM_OPTION)
            list = &r->mount_options;
        else if (mount->origin == MOUNT_FROM_CONFIG)
            list = &r->volumes;
        if (!string_list_add(list, mount->given))
            return false;
    }
    for (size_t i = 0; i < paths->count; i++)
        if (!string_list_contains(&r->volumes, paths->items[i]) &&
            !string_list_add(&r->volumes, paths->items[i]))
            return false;
    r->volume_driver = text_copy(text_or(wish->spec.volume_driver, ""));
    return r->volume_driver && add_given(wish->spec.volumes_from, &r->volumes_from);
}

static bool fill_record(record *r, const container_wish *wish, const image *source,
                        const container_config *config, const char *id)
{
    const wcow_container_spec *spec = &wish->spec;

    r->id = text_copy(id);
    r->name = text_copy(spec->name ? spec->name : "");
    r->image = text_copy(spec->image);
    r->image_id = text_copy(source->record.id);
    r->os_version = text_copy(text_or(source->config->os_version, ""));
    r->created = clock_now();
    r->stop_timeout = spec->stop_timeout < 0 ? DEFAULT_STOP_TIMEOUT : spec->stop_timeout;
    r->tty = spec->tty;
    r->open_stdin = spec->open_stdin;
    r->auto_remove = spec->auto_remove;
    r->schema = wish->schema;
    r->nano_cpus = spec->nano_cpus;
    r->cpu_count = spec->cpu_count;
    r->cpu_percent = spec->cpu_percent;
    r->cpu_shares = spec->cpu_shares;
    r->io_bandwidth = spec->io_bandwidth;
    r->io_operations = spec->io_operations;
    r->restart_mode = wish->restart.mode;
    r->restart_maximum = wish->restart.maximum;
    r->args_escaped = config->args_escaped;
    r->domainname = text_copy(config->domainname);
    r->stop_signal = text_copy(config->stop_signal);
    r->log_driver = text_copy(text_or(spec->log_driver, "json-file"));
    return r->log_driver && add_given(spec->log_options, &r->log_options) &&
           add_mounts(r, wish, &source->config->volumes) &&
           add_given(spec->storage_options, &r->storage_options) &&
           add_given(spec->security_options, &r->security_options) &&
           add_given(spec->devices, &r->devices) && add_given(spec->dns_search, &r->dns_search) &&
           r->domainname && r->stop_signal && r->id && r->name && r->image && r->image_id &&
           r->os_version && copy_list(&config->command, &r->command) &&
           copy_list(&config->entrypoint, &r->entrypoint) &&
           copy_list(&config->arguments, &r->arguments) && copy_list(&config->labels, &r->labels) &&
           copy_list(&source->config->shell, &r->shell);
}

static wcow_status make_record(container_wish *wish, const image *source,
                               const container_config *config, wcow_isolation isolation,
                               const char *id, draft *out, wcow_error *err)
{
    cleanup_record record *r = calloc(1, sizeof *r);
    layer_id chain;
    wcow_status status = image_chain(source, chain, err);

    if (status)
        return status;
    if (!r || !fill_record(r, wish, source, config, id))
        return error_no_memory(err);
    status = health_merge(&wish->spec, &source->config->health, &r->health, err);
    if (status)
        return status;
    r->chain = text_copy(chain);
    if (!r->chain)
        return error_no_memory(err);
    r->isolation = isolation;
    status =
        network_wish_record(&wish->network, &wish->spec, source->config, r, &out->warnings, err);
    if (!status)
        out->record = TAKE(r);
    return status;
}

/* Of the service only a container of the host's own kernel can have them. */
static wcow_status check_devices(const container_wish *wish, wcow_isolation isolation,
                                 wcow_error *err)
{
    if (wish->devices.count && isolation == WCOW_ISOLATION_HYPERV)
        return error_set(err, WCOW_INVALID,
                         "device assignment is not supported for HyperV containers");
    return WCOW_OK;
}

/* "Named pipe support was added in RS3" (moby, docker_api_containers_windows_test.go). */
#define PIPES_SINCE 16299u

static wcow_status check_pipes(const wcow_host *host, const container_wish *wish, wcow_error *err)
{
    const uint32_t build = host->version.build;

    for (size_t i = 0; build && build < PIPES_SINCE && i < wish->mounts.count; i++) {
        if (wish->mounts.items[i].type != MOUNT_PIPE)
            continue;
        error_set(err, WCOW_UNSUPPORTED,
                  "'%s' cannot be mounted: named pipes need Windows of build %u (version 1709) or "
                  "later, and this is build %u",
                  wish->mounts.items[i].given, PIPES_SINCE, build);
        error_hint(err, "let the container connect to the host by its network instead.");
        return WCOW_UNSUPPORTED;
    }
    return WCOW_OK;
}

wcow_status draft_check(wcow_host *host, container_wish *wish, draft *out, wcow_error *err)
{
    const wcow_isolation isolation = isolation_resolve(host, wish->spec.isolation);
    wcow_status status =
        limits_settle(&wish->spec, isolation, host->processors, &out->warnings, err);

    if (!status)
        status = check_devices(wish, isolation, err);
    if (!status)
        status = check_pipes(host, wish, err);
    if (!status)
        status = credential_spec_read(host, wish->spec.security_options, &wish->credentials, err);
    return status ? status : schema_settle(host, wish, isolation, err);
}

/* From what was asked for to what there is to be. */
static wcow_status settle_mounts(wcow_host *host, container_wish *wish, const image *source,
                                 wcow_error *err)
{
    mount_list settled = MOUNT_LIST_INIT;
    wcow_status status = mount_points_settle(host, &wish->spec, &wish->mounts,
                                             &source->config->volumes, &settled, err);

    if (status)
        return status;
    mount_list_free(&wish->mounts);
    wish->mounts = settled;
    return WCOW_OK;
}

wcow_status draft_new(wcow_host *host, container_wish *wish, const image *source, const char *id,
                      draft *out, wcow_error *err)
{
    const wcow_container_spec *spec = &wish->spec;
    const wcow_isolation isolation = isolation_resolve(host, spec->isolation);
    cleanup_container_config container_config config = {0};
    cleanup_draft draft d = {.warnings = out->warnings};
    wcow_status status =
        isolation_check(host, isolation, spec->image, text_or(source->config->os_version, ""), err);

    out->warnings = (string_list)STRING_LIST_INIT; /* they are of the new one */
    if (!status)
        status = schema_follow(host, wish, isolation, err);
    if (!status)
        status = config_merge(spec, source->config, id, &config, err);
    if (!status)
        status = make_record(wish, source, &config, isolation, id, &d, err);
    if (!status)
        status = draft_folders(host, source, id, &d.folders, err);
    if (status)
        return status;
    status = settle_mounts(host, wish, source, err);
    if (status)
        return status;
    d.scratch_size = wish->storage_size;
    status = config_to_oci(&config, wish, isolation, host->processors,
                           (const char *const *)d.folders.items, &d.config, err);
    if (status)
        return status;
    d.record->points = wish->mounts;
    wish->mounts = (mount_list)MOUNT_LIST_INIT;
    *out = d;
    d = (draft){0};
    return WCOW_OK;
}
