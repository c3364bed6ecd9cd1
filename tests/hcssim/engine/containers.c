/* SPDX-License-Identifier: MIT */
/*
 * What a create document means, and which ones make no sense: layers that are not there, a volume
 * that nobody prepared, members of the other isolation (facts §4.1, §4.3, §5.1, §5.3, §12.9).
 */
#include "containers.h"
#include "codes.h"
#include "guards.h"
#include "hns.h"
#include "layers.h"
#include "mounts.h"
#include "systems.h"

#include <ctype.h>

#include "base/path.h"

typedef struct reader {
    sim *sim;
    const cJSON *document; /* of the container */
    system_spec *out;
    refusal *why;
} reader;

static int32_t check_directory(reader *r, const char *member, const char *path)
{
    bool directory = false;

    if (!r->sim->machine->exists(r->sim->machine, path, &directory))
        return refuse(r->why, HR_PATH_NOT_FOUND,
                      "The system cannot find the path '%s' that member '%s' names.", path, member);
    return HR_OK;
}

static int32_t read_layers(reader *r, const cJSON *layers, const char *id_member)
{
    int32_t hr = HR_OK;
    const cJSON *layer;

    if (!cJSON_GetArraySize(layers))
        return refuse(r->why, HR_INVALID_PARAMETER, "Member 'Layers' names no layer.");
    cJSON_ArrayForEach (layer, layers) {
        const char *path = json_text(layer, "Path", "");

        hr = check_directory(r, "Layers", path);
        if (HR_SUCCEEDED(hr))
            hr = layer_check_parent(r->sim, path, json_text(layer, id_member, ""), r->why);
        if (HR_FAILED(hr))
            return hr;
        string_list_add(&r->out->layers, path);
    }
    return hr;
}

static bool same_layers(const string_list *a, const string_list *b)
{
    if (a->count != b->count)
        return false;
    for (size_t i = 0; i < a->count; i++)
        if (!layer_same_path(a->items[i], b->items[i]))
            return false;
    return true;
}

/* Under the lock. */
static int32_t check_mount(reader *r, const char *member, const mount *m)
{
    system_spec *out = r->out;

    if (!m)
        return refuse(r->why, HR_PATH_NOT_FOUND, "Member '%s' names no volume of this host.",
                      member);
    if (m->status != MOUNT_PREPARED)
        return refuse(r->why, HR_NOT_READY, "The volume that member '%s' names is not prepared.",
                      member);
    if (!same_layers(&m->layers, &out->layers))
        return refuse(r->why, SIM_E_INVALID_LAYER,
                      "Member 'Layers' differs from what the volume was prepared with.");
    if (out->scratch && !layer_same_path(out->scratch, m->path))
        return refuse(r->why, HR_INVALID_PARAMETER,
                      "Member 'LayerFolderPath' is not the folder of the volume.");
    free(out->scratch);
    out->scratch = text_copy(m->path);
    return HR_OK;
}

static int32_t read_volume(reader *r, const char *member, const char *path)
{
    char volume[GUID_TEXT_SIZE];
    int32_t hr;

    if (!path || !volume_parse(path, volume))
        return refuse(r->why, HR_INVALID_PARAMETER,
                      "Member '%s' of a process-isolated container must name a volume.", member);
    r->out->volume = text_copy(volume);
    sim_lock(r->sim);
    hr = check_mount(r, member, mount_find_volume(r->sim, volume));
    sim_unlock(r->sim);
    return hr;
}

/* A whole drive, too ("d:", as dockerd sends it), but for the container's own. */
static bool container_path_valid(const char *path)
{
    const bool drive = isalpha((unsigned char)path[0]) && path[1] == ':';

    return drive && (path[2] == '\\' || path[2] == '/' ||
                     (!path[2] && tolower((unsigned char)path[0]) != 'c'));
}

static int32_t read_mounts(reader *r, const cJSON *mounts)
{
    const cJSON *item;
    int32_t hr;

    cJSON_ArrayForEach (item, mounts) {
        const char *host = json_text(item, "HostPath", "");
        const char *inside = json_text(item, "ContainerPath", "");

        hr = check_directory(r, "MappedDirectories", host);
        if (HR_FAILED(hr))
            return hr;
        if (!container_path_valid(inside))
            return refuse(r->why, HR_INVALID_PARAMETER,
                          "'%s' in member 'MappedDirectories' is no path in a container.", inside);
        string_list_add(&r->out->mounts, host);
        string_list_add(&r->out->mounts, inside);
        string_list_add(&r->out->mounts, json_bool(item, "ReadOnly", false) ? "ro" : "rw");
    }
    return HR_OK;
}

