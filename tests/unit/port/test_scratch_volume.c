/* SPDX-License-Identifier: MIT */
/* Growing the file system of a container's disk, on builds where the service does not. */
#include "tests/unit/status.h"

#include <string.h>

#include "base/path.h"
#include "base/text.h"
#include "platform.h"
#include "port/storage.h"

#define SOME_HANDLE ((HANDLE)(uintptr_t)0x1230)

static text calls;           /* one line each */
static int64_t of_partition; /* bytes */
static uint64_t volume_size; /* bytes */

static DWORD WINAPI fake_open_disk(const void *type, PCWSTR path, DWORD access, DWORD flags,
                                   const void *parameters, HANDLE *disk)
{
    cleanup_free char *name = utf8_from_wide(path);

    (void)type;
    (void)parameters;
    text_addf(&calls, "open disk %s %lu %lu\n", name, access, flags);
    *disk = SOME_HANDLE;
    return 0;
}

static DWORD WINAPI fake_attach_disk(HANDLE disk, void *security, DWORD flags, ULONG own,
                                     const void *parameters, OVERLAPPED *overlapped)
{
    (void)own;
    assert_ptr_equal(disk, SOME_HANDLE);
    assert_null(security);
    assert_null(parameters);
    assert_null(overlapped);
    text_addf(&calls, "attach %lu\n", flags);
    return 0;
}

static FARPROC WINAPI fake_find(HMODULE library, const char *name)
{
    (void)library;
    return strcmp(name, "OpenVirtualDisk") == 0 ? (FARPROC)(void (*)(void))fake_open_disk
                                                : (FARPROC)(void (*)(void))fake_attach_disk;
}

static HANDLE WINAPI fake_create(PCWSTR path, DWORD access, DWORD share, void *security,
                                 DWORD disposition, DWORD flags, HANDLE template)
{
    cleanup_free char *name = utf8_from_wide(path);

    (void)access;
    (void)share;
    (void)security;
    (void)disposition;
    (void)flags;
    (void)template;
    text_addf(&calls, "open %s\n", name);
    return SOME_HANDLE;
}

static BOOL WINAPI fake_control(HANDLE volume, DWORD code, void *in, DWORD in_size, void *out,
                                DWORD out_size, DWORD *got, OVERLAPPED *overlapped)
{
    int64_t sectors = 0;

    (void)volume;
    (void)overlapped;
    *got = 0;
    if (code == 0x0007405C) {
        assert_int_equal(out_size, 8);
        memcpy(out, &of_partition, sizeof(of_partition));
        return TRUE;
    }
    assert_int_equal(code, 0x000900F0);
    assert_int_equal(in_size, 8);
    memcpy(&sectors, in, sizeof(sectors));
    text_addf(&calls, "extend to %lld\n", (long long)sectors);
    return TRUE;
}

static BOOL WINAPI fake_space(PCWSTR path, void *own, ULARGE_INTEGER *size, void *available)
{
    cleanup_free char *name = utf8_from_wide(path);

    (void)own;
    (void)available;
    text_addf(&calls, "size of %s\n", name);
    size->QuadPart = volume_size;
    return TRUE;
}

static HMODULE fake_library(const wchar_t *name)
{
    assert_int_equal(wcscmp(name, L"virtdisk.dll"), 0);
    return (HMODULE)SOME_HANDLE;
}

#define system_library      fake_library
#define GetProcAddress      fake_find
#define CreateFileW         fake_create
#define DeviceIoControl     fake_control
#define GetDiskFreeSpaceExW fake_space
#include "win32/scratch_volume.c"

static int32_t mount_path(storage_port *port, const char *path, char **out)
{
    (void)port;
    (void)path;
    *out = text_copy("\\\\?\\Volume{1}\\");
    return HR_OK;
}

static storage_port port = {.get_layer_mount_path = mount_path};

static int forget(void **state)
{
    (void)state;
    text_free(&calls);
    return 0;
}

#define OPENED                                                                                     \
    "open disk C:\\s\\sandbox.vhdx 0 0\nattach 0\nopen \\\\?\\Volume{1}\n"                         \
    "size of \\\\?\\Volume{1}\\\n"

static void a_volume_grows_to_its_partition(void **state)
{
    (void)state;
    of_partition = INT64_C(127) << 30;
    volume_size = UINT64_C(20) << 30;
    assert_int_equal(scratch_volume_grow(&port, "C:\\s"), HR_OK);
    assert_string_equal(text_get(&calls), OPENED "extend to 266338304\n");
}

/* NTFS keeps the last sector to itself. */
static void one_that_fills_it_stays(void **state)
{
    (void)state;
    of_partition = INT64_C(127) << 30;
    volume_size = (UINT64_C(127) << 30) - 4096;
    assert_int_equal(scratch_volume_grow(&port, "C:\\s"), HR_OK);
    assert_string_equal(text_get(&calls), OPENED);
}

static void some_builds_leave_it_behind(void **state)
{
    (void)state;
    assert_false(scratch_volume_lags(17763));
    assert_true(scratch_volume_lags(18362));
    assert_true(scratch_volume_lags(18363));
    assert_true(scratch_volume_lags(19019));
    assert_false(scratch_volume_lags(19041));
    assert_false(scratch_volume_lags(20348));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_teardown(a_volume_grows_to_its_partition, forget),
        cmocka_unit_test_teardown(one_that_fills_it_stays, forget),
        cmocka_unit_test(some_builds_leave_it_behind),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
