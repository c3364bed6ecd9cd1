/* SPDX-License-Identifier: MIT */
/* What Wine lacks and vmcompute.dll gives to its process: reparse points, security, volumes. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <wchar.h>

#include <cmocka.h>

#include <windows.h>

#include <aclapi.h>
#include <sddl.h>
#include <winioctl.h>

#define ROOT     L"C:\\hcssim-hooks-test"
#define FOLDER   ROOT L"\\folder"
#define PLAIN    ROOT L"\\plain"
#define LINK     ROOT L"\\link"
#define GUID_    L"01234567-89ab-cdef-0123-456789abcdef"
#define ALL      (FILE_SHARE_READ | FILE_SHARE_WRITE | FILE_SHARE_DELETE)
#define BOTH     (FILE_FLAG_BACKUP_SEMANTICS | FILE_FLAG_OPEN_REPARSE_POINT)
#define JUNCTION 0xA0000003u

/* A junction to C:\x, and what takes it away. */
static const BYTE junction[] = {
    3,  0, 0,  0xA0, 32, 0, 0,  0, 0,  0, 14, 0, 16, 0, 6,   0,       /* header, names */
    92, 0, 63, 0,    63, 0, 92, 0, 67, 0, 58, 0, 92, 0, 120, 0, 0, 0, /* \??\C:\x */
    67, 0, 58, 0,    92, 0};
static const BYTE removal[] = {3, 0, 0, 0xA0, 0, 0, 0, 0};

static HANDLE open_path(const wchar_t *path, DWORD access)
{
    HANDLE file = CreateFileW(path, access, ALL, NULL, OPEN_EXISTING, BOTH, NULL);

    assert_true(file != INVALID_HANDLE_VALUE);
    return file;
}

/* The Win32 error of a control, 0 when it succeeds. */
static DWORD control(const wchar_t *path, DWORD code, const void *in, DWORD in_size, void *out,
                     DWORD room, DWORD *size)
{
    HANDLE file = open_path(path, GENERIC_READ | GENERIC_WRITE);
    BYTE copy[256] = {0};
    DWORD error = 0;

    if (in)
        memcpy(copy, in, in_size);
    if (!DeviceIoControl(file, code, in ? copy : NULL, in_size, out, room, size, NULL))
        error = GetLastError();
    CloseHandle(file);
    return error;
}

static DWORD make_junction(const wchar_t *path)
{
    DWORD size;

    return control(path, FSCTL_SET_REPARSE_POINT, junction, sizeof(junction), NULL, 0, &size);
}

static void a_junction_is_a_reparse_point_for_every_query(void **state)
{
    WIN32_FILE_ATTRIBUTE_DATA data;
    BY_HANDLE_FILE_INFORMATION info;
    FILE_ATTRIBUTE_TAG_INFO tag;
    FILE_BASIC_INFO basic;
    WIN32_FIND_DATAW found;
    HANDLE file, find;

    (void)state;
    assert_int_equal(FILE_ATTRIBUTE_DIRECTORY, GetFileAttributesW(FOLDER));
    assert_int_equal(0, make_junction(FOLDER));
    assert_true(GetFileAttributesW(FOLDER) & FILE_ATTRIBUTE_REPARSE_POINT);
    assert_true(GetFileAttributesExW(FOLDER, GetFileExInfoStandard, &data));
    assert_true(data.dwFileAttributes & FILE_ATTRIBUTE_REPARSE_POINT);
    find = FindFirstFileW(ROOT L"\\fold*", &found);
    assert_true(find != INVALID_HANDLE_VALUE);
    FindClose(find);
    assert_true(found.dwFileAttributes & FILE_ATTRIBUTE_REPARSE_POINT);
    file = open_path(FOLDER, FILE_READ_ATTRIBUTES);
    assert_true(GetFileInformationByHandle(file, &info));
    assert_true(info.dwFileAttributes & FILE_ATTRIBUTE_REPARSE_POINT);
    assert_true(GetFileInformationByHandleEx(file, FileBasicInfo, &basic, sizeof(basic)));
    assert_true(basic.FileAttributes & FILE_ATTRIBUTE_REPARSE_POINT);
    assert_true(GetFileInformationByHandleEx(file, FileAttributeTagInfo, &tag, sizeof(tag)));
    assert_true(tag.FileAttributes & FILE_ATTRIBUTE_REPARSE_POINT);
    assert_int_equal(JUNCTION, tag.ReparseTag);
    CloseHandle(file);
    assert_false(GetFileAttributesW(PLAIN) & FILE_ATTRIBUTE_REPARSE_POINT);
}

