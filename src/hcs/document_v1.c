/* SPDX-License-Identifier: MIT */
/*
 * Schema 1: the documents that Docker's engine sends. A member stands in a document only where the
 * reference clients have it: HCS tells "0" and "not there" apart, and refuses what it does not
 * know. Source: hcsshim internal/hcs/schema1, internal/hcsoci/hcsdoc_wcow.go, moby
 * daemon/internal/libcontainerd/local/local_windows.go, and documents captured from both
 * (tests/unit/hcs/data).
 */
#include <string.h>

#include "base/error.h"
#include "base/text.h"
#include "hcs/config_reader.h"
#include "hcs/document.h"
#include "hcs/process_document.h"
#include "oci/runtime_spec.h"

static wcow_status add_limits(cJSON *document, const cJSON *config, const system_facts *facts,
                              wcow_error *err)
{
    config_limits limits = {0};
    wcow_status status = config_read_limits(config, facts->processors, &limits, err);
    const struct {
        const char *name;
        uint64_t value;
    } members[] = {
        {"ProcessorCount", limits.cpu_count},          {"ProcessorWeight", limits.cpu_weight},
        {"ProcessorMaximum", limits.cpu_maximum},      {"StorageIOPSMaximum", limits.iops},
        {"StorageBandwidthMaximum", limits.bandwidth}, {"MemoryMaximumInMB", limits.memory},
    };

    if (status)
        return status;
    for (size_t i = 0; i < sizeof(members) / sizeof(members[0]); i++) {
        if (members[i].value &&
            !json_add_integer(document, members[i].name, (int64_t)members[i].value))
            return error_no_memory(err);
    }
    return WCOW_OK;
}

/* All folders but the last, which is the scratch; their ids came with the facts. */
static wcow_status add_layers(cJSON *document, const string_list *folders,
                              const system_facts *facts, wcow_error *err)
{
    cJSON *layers = cJSON_AddArrayToObject(document, "Layers");

    if (folders->count != facts->layer_count + 1)
        return config_refuse(err, "windows.layerFolders", "does not fit the layers of the image");
    for (size_t i = 0; i < facts->layer_count; i++) {
        cJSON *layer = cJSON_CreateObject();
        char id[GUID_TEXT_SIZE];

        guid_print(&facts->layers[i].id, id);
        if (!json_append(layers, layer) || !json_add_text(layer, "ID", id) ||
            !json_add_text(layer, "Path", folders->items[i]))
            return error_no_memory(err);
    }
    return WCOW_OK;
}

/* HCS wants the volume without the backslash at its end, which GetLayerMountPath puts there. */
static wcow_status add_volume(cJSON *document, const cJSON *config, const system_facts *facts,
                              wcow_error *err)
{
    const char *volume = facts->volume_path;
    cleanup_free char *stripped = NULL;
    size_t length;

    if (!volume)
        volume = json_text(json_member(config, "root"), "path", "");
    length = strlen(volume);
    if (length == 0)
        return config_refuse(err, "root.path", "is missing: the volume of the container");
    if (volume[length - 1] == '\\')
        length--;
    stripped = text_copy_bytes(volume, length);
    if (!stripped || !json_add_text(document, "VolumePath", stripped))
        return error_no_memory(err);
    return WCOW_OK;
}

static bool add_directory(cJSON *directories, const char *source, const char *destination,
                          bool read_only)
{
    cJSON *item = cJSON_CreateObject();

    return json_append(directories, item) && json_add_text(item, "HostPath", source) &&
           json_add_text(item, "ContainerPath", destination) &&
           json_add_bool(item, "ReadOnly", read_only) &&
           json_add_integer(item, "BandwidthMaximum", 0) &&
           json_add_integer(item, "IOPSMaximum", 0) &&
           json_add_bool(item, "CreateInUtilityVM", false);
}

static bool add_pipe(cJSON *pipes, const char *source, const char *name)
{
    cJSON *item = cJSON_CreateObject();

    return json_append(pipes, item) && json_add_text(item, "HostPath", source) &&
           json_add_text(item, "ContainerPipeName", name);
}

static wcow_status add_mount(cJSON *directories, cJSON *pipes, const cJSON *entry, wcow_error *err)
{
    config_mount mount;
    wcow_status status = config_read_mount(entry, &mount, err);
    bool added;

    if (status)
        return status;
    added = mount.pipe
                ? add_pipe(pipes, mount.source, mount.destination)
                : add_directory(directories, mount.source, mount.destination, mount.read_only);
    return added ? WCOW_OK : error_no_memory(err);
}

static bool add_unless_empty(cJSON *document, const char *name, cJSON *array)
{
    if (array->child)
        return json_add(document, name, array);
    cJSON_Delete(array);
    return true;
}

static wcow_status add_mounts(cJSON *document, const cJSON *config, wcow_error *err)
{
    cleanup_json cJSON *directories = cJSON_CreateArray();
    cleanup_json cJSON *pipes = cJSON_CreateArray();
    const cJSON *mount;

    if (!directories || !pipes)
        return error_no_memory(err);
    cJSON_ArrayForEach (mount, json_member(config, "mounts")) {
        wcow_status status = add_mount(directories, pipes, mount, err);

        if (status)
            return status;
    }
    if (!add_unless_empty(document, "MappedDirectories", TAKE(directories)) ||
        !add_unless_empty(document, "MappedPipes", TAKE(pipes)))
        return error_no_memory(err);
    return WCOW_OK;
}

