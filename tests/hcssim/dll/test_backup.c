/* SPDX-License-Identifier: MIT */
/* BackupWrite and BackupRead as vmcompute.dll gives them to its process under Wine. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include <windows.h>

static const wchar_t own_path[] = L"C:\\hcssim-backup-test";
static const wchar_t *path = own_path;

#define STREAM(id, attributes, size, name_size)                                                    \
    id, 0, 0, 0, attributes, 0, 0, 0, size, 0, 0, 0, 0, 0, 0, 0, name_size, 0, 0, 0

static const BYTE security[] = {STREAM(3, 2, 4, 0), 's', 'e', 'c', 'u'};
static const BYTE data[] = {STREAM(1, 0, 5, 0), 'h', 'e', 'l', 'l', 'o'};
static const BYTE alternate[] = {STREAM(4, 0, 3, 4), ':', 0, 'x', 0, 'a', 'l', 't'};
static const BYTE sparse[] = {STREAM(9, 8, 10, 0), 4, 0, 0, 0, 0, 0, 0, 0, 'a', 'b',
                              STREAM(9, 8, 8, 0),  8, 0, 0, 0, 0, 0, 0, 0};

static size_t append(BYTE *to, size_t at, const void *bytes, size_t size)
{
    memcpy(to + at, bytes, size);
    return at + size;
}

static HANDLE open_file(DWORD how)
{
    HANDLE file = CreateFileW(path, GENERIC_READ | GENERIC_WRITE, 0, NULL, how,
                              FILE_FLAG_BACKUP_SEMANTICS, NULL);

    assert_true(file != INVALID_HANDLE_VALUE);
    return file;
}

/* Restores a stream in pieces of that size. */
static void restore(BYTE *bytes, size_t size, DWORD piece, BOOL with_security)
{
    HANDLE file = open_file(CREATE_ALWAYS);
    void *context = NULL;
    DWORD done;

    for (size_t at = 0; at < size; at += piece) {
        DWORD now = size - at < piece ? (DWORD)(size - at) : piece;

        assert_true(BackupWrite(file, bytes + at, now, &done, FALSE, with_security, &context));
        assert_int_equal(now, done);
    }
    assert_true(BackupWrite(file, NULL, 0, &done, TRUE, with_security, &context));
    assert_null(context);
    CloseHandle(file);
}

static size_t back_up(BYTE *bytes, size_t room, DWORD piece, BOOL with_security)
{
    HANDLE file = open_file(OPEN_EXISTING);
    void *context = NULL;
    size_t at = 0;
    DWORD done = 1;

    while (done && at + piece <= room) {
        assert_true(BackupRead(file, bytes + at, piece, &done, FALSE, with_security, &context));
        at += done;
    }
    BackupRead(file, NULL, 0, &done, TRUE, FALSE, &context);
    CloseHandle(file);
    return at;
}

static size_t contents(BYTE *bytes, DWORD room)
{
    HANDLE file = open_file(OPEN_EXISTING);
    DWORD got = 0;

    assert_true(ReadFile(file, bytes, room, &got, NULL));
    CloseHandle(file);
    return got;
}

static size_t whole_stream(BYTE *bytes)
{
    size_t size = append(bytes, 0, security, sizeof(security));

    size = append(bytes, size, data, sizeof(data));
    return append(bytes, size, alternate, sizeof(alternate));
}

static void a_stream_comes_back_as_it_was_restored(void **state)
{
    BYTE stream[256], back[256];
    size_t size = whole_stream(stream);

    (void)state;
    for (DWORD piece = 1; piece < 64; piece++) {
        restore(stream, size, piece, TRUE);
        assert_int_equal(5, contents(back, sizeof(back)));
        assert_memory_equal("hello", back, 5);
        assert_int_equal(size, back_up(back, sizeof(back), piece, TRUE));
        assert_memory_equal(stream, back, size);
    }
}

