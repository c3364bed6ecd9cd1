/* SPDX-License-Identifier: MIT */
/* Flags and rights that not every Windows, file system or filter knows: what is asked for instead.
 */
#include "tests/unit/status.h"

#include "files.h"
#include "relative.h"
#include "security.h"

#include "base/utf.h"
#include "port/tree_name.h"

/* ---- the system ---- */

#define SOME_HANDLE ((HANDLE)(uintptr_t)0x1230)

static bool audits;              /* this process may read audit entries */
static NTSTATUS to_dont_reparse; /* what opens with OBJ_DONT_REPARSE get */
static NTSTATUS to_audits;       /* what opens with ACCESS_SYSTEM_SECURITY get */
static DWORD folder_attributes;  /* of what is on the way */
static unsigned oplocked;        /* so many opens more find an oplock that breaks */
static unsigned given_back;      /* handles */
static unsigned opens;
static ULONG last_options;
static ACCESS_MASK last_access;
static ULONG last_flags;

static DWORD known_flags;     /* of FileDispositionInfoEx; 0: the class is unknown */
static DWORD file_attributes; /* of the file that is removed */
static DWORD removed_with;    /* MAXDWORD: it is there */

bool security_audits(void)
{
    return audits;
}

static NTSTATUS NTAPI fake_create(HANDLE *handle, ACCESS_MASK access, OBJECT_ATTRIBUTES *object,
                                  IO_STATUS_BLOCK *io, LARGE_INTEGER *size, ULONG attributes,
                                  ULONG share, ULONG disposition, ULONG options, void *ea,
                                  ULONG ea_size)
{
    (void)io;
    (void)size;
    (void)attributes;
    (void)share;
    (void)disposition;
    (void)ea;
    (void)ea_size;
    opens++;
    last_access = access;
    last_flags = object->Attributes;
    last_options = options;
    if ((object->Attributes & 0x1000) && to_dont_reparse)
        return to_dont_reparse;
    if ((access & ACCESS_SYSTEM_SECURITY) && to_audits)
        return to_audits;
    *handle = SOME_HANDLE;
    if (!oplocked)
        return 0;
    oplocked--;
    return 0x108; /* STATUS_OPLOCK_BREAK_IN_PROGRESS */
}

static BOOL WINAPI fake_close(HANDLE handle)
{
    given_back += handle == SOME_HANDLE;
    return TRUE;
}

static BOOL WINAPI fake_get(HANDLE handle, FILE_INFO_BY_HANDLE_CLASS which, void *out, DWORD size)
{
    (void)handle;
    (void)size;
    if (which == FileAttributeTagInfo)
        *(FILE_ATTRIBUTE_TAG_INFO *)out = (FILE_ATTRIBUTE_TAG_INFO){folder_attributes, 0};
    else
        *(FILE_BASIC_INFO *)out = (FILE_BASIC_INFO){.FileAttributes = file_attributes};
    return TRUE;
}

static BOOL refuse(DWORD code)
{
    SetLastError(code);
    return FALSE;
}

static BOOL WINAPI fake_set(HANDLE handle, FILE_INFO_BY_HANDLE_CLASS which, void *in, DWORD size)
{
    bool ex = which == FILE_DISPOSITION_INFO_EX_CLASS;
    DWORD flags = ex ? ((FILE_DISPOSITION_INFO_EX *)in)->Flags : FILE_DISPOSITION_FLAG_DELETE;

    (void)handle;
    (void)size;
    if (which == FileBasicInfo) {
        file_attributes = ((FILE_BASIC_INFO *)in)->FileAttributes;
        return TRUE;
    }
    if (ex && (flags & ~known_flags))
        return refuse(ERROR_INVALID_PARAMETER);
    if ((file_attributes & FILE_ATTRIBUTE_READONLY) &&
        !(flags & FILE_DISPOSITION_FLAG_IGNORE_READONLY_ATTRIBUTE))
        return refuse(ERROR_ACCESS_DENIED);
    removed_with = flags;
    return TRUE;
}

#define CloseHandle                  fake_close
#define NtCreateFile                 fake_create
#define GetFileInformationByHandleEx fake_get
#define SetFileInformationByHandle   fake_set
#include "win32/handle.c"
#include "win32/relative.c"

static int start(void **state)
{
    (void)state;
    audits = true;
    to_dont_reparse = 0;
    to_audits = 0;
    folder_attributes = FILE_ATTRIBUTE_DIRECTORY;
    opens = 0;
    oplocked = 0;
    given_back = 0;
    file_attributes = FILE_ATTRIBUTE_NORMAL;
    removed_with = MAXDWORD;
    return 0;
}

/* ---- opening ---- */

static const open_how how = {GENERIC_READ, FILE_SHARE_READ, FILE_OPEN, 0, 0};

static void a_path_is_walked_where_the_flag_is_refused(void **state)
{
    static const NTSTATUS answers[] = {
        (NTSTATUS)0xC000000D, /* invalid parameter: Windows before 1703 */
        (NTSTATUS)0xC0000002, /* not implemented */
        (NTSTATUS)0xC0000010, /* invalid device request */
        (NTSTATUS)0xC00000BB, /* not supported */
        (NTSTATUS)0xC000050B, /* reparse point encountered: wcifs, for what a parent has */
    };

    for (size_t i = 0; i < sizeof(answers) / sizeof(answers[0]); i++) {
        HANDLE handle = NULL;

        start(state);
        to_dont_reparse = answers[i];
        assert_int_equal(relative_open(SOME_HANDLE, "a\\b\\c", &how, &handle), HR_OK);
        assert_ptr_equal(handle, SOME_HANDLE);
        assert_int_equal(opens, 4);
        assert_int_equal(last_flags & 0x1000, 0);
    }
}