static wcow_status add_runtime(cJSON *document, const cJSON *config, const system_facts *facts,
                               wcow_error *err)
{
    const char *image = facts->utility_vm;
    cJSON *runtime;

    if (*json_text(json_member(config, "root"), "path", ""))
        return config_refuse(err, "root.path", "must not be set for Hyper-V isolation");
    if (!image)
        image = json_text(json_path(config, "windows.hyperv"), "utilityVMPath", "");
    if (*image == '\0')
        return error_set(err, WCOW_UNSUPPORTED,
                         "no layer of the image has a utility VM, which Hyper-V isolation boots");
    runtime = cJSON_AddObjectToObject(document, "HvRuntime");
    return runtime && json_add_text(runtime, "ImagePath", image) ? WCOW_OK : error_no_memory(err);
}

static wcow_status add_dns_search(cJSON *document, const cJSON *network, wcow_error *err)
{
    cleanup_text text joined = TEXT_INIT;
    wcow_status status = config_read_dns_search(network, &joined, err);

    if (status)
        return status;
    return !joined.length || json_add_text(document, "DNSSearchList", text_get(&joined))
               ? WCOW_OK
               : error_no_memory(err);
}

static wcow_status add_network(cJSON *document, const cJSON *config, wcow_error *err)
{
    const cJSON *network = json_path(config, "windows.network");
    const char *shared = json_text(network, "networkSharedContainerName", "");
    cleanup_strings string_list endpoints = STRING_LIST_INIT;

    if (!json_strings(network, "endpointList", &endpoints))
        return config_refuse(err, "windows.network.endpointList", "is not a list of ids");
    if ((*shared && !json_add_text(document, "NetworkSharedContainerName", shared)) ||
        (endpoints.count &&
         !json_add_strings(document, "EndpointList", (const char *const *)endpoints.items)) ||
        (json_bool(network, "allowUnqualifiedDNSQuery", false) &&
         !json_add_bool(document, "AllowUnqualifiedDNSQuery", true)))
        return error_no_memory(err);
    return add_dns_search(document, network, err);
}

static wcow_status add_devices(cJSON *document, const cJSON *config, wcow_error *err)
{
    const cJSON *devices = json_path(config, "windows.devices");
    const cJSON *device;
    cJSON *assigned = NULL;

    cJSON_ArrayForEach (device, devices) {
        cJSON *item;

        if (oci_config_is_hyperv(config))
            return config_refuse(err, "windows.devices",
                                 "cannot be assigned with Hyper-V isolation");
        if (!config_device_is_class(device))
            return config_refuse(err, "windows.devices[].idType", "must be 'class'");
        if (!assigned)
            assigned = cJSON_AddArrayToObject(document, "AssignedDevices");
        item = cJSON_CreateObject();
        if (!json_append(assigned, item) ||
            !json_add_text(item, "InterfaceClassGuid", json_text(device, "id", "")))
            return error_no_memory(err);
    }
    return WCOW_OK;
}

static wcow_status add_head(cJSON *document, const cJSON *config, const system_facts *facts,
                            wcow_error *err)
{
    const cJSON *windows = json_member(config, "windows");
    const char *credentials = json_text(windows, "credentialSpec", "");
    const char *hostname = json_text(config, "hostname", "");
    wcow_status status = config_check(config, err);

    if (status)
        return status;
    if (!json_add_text(document, "SystemType", "Container") ||
        !json_add_text(document, "Name", facts->id) ||
        !json_add_text(document, "Owner", facts->owner) ||
        (json_bool(windows, "ignoreFlushesDuringBoot", false) &&
         !json_add_bool(document, "IgnoreFlushesDuringBoot", true)) ||
        (*credentials && !json_add_text(document, "Credentials", credentials)) ||
        (*hostname && !json_add_text(document, "HostName", hostname)) ||
        !json_add_bool(document, "HvPartition", oci_config_is_hyperv(config)) ||
        (facts->terminate_on_last_handle_closed &&
         !json_add_bool(document, "TerminateOnLastHandleClosed", true)))
        return error_no_memory(err);
    return WCOW_OK;
}

static wcow_status add_storage(cJSON *document, const cJSON *config, const system_facts *facts,
                               wcow_error *err)
{
    cleanup_strings string_list folders = STRING_LIST_INIT;
    wcow_status status = config_read_folders(config, &folders, err);

    if (!status && !json_add_text(document, "LayerFolderPath", folders.items[folders.count - 1]))
        status = error_no_memory(err);
    if (!status)
        status = add_layers(document, &folders, facts, err);
    if (!status)
        status = oci_config_is_hyperv(config) ? add_runtime(document, config, facts, err)
                                              : add_volume(document, config, facts, err);
    return status;
}

static wcow_status system_document(const cJSON *config, const system_facts *facts, cJSON **out,
                                   wcow_error *err)
{
    cleanup_json cJSON *document = cJSON_CreateObject();
    wcow_status status;

    if (!document)
        return error_no_memory(err);
    status = add_head(document, config, facts, err);
    if (!status)
        status = add_storage(document, config, facts, err);
    if (!status)
        status = add_limits(document, config, facts, err);
    if (!status)
        status = add_mounts(document, config, err);
    if (!status)
        status = add_network(document, config, err);
    if (!status)
        status = add_devices(document, config, err);
    if (status)
        return status;

    *out = TAKE(document);
    return WCOW_OK;
}

static wcow_status process_document(const cJSON *process, const process_streams *streams,
                                    cJSON **out, wcow_error *err)
{
    static const process_dialect docker = {.always_sizes_console = true,
                                           .keeps_empty_variables = true};

    return process_document_write(&docker, process, streams, out, err);
}

const document_builder document_v1 = {.system = system_document, .process = process_document};
