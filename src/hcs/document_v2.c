/* SPDX-License-Identifier: MIT */
/*
 * Schema 2.1 for process isolation: the documents that containerd's shim sends, member by member.
 * Source: hcsshim internal/hcsoci/hcsdoc_wcow.go, internal/hcs/schema2, and documents captured from
 * its shim (tests/unit/hcs/data). Three things are not as in schema 1:
 *
 * - The network is a namespace of HCN, named here; which endpoints it has is between HNS and
 *   whoever put them there. Schema 2 has no list of endpoints (NetworkAdapters is in the schema,
 *   and no client is known to fill it), so one without a namespace is refused.
 * - The container's registry is changed on its way: Server Core would end what a signal was sent to
 *   after WaitToKillServiceTimeout, which is 5 s there, whatever its owner grants.
 * - Credentials are not in the document: the credential guard has them, which was asked before.
 */
#include <string.h>

#include "base/error.h"
#include "base/text.h"
#include "hcs/config_reader.h"
#include "hcs/document.h"
#include "hcs/process_document.h"
#include "oci/runtime_spec.h"

static wcow_status done(bool added, wcow_error *err)
{
    return added ? WCOW_OK : error_no_memory(err);
}

/* ---- storage ---- */

/* All folders but the last, which is the scratch; their ids came with the facts. */
static wcow_status add_layers(cJSON *storage, const cJSON *config, const system_facts *facts,
                              wcow_error *err)
{
    cleanup_strings string_list folders = STRING_LIST_INIT;
    cJSON *layers = cJSON_AddArrayToObject(storage, "Layers");
    wcow_status status = config_read_folders(config, &folders, err);

    if (status)
        return status;
    if (folders.count != facts->layer_count + 1)
        return config_refuse(err, "windows.layerFolders", "does not fit the layers of the image");
    for (size_t i = 0; i < facts->layer_count; i++) {
        cJSON *layer = cJSON_CreateObject();
        char id[GUID_TEXT_SIZE];

        guid_print(&facts->layers[i].id, id);
        if (!json_append(layers, layer) || !json_add_text(layer, "Id", id) ||
            !json_add_text(layer, "Path", folders.items[i]))
            return error_no_memory(err);
    }
    return WCOW_OK;
}

/* With the backslash at its end, which schema 1 must not have. */
static wcow_status add_volume(cJSON *storage, const cJSON *config, const system_facts *facts,
                              wcow_error *err)
{
    const char *volume = facts->volume_path ? facts->volume_path
                                            : json_text(json_member(config, "root"), "path", "");
    cleanup_free char *path = NULL;

    if (*volume == '\0')
        return config_refuse(err, "root.path", "is missing: the volume of the container");
    path = text_format("%s%s", volume, text_ends_with(volume, "\\") ? "" : "\\");
    return done(path && json_add_text(storage, "Path", path), err);
}

static bool add_number(cJSON *object, const char *name, uint64_t value)
{
    return !value || json_add_integer(object, name, (int64_t)value);
}

static wcow_status add_storage(cJSON *container, const cJSON *config, const system_facts *facts,
                               const config_limits *limits, wcow_error *err)
{
    cJSON *storage = cJSON_AddObjectToObject(container, "Storage");
    cJSON *quality;
    wcow_status status;

    if (!storage)
        return error_no_memory(err);
    status = add_layers(storage, config, facts, err);
    if (!status)
        status = add_volume(storage, config, facts, err);
    if (status || (!limits->iops && !limits->bandwidth))
        return status;
    quality = cJSON_AddObjectToObject(storage, "QoS");
    return done(quality && add_number(quality, "IopsMaximum", limits->iops) &&
                    add_number(quality, "BandwidthMaximum", limits->bandwidth),
                err);
}

/* ---- mounts ---- */

static bool add_directory(cJSON *container, const config_mount *mount)
{
    cJSON *directories = cJSON_GetObjectItemCaseSensitive(container, "MappedDirectories");
    cJSON *item = cJSON_CreateObject();

    if (!directories)
        directories = cJSON_AddArrayToObject(container, "MappedDirectories");
    return json_append(directories, item) && json_add_text(item, "HostPath", mount->source) &&
           json_add_text(item, "ContainerPath", mount->destination) &&
           (!mount->read_only || json_add_bool(item, "ReadOnly", true));
}

