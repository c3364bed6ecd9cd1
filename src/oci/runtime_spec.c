/* SPDX-License-Identifier: MIT */
/* Building the OCI runtime configuration of a Windows container. */
#include "oci/runtime_spec.h"

#include "base/error.h"

static bool has_items(const char *const *list)
{
    return list && list[0];
}

/* Zero is "not set" for every number here. */
static bool add_number(cJSON *object, const char *name, uint64_t value)
{
    return value == 0 || json_add_integer(object, name, (int64_t)value);
}

static bool add_list(cJSON *object, const char *name, const char *const *list)
{
    return !has_items(list) || json_add_strings(object, name, list);
}

/* Adds an object unless it is empty; owns it from then on. */
static bool add_object(cJSON *object, const char *name, cJSON *value)
{
    if (value && !value->child) {
        cJSON_Delete(value);
        return true;
    }
    return json_add(object, name, value);
}

static bool fill_process(cJSON *object, const oci_process *process)
{
    cJSON *user = cJSON_CreateObject();
    cJSON *console = NULL;

    if (!user || !json_add(object, "user", user) ||
        !json_add_text(user, "username", process->username ? process->username : ""))
        return false;
    if (process->height || process->width) {
        console = cJSON_CreateObject();
        if (!console || !json_add(object, "consoleSize", console) ||
            !json_add_integer(console, "height", process->height) ||
            !json_add_integer(console, "width", process->width))
            return false;
    }
    return json_add_bool(object, "terminal", process->terminal) &&
           add_list(object, "args", process->args) &&
           json_add_text(object, "commandLine", process->command_line) &&
           add_list(object, "env", process->env) &&
           json_add_text(object, "cwd", process->cwd ? process->cwd : "");
}

wcow_status oci_process_new(const oci_process *process, cJSON **out, wcow_error *err)
{
    cleanup_json cJSON *object = cJSON_CreateObject();

    if (!object || !fill_process(object, process))
        return error_no_memory(err);
    *out = TAKE(object);
    return WCOW_OK;
}

static bool add_mounts(cJSON *object, const oci_config *config)
{
    cJSON *mounts = config->mount_count ? cJSON_AddArrayToObject(object, "mounts") : NULL;

    for (size_t i = 0; i < config->mount_count; i++) {
        static const char *const read_only[] = {"ro", NULL};
        const oci_mount *mount = &config->mounts[i];
        cJSON *item = cJSON_CreateObject();

        if (!json_append(mounts, item) || !json_add_text(item, "destination", mount->destination) ||
            !json_add_text(item, "source", mount->source) ||
            (mount->read_only && !json_add_strings(item, "options", read_only)))
            return false;
    }
    return true;
}

static bool fill_resources(cJSON *memory, cJSON *cpu, cJSON *storage, const oci_config *config)
{
    return add_number(memory, "limit", config->memory_limit) &&
           add_number(cpu, "count", config->cpu_count) &&
           add_number(cpu, "shares", config->cpu_shares) &&
           add_number(cpu, "maximum", config->cpu_maximum) &&
           add_number(storage, "iops", config->storage_iops) &&
           add_number(storage, "bps", config->storage_bps) &&
           add_number(storage, "sandboxSize", config->storage_size);
}

static bool add_resources(cJSON *windows, const oci_config *config)
{
    cleanup_json cJSON *resources = cJSON_CreateObject();
    cleanup_json cJSON *memory = cJSON_CreateObject();
    cleanup_json cJSON *cpu = cJSON_CreateObject();
    cleanup_json cJSON *storage = cJSON_CreateObject();

    return resources && memory && cpu && storage && fill_resources(memory, cpu, storage, config) &&
           add_object(resources, "memory", TAKE(memory)) &&
           add_object(resources, "cpu", TAKE(cpu)) &&
           add_object(resources, "storage", TAKE(storage)) &&
           add_object(windows, "resources", TAKE(resources));
}

static bool add_network(cJSON *windows, const oci_config *config)
{
    cleanup_json cJSON *network = cJSON_CreateObject();

    return network && add_list(network, "endpointList", config->endpoints) &&
           (!config->allow_unqualified_dns_query ||
            json_add_bool(network, "allowUnqualifiedDNSQuery", true)) &&
           add_list(network, "DNSSearchList", config->dns_search) &&
           json_add_text(network, "networkSharedContainerName", config->network_container) &&
           add_object(windows, "network", TAKE(network));
}

static bool add_devices(cJSON *windows, const char *const *classes)
{
    cJSON *devices = has_items(classes) ? cJSON_AddArrayToObject(windows, "devices") : NULL;

    for (; has_items(classes); classes++) {
        cJSON *device = cJSON_CreateObject();

        if (!json_append(devices, device) || !json_add_text(device, "id", *classes) ||
            !json_add_text(device, "idType", "class"))
            return false;
    }
    return true;
}

