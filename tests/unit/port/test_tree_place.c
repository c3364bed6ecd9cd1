/* SPDX-License-Identifier: MIT */
/* Putting a file in the place of another one that somebody has open, or that power may take. */
#include "tests/unit/status.h"

#include "files.h"
#include "relative.h"

#include "base/utf.h"

/* ---- the system ---- */

#define SOME_HANDLE ((HANDLE)(uintptr_t)0x1230)

static bool is_there;          /* what is to be replaced */
static DWORD there_attributes; /* of it */
static unsigned refusals;      /* so many renames more are refused */
static NTSTATUS refused_with;
static char calls[64]; /* F: flushed, R: renamed */

static void call(char what)
{
    const size_t length = strlen(calls);

    if (length + 1 < sizeof calls)
        calls[length] = what;
}

static NTSTATUS NTAPI fake_rename(HANDLE handle, IO_STATUS_BLOCK *io, void *info, ULONG size,
                                  FILE_INFORMATION_CLASS which)
{
    (void)handle;
    (void)io;
    (void)info;
    (void)size;
    (void)which;
    if (!refusals) {
        call('R');
        return 0;
    }
    refusals--;
    return refused_with;
}

static BOOL WINAPI fake_flush(HANDLE handle)
{
    (void)handle;
    call('F');
    return TRUE;
}

static BOOL WINAPI fake_get(HANDLE handle, FILE_INFO_BY_HANDLE_CLASS which, void *out, DWORD size)
{
    (void)handle;
    (void)size;
    if (which != FileBasicInfo)
        return FALSE;
    *(FILE_BASIC_INFO *)out = (FILE_BASIC_INFO){.FileAttributes = there_attributes};
    return TRUE;
}

static BOOL WINAPI fake_set(HANDLE handle, FILE_INFO_BY_HANDLE_CLASS which, void *in, DWORD size)
{
    (void)handle;
    (void)which;
    (void)in;
    (void)size;
    return TRUE;
}

int32_t relative_open(HANDLE root, const char *name, const open_how *how, HANDLE *out)
{
    (void)root;
    (void)name;
    (void)how;
    (void)out;
    return HR_FILE_NOT_FOUND;
}

int32_t relative_open_audited(HANDLE root, const char *name, const open_how *how, HANDLE *out)
{
    return relative_open(root, name, how, out);
}

int32_t relative_open_child(HANDLE folder, const char *name, const open_how *how, HANDLE *out)
{
    (void)folder;
    (void)name;
    (void)how;
    if (!is_there)
        return HR_FILE_NOT_FOUND;
    *out = SOME_HANDLE;
    return HR_OK;
}

int32_t relative_open_parent(HANDLE root, const char *name, ACCESS_MASK access, HANDLE *out,
                             const char **base)
{
    (void)root;
    (void)name;
    (void)access;
    (void)out;
    (void)base;
    return HR_PATH_NOT_FOUND;
}

int32_t tree_remove(files_port *port, file_tree *tree, const char *name)
{
    (void)port;
    (void)tree;
    (void)name;
    return HR_FILE_NOT_FOUND;
}

#define NtSetInformationFile         fake_rename
#define FlushFileBuffers             fake_flush
#define GetFileInformationByHandleEx fake_get
#define SetFileInformationByHandle   fake_set
#include "win32/handle.c"
#include "win32/tree_entry.c"

#define SHARING_VIOLATION ((NTSTATUS)0xC0000043)
#define DENIED            ((NTSTATUS)0xC0000022)

static int start(void **state)
{
    (void)state;
    is_there = true;
    there_attributes = FILE_ATTRIBUTE_ARCHIVE;
    refusals = 0;
    refused_with = SHARING_VIOLATION;
    memset(calls, 0, sizeof calls);
    return 0;
}

static int32_t place(DWORD attributes)
{
    tree_entry *entry = calloc(1, sizeof *entry);

    assert_non_null(entry);
    entry->handle = SOME_HANDLE;
    entry->info.attributes = attributes;
    entry->place = text_copy("hosts");
    return entry_place(NULL, entry);
}

/* ---- */

/* Each try is three renames; a fourth where something makes way. */
static void a_scanner_is_waited_for(void **state)
{
    (void)state;
    refusals = 3 * 20;
    assert_int_equal(place(FILE_ATTRIBUTE_ARCHIVE), HR_OK);
    assert_string_equal(calls, "FR");
    refusals = 1000000;
    assert_int_equal(place(FILE_ATTRIBUTE_ARCHIVE), HR_SHARING_VIOLATION);
}

static void a_folder_stays_one_at_once(void **state)
{
    (void)state;
    there_attributes = FILE_ATTRIBUTE_DIRECTORY;
    refused_with = DENIED;
    refusals = 1000000;
    assert_int_equal(place(FILE_ATTRIBUTE_ARCHIVE), HR_ACCESS_DENIED);
    assert_int_equal(refusals, 1000000 - 3);
}

/* Else a power failure leaves zeros where the old file was whole. */
static void what_replaces_something_is_on_disk_before(void **state)
{
    (void)state;
    assert_int_equal(place(FILE_ATTRIBUTE_ARCHIVE), HR_OK);
    assert_string_equal(calls, "FR");
}

static void what_replaces_nothing_waits_for_no_disk(void **state)
{
    (void)state;
    is_there = false;
    assert_int_equal(place(FILE_ATTRIBUTE_ARCHIVE), HR_OK);
    assert_string_equal(calls, "R");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup(a_scanner_is_waited_for, start),
        cmocka_unit_test_setup(a_folder_stays_one_at_once, start),
        cmocka_unit_test_setup(what_replaces_something_is_on_disk_before, start),
        cmocka_unit_test_setup(what_replaces_nothing_waits_for_no_disk, start),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
