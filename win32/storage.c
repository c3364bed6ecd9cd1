/* SPDX-License-Identifier: MIT */
/* The storage calls of vmcompute.dll; what concerns disks through virtdisk.dll. */
#include "port/storage.h"

#include <pthread.h>
#include <string.h>
#include <wchar.h>

#include "port/machine.h"
#include "scratch_volume.h"
#include "security.h"
#include "vmcompute.h"

/* As hcsshim passes it: the filter driver, no home, so that the id is a whole path. */
static const vmcompute_driver driver = {1, L""};

/* Descriptors with their text, as one block. */
typedef struct parent_list {
    vmcompute_layer *layers; /* NULL when there are none */
    size_t count;
    bool failed;
} parent_list;

static void parents_free(parent_list *list)
{
    for (size_t i = 0; i < list->count; i++) {
        union {
            PCWSTR in;
            void *out;
        } path = {.in = list->layers[i].Path};

        free(path.out);
    }
    free(list->layers);
}

DEFINE_CLEANUP_VALUE(parents, parent_list, parents_free)

static parent_list parents_make(const layer_descriptor *parents, size_t count)
{
    parent_list list = {NULL, 0, false};

    if (count == 0)
        return list;
    list.layers = calloc(count, sizeof(*list.layers));
    list.failed = !list.layers;
    while (!list.failed && list.count < count) {
        vmcompute_layer *layer = &list.layers[list.count];

        memcpy(&layer->LayerId, parents[list.count].id.bytes, sizeof(layer->LayerId));
        layer->Path = wide_from_utf8(parents[list.count].path);
        list.failed = !layer->Path;
        list.count++;
    }
    return list;
}

static int32_t name_to_guid(storage_port *port, const char *name, guid *out)
{
    NameToGuid_call *call = VMCOMPUTE(NameToGuid);
    cleanup_free wchar_t *wide = wide_from_utf8(name);
    GUID id;
    int32_t hr;

    (void)port;
    if (!call)
        return HR_PROC_NOT_FOUND;
    if (!wide)
        return HR_OUT_OF_MEMORY;
    hr = call(wide, &id);
    if (HR_SUCCEEDED(hr))
        memcpy(out->bytes, &id, sizeof(out->bytes));
    return hr;
}

/* The calls of the form (driver, id). */
static int32_t call_with_path(vmcompute_export which, const char *path)
{
    ActivateLayer_call *call = (ActivateLayer_call *)vmcompute_find(which);
    cleanup_free wchar_t *wide = wide_from_utf8(path);

    if (!call)
        return HR_PROC_NOT_FOUND;
    return wide ? call(&driver, wide) : HR_OUT_OF_MEMORY;
}

static int32_t activate_layer(storage_port *port, const char *path)
{
    (void)port;
    return call_with_path(EXPORT_ActivateLayer, path);
}

static int32_t deactivate_layer(storage_port *port, const char *path)
{
    (void)port;
    return call_with_path(EXPORT_DeactivateLayer, path);
}

static int32_t unprepare_layer(storage_port *port, const char *path)
{
    (void)port;
    return call_with_path(EXPORT_UnprepareLayer, path);
}

/* What others own goes, too, if we may restore it; whether we may is the call's to tell. */
static int32_t destroy_layer(storage_port *port, const char *path)
{
    (void)port;
    (void)security_enable_backup();
    return call_with_path(EXPORT_DestroyLayer, path);
}

static int32_t create_sandbox_layer(storage_port *port, const char *path,
                                    const layer_descriptor *parents, size_t count)
{
    CreateSandboxLayer_call *call = VMCOMPUTE(CreateSandboxLayer);
    cleanup_free wchar_t *wide = wide_from_utf8(path);
    CLEANUP(parents) parent_list list = parents_make(parents, count);

    (void)port;
    if (!call)
        return HR_PROC_NOT_FOUND;
    if (!wide || list.failed)
        return HR_OUT_OF_MEMORY;
    return call(&driver, wide, NULL, list.layers, list.count);
}