static void its_data_comes_back_and_can_be_removed(void **state)
{
    static const BYTE other[] = {12, 0, 0, 0xA0, 0, 0, 0, 0};
    BYTE back[256];
    DWORD size = 0;

    (void)state;
    assert_int_equal(ERROR_NOT_A_REPARSE_POINT,
                     control(FOLDER, FSCTL_GET_REPARSE_POINT, NULL, 0, back, 256, &size));
    assert_int_equal(0, make_junction(FOLDER));
    assert_int_equal(0, control(FOLDER, FSCTL_GET_REPARSE_POINT, NULL, 0, back, 256, &size));
    assert_int_equal(sizeof(junction), size);
    assert_memory_equal(junction, back, sizeof(junction));
    assert_int_equal(ERROR_MORE_DATA,
                     control(FOLDER, FSCTL_GET_REPARSE_POINT, NULL, 0, back, 12, &size));
    assert_int_equal(ERROR_REPARSE_TAG_MISMATCH, control(FOLDER, FSCTL_DELETE_REPARSE_POINT, other,
                                                         sizeof(other), NULL, 0, &size));
    assert_int_equal(
        0, control(FOLDER, FSCTL_DELETE_REPARSE_POINT, removal, sizeof(removal), NULL, 0, &size));
    assert_int_equal(FILE_ATTRIBUTE_DIRECTORY, GetFileAttributesW(FOLDER));
    assert_int_equal(ERROR_NOT_A_REPARSE_POINT, control(FOLDER, FSCTL_DELETE_REPARSE_POINT, removal,
                                                        sizeof(removal), NULL, 0, &size));
}

static void what_is_no_reparse_point_is_refused(void **state)
{
    DWORD size;

    (void)state;
    assert_int_equal(ERROR_DIR_NOT_EMPTY, make_junction(ROOT));
    assert_int_equal(ERROR_INVALID_REPARSE_DATA, control(FOLDER, FSCTL_SET_REPARSE_POINT, junction,
                                                         sizeof(junction) - 2, NULL, 0, &size));
    assert_int_equal(FILE_ATTRIBUTE_DIRECTORY, GetFileAttributesW(FOLDER));
}

static void a_new_folder_of_the_same_name_is_none(void **state)
{
    (void)state;
    for (int i = 0; i < 20; i++) {
        assert_int_equal(0, make_junction(FOLDER));
        assert_true(RemoveDirectoryW(FOLDER));
        assert_true(CreateDirectoryW(FOLDER, NULL));
        assert_int_equal(FILE_ATTRIBUTE_DIRECTORY, GetFileAttributesW(FOLDER));
    }
}

static void symbolic_links_say_where_they_lead(void **state)
{
    BYTE back[256];
    DWORD size, flags;

    (void)state;
    assert_true(CreateSymbolicLinkW(LINK, L"..\\there", 0));
    assert_true(GetFileAttributesW(LINK) & FILE_ATTRIBUTE_REPARSE_POINT);
    assert_false(GetFileAttributesW(LINK) & FILE_ATTRIBUTE_DIRECTORY);
    assert_int_equal(0, control(LINK, FSCTL_GET_REPARSE_POINT, NULL, 0, back, 256, &size));
    memcpy(&flags, back + 16, sizeof(flags));
    assert_int_equal(1, flags);
    assert_memory_equal(L"..\\there", back + 20, 16);
    assert_false(CreateSymbolicLinkW(LINK, L"x", 0));
    assert_int_equal(ERROR_ALREADY_EXISTS, GetLastError());
    assert_true(DeleteFileW(LINK));
    assert_true(CreateSymbolicLinkW(LINK, L"C:\\x", SYMBOLIC_LINK_FLAG_DIRECTORY));
    assert_true(GetFileAttributesW(LINK) & FILE_ATTRIBUTE_DIRECTORY);
    assert_int_equal(0, control(LINK, FSCTL_GET_REPARSE_POINT, NULL, 0, back, 256, &size));
    assert_memory_equal(L"\\??\\C:\\xC:\\x", back + 20, 24);
    assert_true(RemoveDirectoryW(LINK));
}