static void security_is_left_out_unless_asked_for(void **state)
{
    BYTE stream[256], back[256];
    size_t size = whole_stream(stream);

    (void)state;
    restore(stream, size, 256, FALSE);
    assert_int_equal(size - sizeof(security), back_up(back, sizeof(back), 64, TRUE));
    assert_memory_equal(stream + sizeof(security), back, size - sizeof(security));
    restore(stream, size, 256, TRUE);
    assert_int_equal(size - sizeof(security), back_up(back, sizeof(back), 64, FALSE));
}

static void sparse_blocks_leave_holes(void **state)
{
    BYTE stream[sizeof(sparse)], back[64];

    (void)state;
    memcpy(stream, sparse, sizeof(stream));
    for (DWORD piece = 1; piece < sizeof(stream); piece++) {
        restore(stream, sizeof(stream), piece, FALSE);
        assert_int_equal(8, contents(back, sizeof(back)));
        assert_memory_equal("\0\0\0\0ab\0\0", back, 8);
    }
}

static void metadata_goes_with_a_renamed_file_and_not_with_a_new_one(void **state)
{
    static const wchar_t elsewhere[] = L"C:\\hcssim-backup\\hcssim-backup-test";
    BYTE stream[256], back[256];
    size_t size = whole_stream(stream);

    (void)state;
    restore(stream, size, 256, TRUE);
    CreateDirectoryW(L"C:\\hcssim-backup", NULL);
    assert_true(MoveFileExW(path, elsewhere, MOVEFILE_REPLACE_EXISTING));
    CloseHandle(open_file(CREATE_NEW));
    assert_int_equal(20, back_up(back, sizeof(back), 64, TRUE)); /* an empty DATA stream */
    assert_true(DeleteFileW(path));
    assert_true(MoveFileExW(elsewhere, path, 0));
    assert_int_equal(size, back_up(back, sizeof(back), 64, TRUE));
    RemoveDirectoryW(L"C:\\hcssim-backup");
}

static void all_names_of_a_file_have_its_metadata(void **state)
{
    static const wchar_t other[] = L"C:\\hcssim-backup-other";
    BYTE stream[256], back[256];
    size_t size = whole_stream(stream);

    (void)state;
    restore(stream, size, 256, TRUE);
    assert_true(CreateHardLinkW(other, path, NULL));
    path = other;
    assert_int_equal(size, back_up(back, sizeof(back), 64, TRUE));
    assert_memory_equal(stream, back, size);
    path = own_path;
    assert_true(DeleteFileW(other));
}

static void functions_asked_for_by_name_are_replaced_too(void **state)
{
    typedef BOOL WINAPI backup_write(HANDLE, BYTE *, DWORD, DWORD *, BOOL, BOOL, void **);
    FARPROC found = GetProcAddress(GetModuleHandleW(L"kernel32.dll"), "BackupWrite");
    backup_write *call = (backup_write *)(void (*)(void))found;
    HANDLE file = open_file(CREATE_ALWAYS);
    BYTE stream[sizeof(data)], back[8];
    void *context = NULL;
    DWORD done;

    (void)state;
    memcpy(stream, data, sizeof(stream));
    assert_true(call(file, stream, sizeof(stream), &done, FALSE, FALSE, &context));
    assert_true(call(file, NULL, 0, &done, TRUE, FALSE, &context));
    CloseHandle(file);
    assert_int_equal(5, contents(back, sizeof(back)));
}

static int load(void **state)
{
    (void)state;
    return LoadLibraryW(L"vmcompute.dll") ? 0 : -1; /* beside this program */
}

static int unload(void **state)
{
    (void)state;
    DeleteFileW(path);
    return 0;
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_stream_comes_back_as_it_was_restored),
        cmocka_unit_test(security_is_left_out_unless_asked_for),
        cmocka_unit_test(sparse_blocks_leave_holes),
        cmocka_unit_test(metadata_goes_with_a_renamed_file_and_not_with_a_new_one),
        cmocka_unit_test(all_names_of_a_file_have_its_metadata),
        cmocka_unit_test(functions_asked_for_by_name_are_replaced_too),
    };

    return cmocka_run_group_tests(tests, load, unload);
}
