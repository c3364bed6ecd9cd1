/* SPDX-License-Identifier: MIT */
/* The console that a wcow was started in is as it was when that has ended, or was interrupted. */
#include "tests/unit/status.h"

#include <stdio.h>
#include <stdlib.h>

#include "base/program_main.h"
#include "platform.h"
#include "port/machine.h"

static UINT code_page;
static DWORD modes[2];
static PHANDLER_ROUTINE handler;
static void (*at_exit[4])(void);
static size_t at_exit_count;

static DWORD *mode_of(HANDLE handle)
{
    return handle == GetStdHandle(STD_OUTPUT_HANDLE) ? &modes[0] : &modes[1];
}

static BOOL WINAPI fake_get_mode(HANDLE handle, DWORD *mode)
{
    *mode = *mode_of(handle);
    return TRUE;
}

static BOOL WINAPI fake_set_mode(HANDLE handle, DWORD mode)
{
    *mode_of(handle) = mode;
    return TRUE;
}

static UINT WINAPI fake_get_code_page(void)
{
    return code_page;
}

static BOOL WINAPI fake_set_code_page(UINT page)
{
    code_page = page;
    return TRUE;
}

static BOOL WINAPI fake_set_handler(PHANDLER_ROUTINE call, BOOL add)
{
    assert_true(add);
    handler = call;
    return TRUE;
}

static int fake_at_exit(void (*call)(void))
{
    at_exit[at_exit_count++] = call;
    return 0;
}

static uint32_t ended_with;

/* The console has been put back by then. */
static void fake_end(uint32_t code)
{
    assert_int_equal(at_exit_count, 0);
    ended_with = code;
}

/* Nothing but the two standard outputs, which a test needs itself. */
static int fake_buffer(FILE *out, char *buffer, int mode, size_t size)
{
    (void)out, (void)buffer, (void)mode, (void)size;
    return 0;
}

static DWORD modes_seen[2];
static UINT code_page_seen;

uint32_t program_main(int argc, char **argv)
{
    assert_int_equal(argc, 2);
    assert_string_equal(argv[1], "\xC3\xA4");
    modes_seen[0] = modes[0];
    modes_seen[1] = modes[1];
    code_page_seen = code_page;
    return 0xC000013A;
}

#define GetConsoleMode        fake_get_mode
#define SetConsoleMode        fake_set_mode
#define GetConsoleOutputCP    fake_get_code_page
#define SetConsoleOutputCP    fake_set_code_page
#define SetConsoleCtrlHandler fake_set_handler
#define atexit                fake_at_exit
#define setvbuf               fake_buffer
#define machine_end           fake_end
#include "win32/wmain.c"
#undef atexit

/* Runs it in such a console. */
static void run_in(UINT page, DWORD output, DWORD error)
{
    wchar_t name[] = L"wcow";
    wchar_t umlaut[] = L"\u00E4";
    wchar_t *arguments[] = {name, umlaut, NULL};

    code_page = page;
    modes[0] = output;
    modes[1] = error;
    at_exit_count = 0;
    modes_before[0] = modes_before[1] = 0;
    assert_int_equal((uint32_t)wmain(2, arguments), 0xC000013A);
}

static void expect_console(UINT page, DWORD output, DWORD error)
{
    assert_int_equal(code_page, page);
    assert_int_equal(modes[0], output);
    assert_int_equal(modes[1], error);
}

static void it_speaks_utf8_and_sequences_meanwhile(void **state)
{
    (void)state;
    run_in(437, 3, 1);
    assert_int_equal(code_page_seen, CP_UTF8);
    assert_int_equal(modes_seen[0], 7);
    assert_int_equal(modes_seen[1], 5);
}

static void what_was_changed_is_put_back_at_the_end(void **state)
{
    (void)state;
    run_in(437, 3, 1);
    while (at_exit_count)
        at_exit[--at_exit_count]();
    expect_console(437, 3, 1);
    assert_int_equal(ended_with, 0xC000013A);
}

/* Which runs nothing of atexit(). The event goes on to whoever ends the process. */
static void what_was_changed_is_put_back_when_it_is_interrupted(void **state)
{
    (void)state;
    run_in(437, 3, 1);
    assert_false(handler(CTRL_C_EVENT));
    expect_console(437, 3, 1);
}

static void what_was_right_is_left_alone(void **state)
{
    (void)state;
    run_in(CP_UTF8, 7, 7);
    assert_int_equal(at_exit_count, 1); /* which ends the process */
    modes[0] = 1;                       /* by somebody else, meanwhile */
    assert_false(handler(CTRL_C_EVENT));
    expect_console(CP_UTF8, 1, 7);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(it_speaks_utf8_and_sequences_meanwhile),
        cmocka_unit_test(what_was_changed_is_put_back_at_the_end),
        cmocka_unit_test(what_was_changed_is_put_back_when_it_is_interrupted),
        cmocka_unit_test(what_was_right_is_left_alone),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