static bool add_pipe(cJSON *container, const config_mount *mount)
{
    cJSON *pipes = cJSON_GetObjectItemCaseSensitive(container, "MappedPipes");
    cJSON *item = cJSON_CreateObject();

    if (!pipes)
        pipes = cJSON_AddArrayToObject(container, "MappedPipes");
    return json_append(pipes, item) &&
           json_add_text(item, "ContainerPipeName", mount->destination) &&
           json_add_text(item, "HostPath", mount->source);
}

static wcow_status add_mounts(cJSON *container, const cJSON *config, wcow_error *err)
{
    const cJSON *entry;

    cJSON_ArrayForEach (entry, json_member(config, "mounts")) {
        config_mount mount;
        wcow_status status = config_read_mount(entry, &mount, err);

        if (status)
            return status;
        if (!(mount.pipe ? add_pipe : add_directory)(container, &mount))
            return error_no_memory(err);
    }
    return WCOW_OK;
}

/* ---- limits ---- */

/* The object is there without a limit, too. */
static wcow_status add_limits(cJSON *container, const config_limits *limits, wcow_error *err)
{
    cJSON *processor;
    cJSON *memory;

    if (!!limits->cpu_count + !!limits->cpu_maximum + !!limits->cpu_weight > 1)
        return config_refuse(err, "windows.resources.cpu",
                             "has more than one of count, maximum and shares, of which schema 2 "
                             "takes one");
    processor = cJSON_AddObjectToObject(container, "Processor");
    if (!processor || !add_number(processor, "Count", limits->cpu_count) ||
        !add_number(processor, "Maximum", limits->cpu_maximum) ||
        !add_number(processor, "Weight", limits->cpu_weight))
        return error_no_memory(err);
    if (!limits->memory)
        return WCOW_OK;
    memory = cJSON_AddObjectToObject(container, "Memory");
    return done(memory && add_number(memory, "SizeInMB", limits->memory), err);
}

/* ---- network ---- */

static wcow_status check_endpoints(const cJSON *network, const char *space, wcow_error *err)
{
    cleanup_strings string_list endpoints = STRING_LIST_INIT;

    if (!json_strings(network, "endpointList", &endpoints))
        return config_refuse(err, "windows.network.endpointList", "is not a list of ids");
    if (endpoints.count && !*space)
        return config_refuse(err, "windows.network.endpointList",
                             "needs a networkNamespace that its endpoints are in, with schema 2");
    return WCOW_OK;
}

static wcow_status add_network(cJSON *container, const cJSON *config, const system_facts *facts,
                               wcow_error *err)
{
    const cJSON *network = json_path(config, "windows.network");
    const char *space = facts->network_namespace ? facts->network_namespace
                                                 : json_text(network, "networkNamespace", "");
    const char *shared = json_text(network, "networkSharedContainerName", "");
    cleanup_text text domains = TEXT_INIT;
    cJSON *networking;
    wcow_status status = check_endpoints(network, space, err);

    if (!status)
        status = config_read_dns_search(network, &domains, err);
    if (status || (!cJSON_IsObject(network) && !*space))
        return status;
    networking = cJSON_AddObjectToObject(container, "Networking");
    return done(
        networking &&
            (!json_bool(network, "allowUnqualifiedDNSQuery", false) ||
             json_add_bool(networking, "AllowUnqualifiedDnsQuery", true)) &&
            (!domains.length || json_add_text(networking, "DnsSearchList", text_get(&domains))) &&
            (!*shared || json_add_text(networking, "NetworkSharedContainerName", shared)) &&
            (!*space || json_add_text(networking, "Namespace", space)),
        err);
}

/* ---- the rest ---- */

static wcow_status add_credentials(cJSON *container, const cJSON *config, const system_facts *facts,
                                   wcow_error *err)
{
    const char *credentials = json_text(json_member(config, "windows"), "credentialSpec", "");

    if (*credentials == '\0')
        return WCOW_OK;
    if (!facts->credential_guard)
        return error_set(err, WCOW_UNSUPPORTED,
                         "with schema 2 credentials need the credential guard, which was not "
                         "asked; take schema 1");
    return done(json_add(container, "ContainerCredentialGuard",
                         cJSON_Duplicate(facts->credential_guard, true)),
                err);
}