static int32_t expand_sandbox_size(storage_port *port, const char *path, uint64_t bytes)
{
    ExpandSandboxSize_call *call = VMCOMPUTE(ExpandSandboxSize);
    cleanup_free wchar_t *wide = wide_from_utf8(path);
    machine_version version;
    int32_t hr;

    if (!call)
        return HR_PROC_NOT_FOUND;
    if (!wide)
        return HR_OUT_OF_MEMORY;
    hr = call(&driver, wide, bytes);
    machine_version_get(&version);
    return HR_SUCCEEDED(hr) && scratch_volume_lags(version.build) ? scratch_volume_grow(port, path)
                                                                  : hr;
}

/* One at a time in a process, as hcsshim does it: the platform times out on several at once. */
static int32_t prepare_layer(storage_port *port, const char *path, const layer_descriptor *parents,
                             size_t count)
{
    static pthread_mutex_t lock = PTHREAD_MUTEX_INITIALIZER;
    PrepareLayer_call *call = VMCOMPUTE(PrepareLayer);
    cleanup_free wchar_t *wide = wide_from_utf8(path);
    CLEANUP(parents) parent_list list = parents_make(parents, count);
    int32_t hr;

    (void)port;
    if (!call)
        return HR_PROC_NOT_FOUND;
    if (!wide || list.failed)
        return HR_OUT_OF_MEMORY;
    pthread_mutex_lock(&lock);
    hr = call(&driver, wide, list.layers, list.count);
    pthread_mutex_unlock(&lock);
    return hr;
}

static int32_t get_layer_mount_path(storage_port *port, const char *path, char **out)
{
    GetLayerMountPath_call *call = VMCOMPUTE(GetLayerMountPath);
    cleanup_free wchar_t *wide = wide_from_utf8(path);
    cleanup_free wchar_t *buffer = NULL;
    SIZE_T length = 0;
    int32_t hr;

    (void)port;
    if (!call)
        return HR_PROC_NOT_FOUND;
    if (!wide)
        return HR_OUT_OF_MEMORY;
    hr = call(&driver, wide, &length, NULL);
    if (HR_FAILED(hr))
        return hr;
    /* The length counts the NUL; 0 means that there is no path. */
    buffer = calloc(length + 1, sizeof(*buffer));
    if (!buffer)
        return HR_OUT_OF_MEMORY;
    if (length > 0)
        hr = call(&driver, wide, &length, buffer);
    if (HR_FAILED(hr))
        return hr;
    *out = utf8_from_wide(buffer);
    return *out ? hr : HR_OUT_OF_MEMORY;
}

/*
 * ImportLayer and ExportLayer have the same form, and work in this process: that it may read and
 * write what it has no rights to is the caller's business (hcsshim, importlayer.go,
 * exportlayer.go).
 */
static int32_t transport(vmcompute_export which, const wchar_t *layer, const char *folder,
                         const layer_descriptor *parents, size_t count)
{
    ImportLayer_call *call = (ImportLayer_call *)vmcompute_find(which);
    cleanup_free wchar_t *wide_folder = wide_from_utf8(folder);
    CLEANUP(parents) parent_list list = parents_make(parents, count);
    int32_t hr;

    if (!call)
        return HR_PROC_NOT_FOUND;
    if (!layer || !wide_folder || list.failed)
        return HR_OUT_OF_MEMORY;
    hr = security_enable_backup();
    return HR_FAILED(hr) ? hr : call(&driver, layer, wide_folder, list.layers, list.count);
}

/*
 * The layer by its long name, all else by the plain one, as hcsshim does it: ImportLayer takes no
 * long name for the folder, and without one for the layer it cannot make folders there whose paths
 * have 248 to 259 characters (hcsshim 357aec7).
 */
