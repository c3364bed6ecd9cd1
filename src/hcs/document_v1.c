/* SPDX-License-Identifier: MIT */
/*
 * Schema 1: the documents that Docker's engine sends. A member stands in a document only where the
 * reference clients have it: HCS tells "0" and "not there" apart, and refuses what it does not
 * know. Source: hcsshim internal/hcs/schema1, internal/hcsoci/hcsdoc_wcow.go, moby
 * daemon/internal/libcontainerd/local/local_windows.go, and documents captured from both
 * (tests/unit/hcs/data).
 */
#include <string.h>

#include "base/command_line.h"
#include "base/error.h"
#include "base/text.h"
#include "hcs/document.h"
#include "oci/runtime_spec.h"

static const char pipe_prefix[] = "\\\\.\\pipe\\";

static wcow_status invalid(wcow_error *err, const char *member, const char *why)
{
    return error_set(err, WCOW_INVALID, "config.json: %s %s", member, why);
}

/* ---- the system ---- */

/* A whole number that is not negative; 0 if it is not there. */
static wcow_status read_number(const cJSON *config, const char *path, uint64_t most, uint64_t *out,
                               wcow_error *err)
{
    const cJSON *member = json_path(config, path);
    const char *name = strrchr(path, '.') + 1;
    cleanup_free char *parent = text_copy_bytes(path, (size_t)(name - 1 - path));
    int64_t value = 0;

    if (!parent)
        return error_no_memory(err);
    if (member && !cJSON_IsNull(member)) {
        value = json_integer(json_path(config, parent), name, -1);
        if (value < 0 || (uint64_t)value > most)
            return invalid(err, path, "is not a whole number in its range");
    }
    *out = (uint64_t)value;
    return WCOW_OK;
}

/* Limits: what the configuration calls it, what HCS calls it. */
static const struct limit {
    const char *path;
    const char *name;
    uint64_t most;
    uint64_t unit;
} limits[] = {
    {"windows.resources.cpu.count", "ProcessorCount", UINT32_MAX, 1},
    {"windows.resources.cpu.shares", "ProcessorWeight", 10000, 1},
    {"windows.resources.cpu.maximum", "ProcessorMaximum", 10000, 1},
    {"windows.resources.storage.iops", "StorageIOPSMaximum", INT64_MAX, 1},
    {"windows.resources.storage.bps", "StorageBandwidthMaximum", INT64_MAX, 1},
    {"windows.resources.memory.limit", "MemoryMaximumInMB", INT64_MAX, 1024 * 1024},
};

