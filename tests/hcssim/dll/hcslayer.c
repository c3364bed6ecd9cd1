/* SPDX-License-Identifier: MIT */
/*
 * hcslayer.exe: layers by the raw calls, as a client of the field makes them.
 *
 *   hcslayer make BASE SCRATCH      CreateSandboxLayer
 *   hcslayer mount BASE SCRATCH     ActivateLayer, PrepareLayer; prints the volume
 *   hcslayer unmount SCRATCH        UnprepareLayer, DeactivateLayer
 *   hcslayer grow SCRATCH BYTES     ExpandSandboxSize, and the volume, as hcsshim does; prints its
 * length hcslayer rename FROM TO         MoveFileEx hcslayer delete FILE            DeleteFile
 *
 * Prints which call failed and with what, and exits with 1 then.
 */
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <wchar.h>
#include <windows.h>

#include <winioctl.h>

typedef struct driver_info {
    int flavour;
    PCWSTR home;
} driver_info;

typedef struct descriptor {
    GUID id;
    ULONG flags;
    PCWSTR path;
} descriptor;

typedef HRESULT WINAPI any_call(uintptr_t, uintptr_t, uintptr_t, uintptr_t, uintptr_t);
typedef DWORD WINAPI disk_call(uintptr_t, uintptr_t, uintptr_t, uintptr_t, uintptr_t, uintptr_t);

static const driver_info driver = {1, L""};

static FARPROC export_of(const wchar_t *library, const char *name)
{
    HMODULE module = LoadLibraryExW(library, NULL, LOAD_LIBRARY_SEARCH_SYSTEM32);

    return module ? GetProcAddress(module, name) : NULL;
}

static int report(const char *what, long code)
{
    if (code < 0)
        printf("%s: 0x%08lX\n", what, (unsigned long)code);
    else if (code > 0)
        printf("%s: %ld\n", what, code);
    return code != 0;
}

static int call(const char *name, const void *second, const void *third, const void *fourth,
                uintptr_t fifth)
{
    any_call *function = (any_call *)(void (*)(void))export_of(L"vmcompute.dll", name);

    return report(name, function ? function((uintptr_t)&driver, (uintptr_t)second, (uintptr_t)third,
                                            (uintptr_t)fourth, fifth)
                                 : E_NOTIMPL);
}

static descriptor parent_of(const wchar_t *base)
{
    any_call *name_to_guid = (any_call *)(void (*)(void))export_of(L"vmcompute.dll", "NameToGuid");
    const wchar_t *slash = wcsrchr(base, L'\\');
    descriptor parent = {.path = base};

    if (name_to_guid)
        name_to_guid((uintptr_t)(slash ? slash + 1 : base), (uintptr_t)&parent.id, 0, 0, 0);
    return parent;
}

static int mount_path(const wchar_t *scratch, wchar_t volume[128])
{
    SIZE_T length = 128;

    return call("GetLayerMountPath", scratch, &length, volume, 0);
}

static int mount(const wchar_t *base, const wchar_t *scratch)
{
    descriptor parent = parent_of(base);
    wchar_t volume[128];

    if (call("ActivateLayer", scratch, NULL, NULL, 0) ||
        call("PrepareLayer", scratch, &parent, (void *)1, 0) || mount_path(scratch, volume))
        return 1;
    printf("%ls\n", volume);
    return 0;
}

/* The volume of an attached disk: as large as its partition? */
static int grow_volume(const wchar_t *volume)
{
    HANDLE file = CreateFileW(volume, GENERIC_READ | GENERIC_WRITE,
                              FILE_SHARE_READ | FILE_SHARE_WRITE, NULL, OPEN_EXISTING, 0, NULL);
    LARGE_INTEGER length, sectors;
    DWORD got;

    if (file == INVALID_HANDLE_VALUE)
        return report("CreateFile of the volume", (long)GetLastError());
    if (!DeviceIoControl(file, IOCTL_DISK_GET_LENGTH_INFO, NULL, 0, &length, sizeof(length), &got,
                         NULL))
        return report("IOCTL_DISK_GET_LENGTH_INFO", (long)GetLastError());
    sectors.QuadPart = length.QuadPart / 512;
    if (!DeviceIoControl(file, FSCTL_EXTEND_VOLUME, &sectors, sizeof(sectors), NULL, 0, &got, NULL))
        return report("FSCTL_EXTEND_VOLUME", (long)GetLastError());
    CloseHandle(file);
    printf("%lld\n", (long long)length.QuadPart);
    return 0;
}

static int grow(const wchar_t *scratch, const wchar_t *bytes)
{
    disk_call *open = (disk_call *)(void (*)(void))export_of(L"virtdisk.dll", "OpenVirtualDisk");
    disk_call *attach =
        (disk_call *)(void (*)(void))export_of(L"virtdisk.dll", "AttachVirtualDisk");
    uint32_t storage_type[5] = {0}, parameters[7] = {2};
    wchar_t path[600], volume[128];
    HANDLE disk = NULL;
    int failed;

    if (call("ExpandSandboxSize", scratch, (void *)(uintptr_t)_wcstoui64(bytes, NULL, 10), NULL, 0))
        return 1;
    swprintf(path, 600, L"%ls\\sandbox.vhdx", scratch);
    if (!open || !attach ||
        report("OpenVirtualDisk", (long)open((uintptr_t)storage_type, (uintptr_t)path, 0, 0,
                                             (uintptr_t)parameters, (uintptr_t)&disk)) ||
        report("AttachVirtualDisk", (long)attach((uintptr_t)disk, 0, 0, 0, 0, 0)))
        return 1;
    failed = mount_path(scratch, volume) || grow_volume(volume);
    CloseHandle(disk);
    return failed;
}

int wmain(int argc, wchar_t **argv);

int wmain(int argc, wchar_t **argv)
{
    const wchar_t *verb = argc > 2 ? argv[1] : L"";

    /* The hooks of the simulated host come with it. */
    if (!LoadLibraryExW(L"vmcompute.dll", NULL, LOAD_LIBRARY_SEARCH_SYSTEM32))
        return report("vmcompute.dll", (long)GetLastError());
    if (argc == 4 && wcscmp(verb, L"make") == 0) {
        descriptor parent = parent_of(argv[2]);

        return call("CreateSandboxLayer", argv[3], NULL, &parent, 1);
    }
    if (argc == 4 && wcscmp(verb, L"mount") == 0)
        return mount(argv[2], argv[3]);
    if (argc == 3 && wcscmp(verb, L"unmount") == 0)
        return call("UnprepareLayer", argv[2], NULL, NULL, 0) |
               call("DeactivateLayer", argv[2], NULL, NULL, 0);
    if (argc == 4 && wcscmp(verb, L"grow") == 0)
        return grow(argv[2], argv[3]);
    if (argc == 4 && wcscmp(verb, L"rename") == 0)
        return report("rename", MoveFileExW(argv[2], argv[3], 0) ? 0 : (long)GetLastError());
    if (argc == 3 && wcscmp(verb, L"delete") == 0)
        return report("delete", DeleteFileW(argv[2]) ? 0 : (long)GetLastError());
    return 2;
}