static wcow_status add_devices(cJSON *container, const cJSON *config, wcow_error *err)
{
    const cJSON *device;
    cJSON *assigned = NULL;

    cJSON_ArrayForEach (device, json_path(config, "windows.devices")) {
        const char *id = json_text(device, "id", "");
        cJSON *item = cJSON_CreateObject();
        bool added;

        if (!assigned)
            assigned = cJSON_AddArrayToObject(container, "AssignedDevices");
        if (!json_append(assigned, item))
            return error_no_memory(err);
        if (config_device_is_class(device))
            added = json_add_text(item, "InterfaceClassGuid", id);
        else if (text_equal(json_text(device, "idType", ""), "vpci-location-path"))
            added = json_add_text(item, "Type", "DeviceInstance") &&
                    json_add_text(item, "LocationPath", id);
        else
            return config_refuse(err, "windows.devices[].idType",
                                 "must be 'class' or 'vpci-location-path'");
        if (!added)
            return error_no_memory(err);
    }
    return WCOW_OK;
}

/* As long as the service counts, in milliseconds: whoever stops the container says how long. */
static bool add_patience(cJSON *container)
{
    cJSON *changes = cJSON_AddObjectToObject(container, "RegistryChanges");
    cJSON *values = changes ? cJSON_AddArrayToObject(changes, "AddValues") : NULL;
    cJSON *value = cJSON_CreateObject();
    cJSON *key;

    if (!json_append(values, value))
        return false;
    key = cJSON_AddObjectToObject(value, "Key");
    return key && json_add_text(key, "Hive", "System") &&
           json_add_text(key, "Name", "ControlSet001\\Control") &&
           json_add_text(value, "Name", "WaitToKillServiceTimeout") &&
           json_add_text(value, "Type", "String") &&
           json_add_text(value, "StringValue", "2147483647");
}

static wcow_status add_guest(cJSON *container, const cJSON *config, wcow_error *err)
{
    const char *hostname = json_text(config, "hostname", "");
    cJSON *guest;

    if (*hostname == '\0')
        return WCOW_OK;
    guest = cJSON_AddObjectToObject(container, "GuestOs");
    return done(guest && json_add_text(guest, "HostName", hostname), err);
}

/* ---- the system ---- */

static wcow_status check(const cJSON *config, const system_facts *facts, wcow_error *err)
{
    if (facts->build && facts->build < SCHEMA_V2_BUILD)
        return error_set(err, WCOW_UNSUPPORTED,
                         "documents of schema 2 need Windows build %d (Server 2019) or later, and "
                         "this is build %u; take schema 1",
                         SCHEMA_V2_BUILD, facts->build);
    if (oci_config_is_hyperv(config))
        return error_set(err, WCOW_UNSUPPORTED,
                         "with schema 2 a container has process isolation; for Hyper-V isolation "
                         "take schema 1");
    return config_check(config, err);
}

static wcow_status fill_container(cJSON *container, const cJSON *config, const system_facts *facts,
                                  wcow_error *err)
{
    config_limits limits;
    wcow_status status = config_read_limits(config, facts->processors, &limits, err);

    if (!status)
        status = add_guest(container, config, err);
    if (!status)
        status = add_storage(container, config, facts, &limits, err);
    if (!status)
        status = add_mounts(container, config, err);
    if (!status)
        status = add_limits(container, &limits, err);
    if (!status)
        status = add_network(container, config, facts, err);
    if (!status)
        status = add_credentials(container, config, facts, err);
    if (!status)
        status = add_devices(container, config, err);
    return status ? status : done(add_patience(container), err);
}

static bool add_head(cJSON *document, const system_facts *facts)
{
    cJSON *version;

    if (!json_add_text(document, "Owner", facts->owner))
        return false;
    version = cJSON_AddObjectToObject(document, "SchemaVersion");
    return version && json_add_integer(version, "Major", 2) &&
           json_add_integer(version, "Minor", 1) &&
           (!facts->terminate_on_last_handle_closed ||
            json_add_bool(document, "ShouldTerminateOnLastHandleClosed", true));
}

static wcow_status system_document(const cJSON *config, const system_facts *facts, cJSON **out,
                                   wcow_error *err)
{
    cleanup_json cJSON *document = cJSON_CreateObject();
    cJSON *container;
    wcow_status status = check(config, facts, err);

    if (status)
        return status;
    if (!document || !add_head(document, facts))
        return error_no_memory(err);
    container = cJSON_AddObjectToObject(document, "Container");
    status = container ? fill_container(container, config, facts, err) : error_no_memory(err);
    if (status)
        return status;

    *out = TAKE(document);
    return WCOW_OK;
}

static wcow_status process_document(const cJSON *process, const process_streams *streams,
                                    cJSON **out, wcow_error *err)
{
    static const process_dialect hcsshim = {.always_sizes_console = false,
                                            .keeps_empty_variables = false};

    return process_document_write(&hcsshim, process, streams, out, err);
}

const document_builder document_v2 = {.system = system_document, .process = process_document};
