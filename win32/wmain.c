/* SPDX-License-Identifier: MIT */
/* The entry point on Windows. */
#include <fcntl.h>
#include <io.h>
#include <stdio.h>

#include "base/program_main.h"
#include "platform.h"
#include "port/machine.h"
#include "self.h"

int wmain(int argc, wchar_t **wide);

static UINT code_page_before;

/* Of standard output and error: 0 where nothing was changed. */
static const DWORD outputs[] = {STD_OUTPUT_HANDLE, STD_ERROR_HANDLE};
static DWORD modes_before[2];

/* The console belongs to others, too, who go on using it. */
static void restore_code_page(void)
{
    SetConsoleOutputCP(code_page_before);
}

static void restore_modes(void)
{
    for (size_t i = 0; i < sizeof(outputs) / sizeof(outputs[0]); i++)
        if (modes_before[i])
            SetConsoleMode(GetStdHandle(outputs[i]), modes_before[i]);
}

/* A console shows the escape sequences that rows are drawn with as characters until it is told not
 * to; those before Windows 10 1511 know none. */
static void understand_sequences(void)
{
    const DWORD wanted = ENABLE_PROCESSED_OUTPUT | ENABLE_VIRTUAL_TERMINAL_PROCESSING;
    bool changed = false;

    for (size_t i = 0; i < sizeof(outputs) / sizeof(outputs[0]); i++) {
        HANDLE handle = GetStdHandle(outputs[i]);
        DWORD mode;

        if (!GetConsoleMode(handle, &mode) || (mode & wanted) == wanted ||
            !SetConsoleMode(handle, mode | wanted))
            continue;
        modes_before[i] = mode;
        changed = true;
    }
    if (changed)
        atexit(restore_modes);
}

/*
 * Ctrl-C and its like end a process without atexit(). The handlers of src/port/console.h come
 * first, and this one only where they leave it at the default, which comes next.
 */
static BOOL WINAPI interrupted(DWORD type)
{
    (void)type;
    restore_modes();
    if (code_page_before)
        restore_code_page();
    return FALSE;
}

/*
 * Room for what is printed between two flushes. Without it the runtime hands each byte of a
 * console's output, and of any standard error, to Windows alone: slow, and characters of several
 * bytes are shown torn. It has no buffers of lines, so commands flush before they wait
 * (src/cli/output.h).
 */
#define OUTPUT_BUFFER ((size_t)32 * 1024)

/* What is printed is UTF-8 with line feeds, byte for byte, wherever it goes. */
static void prepare_output(void)
{
    _setmode(_fileno(stdin), _O_BINARY);
    _setmode(_fileno(stdout), _O_BINARY);
    _setmode(_fileno(stderr), _O_BINARY);
    setvbuf(stdout, NULL, _IOFBF, OUTPUT_BUFFER);
    setvbuf(stderr, NULL, _IOFBF, OUTPUT_BUFFER);
    code_page_before = GetConsoleOutputCP();
    if (code_page_before && code_page_before != CP_UTF8 && SetConsoleOutputCP(CP_UTF8))
        atexit(restore_code_page);
    understand_sequences();
    SetConsoleCtrlHandler(interrupted, TRUE);
}

static char **arguments_to_utf8(int argc, wchar_t **wide)
{
    char **arguments = calloc((size_t)argc + 1, sizeof(*arguments));

    for (int i = 0; arguments && i < argc; i++) {
        arguments[i] = utf8_from_wide(wide[i]);
        if (!arguments[i])
            return NULL;
    }
    return arguments;
}

static uint32_t exit_code = 1; /* exit() from within is a failure's: delay_load.c */

/*
 * The first handler that is registered is called last. A thread may hang in a call to a service,
 * and exit() would hang with it: it comes to ExitProcess() (port/machine.h).
 */
static void end_at_once(void)
{
    fflush(NULL);
    machine_end(exit_code);
}

int wmain(int argc, wchar_t **wide)
{
    char **arguments = arguments_to_utf8(argc, wide);

    if (!arguments)
        return 125;
    atexit(end_at_once);
    prepare_output();
    self_is_wcow();
    exit_code = program_main(argc, arguments);
    return (int)exit_code;
}