static int32_t check_file(reader *r, const char *folder, const char *name)
{
    cleanup_free char *path = path_join(folder, name);
    bool directory = false;

    if (!r->sim->machine->exists(r->sim->machine, path, &directory) || directory)
        return refuse(r->why, HR_FILE_NOT_FOUND, "The system cannot find the file '%s'.", path);
    return HR_OK;
}

static int32_t read_hyperv(reader *r)
{
    const cJSON *runtime = json_member(r->document, "HvRuntime");
    const char *image = json_text(runtime, "ImagePath", NULL);
    int32_t hr;

    if (json_member(r->document, "VolumePath"))
        return refuse(r->why, HR_INVALID_PARAMETER,
                      "Member 'VolumePath' is not for a Hyper-V-isolated container.");
    if (!image)
        return refuse(r->why, SIM_E_INVALID_JSON,
                      "Member 'HvRuntime.ImagePath' is missing in the document.");
    if (!r->out->scratch)
        return refuse(r->why, HR_INVALID_PARAMETER,
                      "Member 'LayerFolderPath' is missing for a Hyper-V-isolated container.");
    hr = check_directory(r, "HvRuntime.ImagePath", image);
    if (HR_SUCCEEDED(hr))
        hr = check_file(r, image, "SystemTemplate.vhdx");
    if (HR_SUCCEEDED(hr))
        hr = check_directory(r, "LayerFolderPath", r->out->scratch);
    if (HR_SUCCEEDED(hr))
        hr = check_file(r, r->out->scratch, "sandbox.vhdx");
    r->out->runtime_image = text_copy(image);
    return hr;
}

static int32_t read_process_isolated(reader *r)
{
    if (json_member(r->document, "HvRuntime"))
        return refuse(r->why, HR_INVALID_PARAMETER,
                      "Member 'HvRuntime' is not for a process-isolated container.");
    return read_volume(r, "VolumePath", json_text(r->document, "VolumePath", NULL));
}

static int32_t read_endpoints(reader *r, const cJSON *list)
{
    const cJSON *item;
    guid parsed;

    cJSON_ArrayForEach (item, list) {
        if (!guid_parse(item->valuestring, &parsed))
            return refuse(r->why, SIM_E_INVALID_JSON,
                          "'%s' in member 'EndpointList' is not a GUID.", item->valuestring);
        string_list_add(&r->out->endpoints, item->valuestring);
    }
    return HR_OK;
}

static int32_t read_v1(reader *r)
{
    const cJSON *document = r->document;
    system_spec *out = r->out;
    int32_t hr;

    if (json_member(document, "ContainerType"))
        return refuse(r->why, HR_NOT_SUPPORTED, "This host runs no Linux containers.");
    out->hyperv = json_bool(document, "HvPartition", false);
    out->terminate_on_close = json_bool(document, "TerminateOnLastHandleClosed", false);
    out->hostname = text_copy(json_text(document, "HostName", NULL));
    out->scratch = text_copy(json_text(document, "LayerFolderPath", NULL));
    out->shared_container = text_copy(json_text(document, "NetworkSharedContainerName", NULL));
    out->memory_mb = (uint64_t)json_integer(document, "MemoryMaximumInMB", 0);
    hr = read_layers(r, json_member(document, "Layers"), "ID");
    if (HR_SUCCEEDED(hr))
        hr = out->hyperv ? read_hyperv(r) : read_process_isolated(r);
    if (HR_SUCCEEDED(hr))
        hr = read_mounts(r, json_member(document, "MappedDirectories"));
    if (HR_SUCCEEDED(hr))
        hr = read_endpoints(r, json_member(document, "EndpointList"));
    return hr;
}

/* Only members of a guest: its paths are the utility VM's and cannot be checked from here. */
static void read_hosted(reader *r, const cJSON *container)
{
    r->out->hyperv = true;
    r->out->hostname = text_copy(json_text(json_member(container, "GuestOs"), "HostName", NULL));
}