static wcow_status add_limits(cJSON *document, const cJSON *config, const system_facts *facts,
                              wcow_error *err)
{
    for (size_t i = 0; i < sizeof(limits) / sizeof(limits[0]); i++) {
        const struct limit *limit = &limits[i];
        uint64_t value = 0;
        wcow_status status = read_number(config, limit->path, limit->most, &value, err);

        if (status)
            return status;
        value /= limit->unit;
        if (text_equal(limit->name, "ProcessorCount") && facts->processors &&
            value > facts->processors)
            value = facts->processors;
        if (value && !json_add_integer(document, limit->name, (int64_t)value))
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
        return invalid(err, "windows.layerFolders", "does not fit the layers of the image");
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

static wcow_status read_folders(const cJSON *config, string_list *folders, wcow_error *err)
{
    if (!json_strings(json_member(config, "windows"), "layerFolders", folders))
        return invalid(err, "windows.layerFolders", "is not a list of folders");
    if (folders->count < 2)
        return invalid(err, "windows.layerFolders",
                       "needs at least two folders: a layer and the scratch");
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
        return invalid(err, "root.path", "is missing: the volume of the container");
    if (volume[length - 1] == '\\')
        length--;
    stripped = text_copy_bytes(volume, length);
    if (!stripped || !json_add_text(document, "VolumePath", stripped))
        return error_no_memory(err);
    return WCOW_OK;
}

static bool is_read_only(const cJSON *mount)
{
    const cJSON *option;

    cJSON_ArrayForEach (option, json_member(mount, "options")) {
        if (cJSON_IsString(option) && text_equal_ignore_case(option->valuestring, "ro"))
            return true;
    }
    return false;
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

static bool is_pipe(const char *path)
{
    char start[sizeof(pipe_prefix)];

    if (strlen(path) < sizeof(start) - 1)
        return false;
    memcpy(start, path, sizeof(start) - 1);
    start[sizeof(start) - 1] = '\0';
    return text_equal_ignore_case(start, pipe_prefix);
}

static wcow_status add_mount(cJSON *directories, cJSON *pipes, const cJSON *mount, wcow_error *err)
{
    const char *source = json_text(mount, "source", "");
    const char *destination = json_text(mount, "destination", "");
    bool added;

    if (*json_text(mount, "type", ""))
        return invalid(err, "mounts[].type", "must not be set for Windows");
    if (*source == '\0' || *destination == '\0')
        return invalid(err, "mounts[]", "needs a source and a destination");

    if (is_pipe(destination))
        added = add_pipe(pipes, source, destination + sizeof(pipe_prefix) - 1);
    else
        added = add_directory(directories, source, destination, is_read_only(mount));
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
        return invalid(err, "root.path", "must not be set for Hyper-V isolation");
    if (!image)
        image = json_text(json_path(config, "windows.hyperv"), "utilityVMPath", "");
    if (*image == '\0')
        return error_set(err, WCOW_UNSUPPORTED,
                         "no layer of the image has a utility VM, which Hyper-V isolation boots");
    runtime = cJSON_AddObjectToObject(document, "HvRuntime");
    return runtime && json_add_text(runtime, "ImagePath", image) ? WCOW_OK : error_no_memory(err);
}

/* HCS takes one text, with commas between. */
static wcow_status add_dns_search(cJSON *document, const cJSON *network, wcow_error *err)
{
    cleanup_strings string_list domains = STRING_LIST_INIT;
    cleanup_text text joined = TEXT_INIT;

    if (!json_strings(network, "DNSSearchList", &domains))
        return invalid(err, "windows.network.DNSSearchList", "is not a list of texts");
    for (size_t i = 0; i < domains.count; i++) {
        if (i)
            text_add_char(&joined, ',');
        text_add(&joined, domains.items[i]);
    }
    if (joined.failed ||
        (joined.length && !json_add_text(document, "DNSSearchList", text_get(&joined))))
        return error_no_memory(err);
    return WCOW_OK;
}

static wcow_status add_network(cJSON *document, const cJSON *config, wcow_error *err)
{
    const cJSON *network = json_path(config, "windows.network");
    const char *shared = json_text(network, "networkSharedContainerName", "");
    cleanup_strings string_list endpoints = STRING_LIST_INIT;

    if (!json_strings(network, "endpointList", &endpoints))
        return invalid(err, "windows.network.endpointList", "is not a list of ids");
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
        const char *type = json_text(device, "idType", "");
        cJSON *item;

        if (oci_config_is_hyperv(config))
            return invalid(err, "windows.devices", "cannot be assigned with Hyper-V isolation");
        if (!text_equal(type, "class") && !text_equal(type, "vpci-class-guid"))
            return invalid(err, "windows.devices[].idType", "must be 'class'");
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

    if (!cJSON_IsObject(windows))
        return invalid(err, "windows", "is missing: this is no Windows container");
    if (json_bool(json_member(config, "root"), "readonly", false))
        return invalid(err, "root.readonly", "cannot be had with Windows");

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
    wcow_status status = read_folders(config, &folders, err);

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

/* ---- a process ---- */

/* commandLine as it is, else args quoted and joined. */
static wcow_status add_command(cJSON *document, const cJSON *process, wcow_error *err)
{
    cleanup_strings string_list arguments = STRING_LIST_INIT;
    cleanup_free char *line = text_copy(json_text(process, "commandLine", ""));

    if (!json_strings(process, "args", &arguments))
        return error_set(err, WCOW_INVALID, "config.json: process.args is not a list of texts");
    if (line && *line == '\0' && arguments.count) {
        free(line);
        line = command_line_join((const char *const *)arguments.items);
    }
    if (!line)
        return error_no_memory(err);
    if (*line == '\0')
        return error_set(err, WCOW_INVALID, "no command was given, and the image has none");
    return json_add_text(document, "CommandLine", line) ? WCOW_OK : error_no_memory(err);
}

static bool set_variable(cJSON *environment, const char *entry)
{
    const char *equals = strchr(entry, '=');
    cleanup_free char *name = NULL;

    /* Windows' own "=C:=C:\folder" entries are no variables of anybody's. */
    if (!equals || equals == entry)
        return true;
    name = text_copy_bytes(entry, (size_t)(equals - entry));
    if (!name)
        return false;
    cJSON_DeleteItemFromObjectCaseSensitive(environment, name);
    return json_add_text(environment, name, equals + 1);
}

static wcow_status add_environment(cJSON *document, const cJSON *process, wcow_error *err)
{
    cleanup_strings string_list entries = STRING_LIST_INIT;
    cleanup_json cJSON *environment = cJSON_CreateObject();

    if (!environment)
        return error_no_memory(err);
    if (!json_strings(process, "env", &entries))
        return error_set(err, WCOW_INVALID, "config.json: process.env is not a list of texts");
    for (size_t i = 0; i < entries.count; i++) {
        if (!set_variable(environment, entries.items[i]))
            return error_no_memory(err);
    }
    if (environment->child && !json_add(document, "Environment", TAKE(environment)))
        return error_no_memory(err);
    return WCOW_OK;
}

/*
 * Input and output are always asked for, so that there is always a log; errors come apart only
 * where there is no console. ConsoleSize is a fixed array in the reference, so it is there even
 * when unset.
 */
static bool add_standard_streams(cJSON *document, const cJSON *process)
{
    const cJSON *size = json_member(process, "consoleSize");
    bool terminal = json_bool(process, "terminal", false);
    cJSON *console;

    if ((terminal && !json_add_bool(document, "EmulateConsole", true)) ||
        !json_add_bool(document, "CreateStdInPipe", true) ||
        !json_add_bool(document, "CreateStdOutPipe", true) ||
        (!terminal && !json_add_bool(document, "CreateStdErrPipe", true)))
        return false;
    console = cJSON_AddArrayToObject(document, "ConsoleSize");
    return console &&
           json_append(console, cJSON_CreateNumber((double)json_integer(size, "height", 0))) &&
           json_append(console, cJSON_CreateNumber((double)json_integer(size, "width", 0)));
}

static wcow_status process_document(const cJSON *process, cJSON **out, wcow_error *err)
{
    cleanup_json cJSON *document = cJSON_CreateObject();
    const char *user = json_text(json_member(process, "user"), "username", "");
    const char *cwd = json_text(process, "cwd", "");
    wcow_status status;

    if (!document)
        return error_no_memory(err);
    status = add_command(document, process, err);
    if (status)
        return status;
    if ((*user && !json_add_text(document, "User", user)) ||
        (*cwd && !json_add_text(document, "WorkingDirectory", cwd)))
        return error_no_memory(err);
    status = add_environment(document, process, err);
    if (status)
        return status;
    if (!add_standard_streams(document, process))
        return error_no_memory(err);

    *out = TAKE(document);
    return WCOW_OK;
}

const document_builder document_v1 = {.system = system_document, .process = process_document};