static bool add_hyperv(cJSON *windows, const oci_config *config)
{
    cJSON *hyperv;

    if (!config->hyperv)
        return true;
    hyperv = cJSON_AddObjectToObject(windows, "hyperv");
    return hyperv && json_add_text(hyperv, "utilityVMPath", config->utility_vm);
}

static bool fill_windows(cJSON *windows, const oci_config *config)
{
    static const char *const none[] = {NULL};

    return json_add_strings(windows, "layerFolders",
                            config->layer_folders ? config->layer_folders : none) &&
           add_devices(windows, config->device_classes) && add_resources(windows, config) &&
           json_add_text(windows, "credentialSpec", config->credential_spec) &&
           (!config->ignore_flushes_during_boot ||
            json_add_bool(windows, "ignoreFlushesDuringBoot", true)) &&
           add_hyperv(windows, config) && add_network(windows, config);
}

static bool fill_config(cJSON *object, const oci_config *config)
{
    cJSON *process, *windows;

    if (!json_add_text(object, "ociVersion", "1.0.2"))
        return false;
    process = cJSON_AddObjectToObject(object, "process");
    if (!process || !fill_process(process, &config->process) ||
        !cJSON_AddObjectToObject(object, "root") ||
        !json_add_text(object, "hostname", config->hostname) || !add_mounts(object, config))
        return false;
    windows = cJSON_AddObjectToObject(object, "windows");
    return windows && fill_windows(windows, config);
}

wcow_status oci_config_new(const oci_config *config, cJSON **out, wcow_error *err)
{
    cleanup_json cJSON *object = NULL;

    if (config->cpu_shares > 10000 || config->cpu_maximum > 10000)
        return error_set(err, WCOW_INVALID, "cpu %s is %u: it goes from 1 to 10000",
                         config->cpu_shares > 10000 ? "shares" : "maximum",
                         config->cpu_shares > 10000 ? config->cpu_shares : config->cpu_maximum);

    object = cJSON_CreateObject();
    if (!object || !fill_config(object, config))
        return error_no_memory(err);
    *out = TAKE(object);
    return WCOW_OK;
}

/* The object `name` of an object, made if it is not there. */
static cJSON *member_object(cJSON *object, const char *name)
{
    cJSON *member = cJSON_GetObjectItemCaseSensitive(object, name);

    if (cJSON_IsObject(member))
        return member;
    cJSON_DeleteItemFromObjectCaseSensitive(object, name);
    return cJSON_AddObjectToObject(object, name);
}

wcow_status oci_config_set_limits(cJSON *config, const oci_config *limits, wcow_error *err)
{
    cJSON *windows = member_object(config, "windows");
    const cJSON *storage = json_path(windows, "resources.storage");
    oci_config wanted = *limits;

    wanted.storage_size = (uint64_t)json_integer(storage, "sandboxSize", 0);
    cJSON_DeleteItemFromObjectCaseSensitive(windows, "resources");
    return windows && add_resources(windows, &wanted) ? WCOW_OK : error_no_memory(err);
}

wcow_status oci_config_set_network(cJSON *config, const char *const *endpoints,
                                   const char *container, bool allow_unqualified_dns_query,
                                   wcow_error *err)
{
    cJSON *windows = member_object(config, "windows");
    cJSON *network = windows ? member_object(windows, "network") : NULL;

    if (!network)
        return error_no_memory(err);
    cJSON_DeleteItemFromObjectCaseSensitive(network, "endpointList");
    cJSON_DeleteItemFromObjectCaseSensitive(network, "allowUnqualifiedDNSQuery");
    cJSON_DeleteItemFromObjectCaseSensitive(network, "networkSharedContainerName");
    if (!add_list(network, "endpointList", endpoints) ||
        !json_add_text(network, "networkSharedContainerName", container) ||
        (allow_unqualified_dns_query && !json_add_bool(network, "allowUnqualifiedDNSQuery", true)))
        return error_no_memory(err);
    if (!network->child)
        cJSON_DeleteItemFromObjectCaseSensitive(windows, "network");
    return WCOW_OK;
}

wcow_status oci_config_set_first_start(cJSON *config, bool first, wcow_error *err)
{
    cJSON *windows = member_object(config, "windows");

    if (!windows)
        return error_no_memory(err);
    cJSON_DeleteItemFromObjectCaseSensitive(windows, "ignoreFlushesDuringBoot");
    if (first && !json_add_bool(windows, "ignoreFlushesDuringBoot", true))
        return error_no_memory(err);
    return WCOW_OK;
}

bool oci_config_is_hyperv(const cJSON *config)
{
    return cJSON_IsObject(json_path(config, "windows.hyperv"));
}