/* The part of a descriptor as text. */
static void assert_security(const wchar_t *path, SECURITY_INFORMATION what, const wchar_t *expected)
{
    BYTE descriptor[1024];
    DWORD size;
    wchar_t *text;

    assert_true(GetFileSecurityW(path, what, descriptor, sizeof(descriptor), &size));
    assert_true(
        ConvertSecurityDescriptorToStringSecurityDescriptorW(descriptor, 1, what, &text, NULL));
    if (wcscmp(expected, text) != 0)
        fail_msg("%ls is not %ls", text, expected);
    LocalFree(text);
}

static PSECURITY_DESCRIPTOR descriptor_of(const wchar_t *text)
{
    PSECURITY_DESCRIPTOR out;

    assert_true(ConvertStringSecurityDescriptorToSecurityDescriptorW(text, 1, &out, NULL));
    return out;
}

static void security_comes_back_as_it_was_set(void **state)
{
    static const wchar_t dacl[] = L"D:P(A;OICI;FA;;;SY)(D;;FA;;;WD)(A;;0x1200a9;;;BU)";
    PSECURITY_DESCRIPTOR one = descriptor_of(dacl);
    PSECURITY_DESCRIPTOR two = descriptor_of(L"O:SYG:BA");
    BOOL present, defaulted;
    wchar_t path[] = PLAIN;
    HANDLE file;
    PSID owner;
    PACL acl;

    (void)state;
    assert_true(SetFileSecurityW(PLAIN, DACL_SECURITY_INFORMATION, one));
    assert_true(
        SetFileSecurityW(PLAIN, OWNER_SECURITY_INFORMATION | GROUP_SECURITY_INFORMATION, two));
    assert_security(PLAIN, DACL_SECURITY_INFORMATION, dacl);
    assert_security(PLAIN, OWNER_SECURITY_INFORMATION | GROUP_SECURITY_INFORMATION, L"O:SYG:BA");
    assert_true(GetSecurityDescriptorDacl(one, &present, &acl, &defaulted));
    assert_int_equal(0, SetNamedSecurityInfoW(path, SE_FILE_OBJECT, DACL_SECURITY_INFORMATION, NULL,
                                              NULL, acl, NULL));
    file = open_path(FOLDER, GENERIC_ALL);
    assert_true(SetKernelObjectSecurity(file, DACL_SECURITY_INFORMATION, one));
    assert_true(GetSecurityDescriptorOwner(two, &owner, &defaulted));
    assert_int_equal(0, SetSecurityInfo(file, SE_FILE_OBJECT, OWNER_SECURITY_INFORMATION, owner,
                                        NULL, NULL, NULL));
    CloseHandle(file);
    assert_security(FOLDER, DACL_SECURITY_INFORMATION, dacl);
    assert_security(FOLDER, OWNER_SECURITY_INFORMATION, L"O:SY");
    /* Nobody is locked out by it: Wine would have made mode bits of that. */
    file = open_path(PLAIN, GENERIC_READ | GENERIC_WRITE);
    CloseHandle(file);
    LocalFree(one);
    LocalFree(two);
}

static void security_that_a_folder_is_made_with_is_kept(void **state)
{
    static const wchar_t dacl[] = L"D:P(A;OICI;FA;;;SY)(A;OICI;FA;;;BA)";
    SECURITY_ATTRIBUTES attributes = {sizeof(attributes), descriptor_of(dacl), FALSE};

    (void)state;
    assert_true(CreateDirectoryW(ROOT L"\\made", &attributes));
    assert_security(ROOT L"\\made", DACL_SECURITY_INFORMATION, dacl);
    assert_true(RemoveDirectoryW(ROOT L"\\made"));
    LocalFree(attributes.lpSecurityDescriptor);
}

static void security_of_other_objects_is_wines(void **state)
{
    HANDLE event = CreateEventW(NULL, TRUE, FALSE, NULL);
    PSECURITY_DESCRIPTOR one = descriptor_of(L"D:(A;;GA;;;SY)");
    BYTE back[1024];
    DWORD size;

    (void)state;
    assert_true(SetKernelObjectSecurity(event, DACL_SECURITY_INFORMATION, one));
    assert_true(
        GetKernelObjectSecurity(event, DACL_SECURITY_INFORMATION, back, sizeof(back), &size));
    CloseHandle(event);
    LocalFree(one);
}

