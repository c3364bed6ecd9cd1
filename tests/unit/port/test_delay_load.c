/* SPDX-License-Identifier: MIT */
/* DLLs that are loaded when they are first used: where from, and what a Windows without one tells.
 */
#include "tests/unit/status.h"

#include <setjmp.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "platform.h"

static const char *library; /* the one that is there */
static DWORD looked_in;     /* flags of the last look */
static char said[200];      /* on standard error */
static int ended_with;
static jmp_buf end;

static HMODULE WINAPI fake_load(const char *name, HANDLE unused, DWORD flags)
{
    (void)unused;
    looked_in = flags;
    SetLastError(library && strcmp(name, library) == 0 ? 5 : ERROR_MOD_NOT_FOUND);
    return library && strcmp(name, library) == 0 ? (HMODULE)&looked_in : NULL;
}

static FARPROC WINAPI fake_find(HMODULE module, const char *name)
{
    assert_ptr_equal(module, &looked_in);
    if (strcmp(name, "there") == 0)
        return (FARPROC)(void (*)(void))fake_load;
    SetLastError(ERROR_PROC_NOT_FOUND);
    return NULL;
}

static int fake_say(FILE *out, const char *format, ...)
{
    va_list arguments;

    assert_ptr_equal(out, stderr);
    va_start(arguments, format);
    vsnprintf(said, sizeof(said), format, arguments);
    va_end(arguments);
    return 0;
}

static _Noreturn void fake_exit(int code)
{
    ended_with = code;
    longjmp(end, 1);
}

#define LoadLibraryExA fake_load
#define GetProcAddress fake_find
#define fprintf        fake_say
#define exit           fake_exit
#include "win32/delay_load.c"
#undef exit
#undef fprintf

static void the_address_is_kept_and_the_last_error_is_the_callers(void **state)
{
    struct delayed_import import = {NULL, "there", "x.dll"};

    (void)state;
    library = "x.dll";
    SetLastError(1234);
    assert_ptr_equal(delay_load(&import), (void *)(intptr_t)fake_load);
    assert_int_equal(GetLastError(), 1234);
    assert_ptr_equal(import.address, (void *)(intptr_t)fake_load);
    assert_int_equal(looked_in, LOAD_LIBRARY_SEARCH_SYSTEM32);
}

static void expect_end(const char *dll, const char *message)
{
    struct delayed_import import = {NULL, "missing", dll};

    ended_with = -1;
    if (setjmp(end) == 0)
        delay_load(&import);
    assert_int_equal(ended_with, 1);
    assert_string_equal(said, message);
}

static void what_this_windows_lacks_is_named(void **state)
{
    (void)state;
    library = "x.dll";
    expect_end("x.dll", "wcow: this Windows has no missing in x.dll (error 127)\n");
    expect_end("y.dll", "wcow: this Windows has no missing in y.dll (error 126)\n");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(the_address_is_kept_and_the_last_error_is_the_callers),
        cmocka_unit_test(what_this_windows_lacks_is_named),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
