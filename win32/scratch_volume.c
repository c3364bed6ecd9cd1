/* SPDX-License-Identifier: MIT */
/* Virtual disks, through virtdisk.dll (go-winio vhd/vhd.go), and the file system of a container's.
 */
#include "scratch_volume.h"

#include <string.h>

#include "base/path.h"
#include "base/text.h"
#include "platform.h"

typedef struct storage_type {
    ULONG DeviceId; /* 0: by the file's extension */
    GUID VendorId;
} storage_type;

typedef struct open_parameters {
    ULONG Version; /* 2 */
    BOOL GetInfoOnly;
    BOOL ReadOnly;
    GUID ResiliencyGuid;
} open_parameters;

typedef DWORD WINAPI open_call(const storage_type *type, PCWSTR path, DWORD access, DWORD flags,
                               const open_parameters *parameters, HANDLE *disk);
typedef DWORD WINAPI attach_call(HANDLE disk, void *security, DWORD flags, ULONG provider_flags,
                                 const void *parameters, OVERLAPPED *overlapped);

/* winioctl.h */
#define GET_LENGTH_INFO 0x0007405Cu
#define EXTEND_VOLUME   0x000900F0u
#define CLUSTER_SIZE    4096 /* of a scratch, always */
#define SECTOR_SIZE     512

void (*disk_function(const char *name))(void)
{
    HMODULE library = system_library(L"virtdisk.dll");

    return library ? (void (*)(void))GetProcAddress(library, name) : NULL;
}

int32_t disk_open(const char *vhdx, uint32_t flags, void **disk)
{
    static const storage_type type = {0};
    const open_parameters parameters = {.Version = 2};
    open_call *open = (open_call *)disk_function("OpenVirtualDisk");
    cleanup_free wchar_t *wide = NULL;
    DWORD code;

    if (!open)
        return hresult_last();
    wide = wide_from_utf8(vhdx);
    if (!wide)
        return HR_OUT_OF_MEMORY;
    code = open(&type, wide, 0, flags, &parameters, disk);
    return code == ERROR_SUCCESS ? HR_OK : HR_FROM_WIN32(code);
}

static int32_t disk_attach(HANDLE disk)
{
    attach_call *attach = (attach_call *)disk_function("AttachVirtualDisk");
    DWORD code;

    if (!attach)
        return hresult_last();
    code = attach(disk, NULL, 0, 0, NULL, NULL);
    return code == ERROR_SUCCESS ? HR_OK : HR_FROM_WIN32(code);
}

/* By its name with a '\' at its end it is a folder, without one the volume itself. */
static int32_t volume_extend(const char *name)
{
    cleanup_free wchar_t *folder = NULL;
    cleanup_free wchar_t *wide = NULL;
    cleanup_handle HANDLE volume = NULL;
    cleanup_free char *bare =
        text_copy_bytes(name, strlen(name) - (text_ends_with(name, "\\") ? 1 : 0));
    cleanup_free char *slashed = bare ? text_format("%s\\", bare) : NULL;
    LARGE_INTEGER partition;
    ULARGE_INTEGER size;
    int64_t sectors;
    DWORD unused;

    wide = slashed ? wide_from_utf8(bare) : NULL;
    folder = wide ? wide_from_utf8(slashed) : NULL;
    if (!folder)
        return HR_OUT_OF_MEMORY;
    volume = CreateFileW(wide, GENERIC_READ | GENERIC_WRITE, FILE_SHARE_READ | FILE_SHARE_WRITE,
                         NULL, OPEN_EXISTING, 0, NULL);
    if (volume == INVALID_HANDLE_VALUE ||
        !DeviceIoControl(volume, GET_LENGTH_INFO, NULL, 0, &partition, sizeof(partition), &unused,
                         NULL) ||
        !GetDiskFreeSpaceExW(folder, NULL, &size, NULL))
        return hresult_last();
    /* To grow it by nothing is an invalid parameter. */
    if ((int64_t)size.QuadPart / CLUSTER_SIZE + 1 >= partition.QuadPart / CLUSTER_SIZE)
        return HR_OK;
    sectors = partition.QuadPart / CLUSTER_SIZE * (CLUSTER_SIZE / SECTOR_SIZE);
    if (!DeviceIoControl(volume, EXTEND_VOLUME, &sectors, sizeof(sectors), NULL, 0, &unused, NULL))
        return hresult_last();
    return HR_OK;
}

bool scratch_volume_lags(uint32_t build)
{
    return build >= 18362 && build < 19020;
}

/* The disk is detached when its handle is closed. */
int32_t scratch_volume_grow(storage_port *port, const char *layer)
{
    cleanup_free char *vhdx = path_join(layer, "sandbox.vhdx");
    cleanup_free char *volume = NULL;
    cleanup_handle HANDLE disk = NULL;
    int32_t hr = vhdx ? disk_open(vhdx, 0, &disk) : HR_OUT_OF_MEMORY;

    if (HR_SUCCEEDED(hr))
        hr = disk_attach(disk);
    if (HR_SUCCEEDED(hr))
        hr = port->get_layer_mount_path(port, layer, &volume);
    return HR_SUCCEEDED(hr) ? volume_extend(volume) : hr;
}