static int32_t check_processor(reader *r, const cJSON *processor)
{
    if (cJSON_GetArraySize(processor) > 1)
        return refuse(r->why, HR_INVALID_PARAMETER,
                      "Of the members 'Count', 'Maximum' and 'Weight' only one may be given.");
    return HR_OK;
}

static int32_t read_container_v2(reader *r, const cJSON *container)
{
    const cJSON *storage = json_member(container, "Storage");
    const cJSON *networking = json_member(container, "Networking");
    const cJSON *guard = json_member(container, "ContainerCredentialGuard");
    const char *space = json_text(networking, "Namespace", NULL);
    int32_t hr;

    r->out->hostname = text_copy(json_text(json_member(container, "GuestOs"), "HostName", NULL));
    r->out->memory_mb = (uint64_t)json_integer(json_member(container, "Memory"), "SizeInMB", 0);
    r->out->shared_container = text_copy(json_text(networking, "NetworkSharedContainerName", NULL));
    r->out->space = text_copy(space);
    /* No client sends that, and what Windows makes of it no source tells: it would be a container
     * that nobody has given a network. */
    if (r->out->shared_container && !space)
        return refuse(r->why, HR_INVALID_PARAMETER,
                      "Member 'Networking.NetworkSharedContainerName' needs a 'Namespace'.");
    hr = check_processor(r, json_member(container, "Processor"));
    if (HR_SUCCEEDED(hr))
        hr = read_layers(r, json_member(storage, "Layers"), "Id");
    if (HR_SUCCEEDED(hr))
        hr = read_volume(r, "Storage.Path", json_text(storage, "Path", NULL));
    if (HR_SUCCEEDED(hr))
        hr = read_mounts(r, json_member(container, "MappedDirectories"));
    if (HR_SUCCEEDED(hr) && space && !hns_has_namespace(r->sim, space))
        hr = refuse(r->why, HR_NOT_FOUND, "Member 'Networking.Namespace' names no namespace.");
    if (HR_SUCCEEDED(hr) && guard)
        hr = guards_check(r->sim, guard, r->why);
    return hr;
}

static int32_t read_machine_v2(reader *r, const cJSON *machine)
{
    const cJSON *shares = json_path(machine, "Devices.VirtualSmb.Shares");
    const char *files = json_text(cJSON_GetArrayItem(shares, 0), "Path", NULL);

    r->out->machine = true;
    r->out->memory_mb =
        (uint64_t)json_integer(json_path(machine, "ComputeTopology.Memory"), "SizeInMB", 0);
    if (!files)
        return HR_OK;
    r->out->runtime_image = path_parent(files);
    return check_directory(r, "VirtualMachine.Devices.VirtualSmb.Shares", files);
}

static int32_t read_v2(reader *r)
{
    const cJSON *document = r->document;
    const cJSON *container = json_member(document, "Container");
    const cJSON *machine = json_member(document, "VirtualMachine");
    const cJSON *hosted = json_member(document, "HostedSystem");
    const cJSON *version = json_member(document, "SchemaVersion");

    if (sim_build(r->sim) < SIM_FIRST_BUILD_WITH_V2 || json_integer(version, "Major", 0) != 2)
        return refuse(r->why, SIM_E_INVALID_JSON,
                      "Member 'SchemaVersion' names a schema that this build does not know.");
    if (!!container + !!machine + !!hosted != 1)
        return refuse(r->why, SIM_E_INVALID_JSON,
                      "Exactly one of 'Container', 'VirtualMachine' and 'HostedSystem' must be "
                      "in the document.");
    r->out->terminate_on_close = json_bool(document, "ShouldTerminateOnLastHandleClosed", false);
    if (machine)
        return read_machine_v2(r, machine);
    if (container)
        return read_container_v2(r, container);

    r->out->host = text_copy(json_text(document, "HostingSystemId", NULL));
    if (!r->out->host)
        return refuse(r->why, SIM_E_INVALID_JSON, "Member 'HostingSystemId' is missing.");
    read_hosted(r, json_member(hosted, "Container"));
    return HR_OK;
}

int32_t container_read(sim *s, const cJSON *document, system_spec *out, refusal *why)
{
    reader r = {s, document, out, why};

    return json_member(document, "SchemaVersion") ? read_v2(&r) : read_v1(&r);
}