/* The walk looks at each folder: a real link stays one. */
static void a_link_on_the_way_is_refused_either_way(void **state)
{
    HANDLE handle = NULL;

    (void)state;
    to_dont_reparse = (NTSTATUS)0xC000050B;
    folder_attributes |= FILE_ATTRIBUTE_REPARSE_POINT;
    assert_int_equal(relative_open(SOME_HANDLE, "a\\b", &how, &handle), HR_REPARSE_POINT);
    assert_null(handle);
}

static void other_failures_are_failures(void **state)
{
    HANDLE handle = NULL;

    (void)state;
    to_dont_reparse = (NTSTATUS)0xC0000034; /* object name not found */
    assert_int_equal(relative_open(SOME_HANDLE, "a\\b", &how, &handle), HR_FILE_NOT_FOUND);
    assert_int_equal(opens, 1);
}

static void audit_entries_are_opened_where_that_is_granted(void **state)
{
    HANDLE handle = NULL;

    (void)state;
    assert_int_equal(relative_open_audited(SOME_HANDLE, "a", &how, &handle), HR_OK);
    assert_int_equal(opens, 1);
    assert_true(last_access & ACCESS_SYSTEM_SECURITY);
    audits = false;
    assert_int_equal(relative_open_audited(SOME_HANDLE, "a", &how, &handle), HR_OK);
    assert_int_equal(opens, 2);
    assert_false(last_access & ACCESS_SYSTEM_SECURITY);
}

static void without_the_right_to_audit_all_else_is_done(void **state)
{
    static const NTSTATUS answers[] = {
        (NTSTATUS)0xC0000022, /* access denied */
        (NTSTATUS)0xC0000061, /* privilege not held */
        (NTSTATUS)0xC00000BB, /* not supported */
    };

    for (size_t i = 0; i < sizeof(answers) / sizeof(answers[0]); i++) {
        HANDLE handle = NULL;

        start(state);
        to_audits = answers[i];
        assert_int_equal(relative_open_audited(SOME_HANDLE, "a", &how, &handle), HR_OK);
        assert_int_equal(last_access & ACCESS_SYSTEM_SECURITY, 0);
        assert_true(last_access & GENERIC_READ);
    }
}

/* Whoever has it gives it back in a moment. */
static void an_oplock_is_waited_for(void **state)
{
    HANDLE handle = NULL;

    (void)state;
    oplocked = 3;
    assert_int_equal(relative_open(SOME_HANDLE, "a\\b", &how, &handle), HR_OK);
    assert_ptr_equal(handle, SOME_HANDLE);
    assert_true(last_options & FILE_COMPLETE_IF_OPLOCKED);
    assert_int_equal(opens, 4);
    assert_int_equal(given_back, 3);
}

/* …or never: an open that waits in the kernel would wait for ever. */
static void one_that_nobody_gives_back_is_given_up_on(void **state)
{
    HANDLE handle = NULL;

    (void)state;
    oplocked = 1000000;
    assert_int_equal(relative_open(SOME_HANDLE, "a\\b", &how, &handle), HR_SHARING_VIOLATION);
    assert_null(handle);
    assert_int_equal(given_back, opens);
}

/* ---- removing ---- */

#define AT_ONCE       (FILE_DISPOSITION_FLAG_DELETE | FILE_DISPOSITION_FLAG_POSIX_SEMANTICS)
#define READ_ONLY_TOO FILE_DISPOSITION_FLAG_IGNORE_READONLY_ATTRIBUTE

static void a_file_goes_in_the_best_way_that_windows_knows(void **state)
{
    static const struct {
        DWORD known, attributes, with;
    } cases[] = {
        {AT_ONCE | READ_ONLY_TOO, FILE_ATTRIBUTE_NORMAL,
         AT_ONCE | READ_ONLY_TOO}, /* from 1809 on */
        {AT_ONCE | READ_ONLY_TOO, FILE_ATTRIBUTE_READONLY, AT_ONCE | READ_ONLY_TOO}, /* */
        {AT_ONCE, FILE_ATTRIBUTE_NORMAL, AT_ONCE}, /* 1709, 1803 */
        {AT_ONCE, FILE_ATTRIBUTE_READONLY, AT_ONCE},
        {0, FILE_ATTRIBUTE_NORMAL, FILE_DISPOSITION_FLAG_DELETE}, /* before, and Wine */
        {0, FILE_ATTRIBUTE_READONLY, FILE_DISPOSITION_FLAG_DELETE},
    };

    for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
        start(state);
        known_flags = cases[i].known;
        file_attributes = cases[i].attributes;
        assert_int_equal(handle_remove(SOME_HANDLE), HR_OK);
        assert_int_equal(removed_with, cases[i].with);
        /* Its other names keep them. */
        assert_int_equal(file_attributes, cases[i].attributes);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup(a_path_is_walked_where_the_flag_is_refused, start),
        cmocka_unit_test_setup(a_link_on_the_way_is_refused_either_way, start),
        cmocka_unit_test_setup(other_failures_are_failures, start),
        cmocka_unit_test_setup(audit_entries_are_opened_where_that_is_granted, start),
        cmocka_unit_test_setup(without_the_right_to_audit_all_else_is_done, start),
        cmocka_unit_test_setup(an_oplock_is_waited_for, start),
        cmocka_unit_test_setup(one_that_nobody_gives_back_is_given_up_on, start),
        cmocka_unit_test_setup(a_file_goes_in_the_best_way_that_windows_knows, start),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