static void a_volume_path_of_a_drive_leads_to_its_files(void **state)
{
    wchar_t volume[64], file[128], final[128];
    HANDLE handle;

    (void)state;
    assert_true(GetVolumeNameForVolumeMountPointW(L"C:\\", volume, 64));
    swprintf(file, 128, L"%lswindows\\system32\\ntdll.dll", volume);
    handle = CreateFileW(file, 0, FILE_SHARE_READ, NULL, OPEN_EXISTING, 0, NULL);
    assert_ptr_not_equal(handle, INVALID_HANDLE_VALUE);
    assert_int_not_equal(GetFinalPathNameByHandleW(handle, final, 128, 0), 0);
    assert_int_equal(_wcsicmp(final, L"\\\\?\\C:\\windows\\system32\\ntdll.dll"), 0);
    CloseHandle(handle);
    assert_true(GetFileAttributesW(volume) & FILE_ATTRIBUTE_DIRECTORY);
    wcscat(volume, L"nothing here");
    assert_int_equal(GetFileAttributesW(volume), INVALID_FILE_ATTRIBUTES);
}

static void a_volume_path_leads_to_the_volume(void **state)
{
    static const wchar_t file[] = L"\\\\?\\Volume{" GUID_ L"}\\folder\\file";
    static const wchar_t none[] = L"\\\\?\\Volume{11111111-89ab-cdef-0123-456789abcdef}\\folder";
    WIN32_FIND_DATAW found;
    HANDLE handle;

    (void)state;
    CreateDirectoryW(L"C:\\hcssim", NULL);
    CreateDirectoryW(L"C:\\hcssim\\volumes", NULL);
    assert_true(CreateDirectoryW(L"C:\\hcssim\\volumes\\" GUID_, NULL));
    assert_true(CreateDirectoryW(L"\\\\?\\Volume{" GUID_ L"}\\folder", NULL));
    handle = CreateFileW(file, GENERIC_WRITE, 0, NULL, CREATE_NEW, 0, NULL);
    assert_true(handle != INVALID_HANDLE_VALUE);
    CloseHandle(handle);
    assert_true(GetFileAttributesW(L"C:\\hcssim\\volumes\\" GUID_ L"\\folder\\file") !=
                INVALID_FILE_ATTRIBUTES);
    assert_true(GetFileAttributesW(L"\\\\?\\Volume{" GUID_ L"}\\") & FILE_ATTRIBUTE_DIRECTORY);
    handle = FindFirstFileW(L"\\\\?\\Volume{" GUID_ L"}\\folder\\f*", &found);
    assert_true(handle != INVALID_HANDLE_VALUE);
    FindClose(handle);
    assert_int_equal(0, wcscmp(L"file", found.cFileName));
    assert_int_equal(INVALID_FILE_ATTRIBUTES, GetFileAttributesW(none));
    assert_true(DeleteFileW(file));
    assert_true(RemoveDirectoryW(L"\\\\?\\Volume{" GUID_ L"}\\folder"));
    assert_true(RemoveDirectoryW(L"C:\\hcssim\\volumes\\" GUID_));
}

static int load(void **state)
{
    (void)state;
    return LoadLibraryW(L"vmcompute.dll") ? 0 : -1; /* beside this program */
}

static int set_up(void **state)
{
    HANDLE file;

    (void)state;
    CreateDirectoryW(ROOT, NULL);
    CreateDirectoryW(FOLDER, NULL);
    file = CreateFileW(PLAIN, GENERIC_WRITE, 0, NULL, CREATE_ALWAYS, 0, NULL);
    CloseHandle(file);
    return file == INVALID_HANDLE_VALUE;
}

static int tear_down(void **state)
{
    (void)state;
    DeleteFileW(PLAIN);
    DeleteFileW(LINK);
    RemoveDirectoryW(LINK);
    RemoveDirectoryW(FOLDER);
    RemoveDirectoryW(ROOT);
    return 0;
}

#define WITH_FILES(test) cmocka_unit_test_setup_teardown(test, set_up, tear_down)

int main(void)
{
    const struct CMUnitTest tests[] = {
        WITH_FILES(a_junction_is_a_reparse_point_for_every_query),
        WITH_FILES(its_data_comes_back_and_can_be_removed),
        WITH_FILES(what_is_no_reparse_point_is_refused),
        WITH_FILES(a_new_folder_of_the_same_name_is_none),
        WITH_FILES(symbolic_links_say_where_they_lead),
        WITH_FILES(security_comes_back_as_it_was_set),
        WITH_FILES(security_that_a_folder_is_made_with_is_kept),
        WITH_FILES(security_of_other_objects_is_wines),
        WITH_FILES(a_volume_path_leads_to_the_volume),
        cmocka_unit_test(a_volume_path_of_a_drive_leads_to_its_files),
    };

    return cmocka_run_group_tests(tests, load, NULL);
}