static int32_t import_layer(storage_port *port, const char *path, const char *folder,
                            const layer_descriptor *parents, size_t count)
{
    cleanup_free wchar_t *layer = wide_path(path);

    (void)port;
    return transport(EXPORT_ImportLayer, layer, folder, parents, count);
}

static int32_t export_layer(storage_port *port, const char *path, const char *folder,
                            const layer_descriptor *parents, size_t count)
{
    cleanup_free wchar_t *layer = wide_from_utf8(path);

    (void)port;
    return transport(EXPORT_ExportLayer, layer, folder, parents, count);
}

static int32_t layer_exists(storage_port *port, const char *path, bool *exists)
{
    LayerExists_call *call = VMCOMPUTE(LayerExists);
    cleanup_free wchar_t *wide = wide_from_utf8(path);
    ULONG found = 0;
    int32_t hr;

    (void)port;
    if (!call)
        return HR_PROC_NOT_FOUND;
    if (!wide)
        return HR_OUT_OF_MEMORY;
    hr = call(&driver, wide, &found);
    if (HR_SUCCEEDED(hr))
        *exists = found != 0;
    return hr;
}

/* By the long name, as hcsshim does it. */
static int32_t process_image(vmcompute_export which, const char *path)
{
    ProcessBaseImage_call *call = (ProcessBaseImage_call *)vmcompute_find(which);
    cleanup_free wchar_t *wide = wide_path(path);

    if (!call)
        return HR_PROC_NOT_FOUND;
    return wide ? call(wide) : HR_OUT_OF_MEMORY;
}

static int32_t process_base_image(storage_port *port, const char *path)
{
    (void)port;
    return process_image(EXPORT_ProcessBaseImage, path);
}

static int32_t process_utility_image(storage_port *port, const char *path)
{
    (void)port;
    return process_image(EXPORT_ProcessUtilityImage, path);
}

/* ---- virtdisk.dll ---- */

typedef DWORD WINAPI detach_disk_call(HANDLE disk, DWORD flags, ULONG provider_flags);

#define OPEN_CACHED_IO                      0x08u
#define OPEN_IGNORE_RELATIVE_PARENT_LOCATOR 0x80u

static int32_t detach_disk(storage_port *port, const char *vhdx)
{
    cleanup_handle HANDLE disk = NULL;
    detach_disk_call *detach = (detach_disk_call *)disk_function("DetachVirtualDisk");
    int32_t hr;
    DWORD code;

    (void)port;
    if (!detach)
        return hresult_last();
    hr = disk_open(vhdx, OPEN_CACHED_IO | OPEN_IGNORE_RELATIVE_PARENT_LOCATOR, &disk);
    if (HR_FAILED(hr))
        return hr;
    code = detach(disk, 0, 0);
    return code == ERROR_SUCCESS ? HR_OK : HR_FROM_WIN32(code);
}

static void storage_free(storage_port *port)
{
    free(port);
}

int32_t storage_port_open(storage_port **out)
{
    static const storage_port table = {
        .name_to_guid = name_to_guid,
        .create_sandbox_layer = create_sandbox_layer,
        .expand_sandbox_size = expand_sandbox_size,
        .activate_layer = activate_layer,
        .deactivate_layer = deactivate_layer,
        .prepare_layer = prepare_layer,
        .unprepare_layer = unprepare_layer,
        .get_layer_mount_path = get_layer_mount_path,
        .import_layer = import_layer,
        .export_layer = export_layer,
        .destroy_layer = destroy_layer,
        .layer_exists = layer_exists,
        .process_base_image = process_base_image,
        .process_utility_image = process_utility_image,
        .detach_disk = detach_disk,
        .free = storage_free,
    };
    storage_port *port;
    int32_t hr = vmcompute_load();

    if (HR_FAILED(hr))
        return hr;
    port = malloc(sizeof(*port));
    if (!port)
        return HR_OUT_OF_MEMORY;
    *port = table;
    *out = port;
    return HR_OK;
}
