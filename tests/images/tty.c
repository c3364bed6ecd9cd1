/* SPDX-License-Identifier: MIT */
/*
 * tty: shows that it has a console. Prints its size as COLUMNSxROWS, again after each change, and
 * every key as its code; q ends it. Without a console it says so and ends with 1.
 */
#include "program.h"

#include <stdbool.h>

struct console {
    HANDLE in;
    HANDLE out;
    int columns;
    int rows;
};

/* By name: the standard handles of a process in a pseudo console need not be that console. */
static bool open_console(struct console *console)
{
    DWORD mode;

    console->in = CreateFileW(L"CONIN$", GENERIC_READ | GENERIC_WRITE,
                              FILE_SHARE_READ | FILE_SHARE_WRITE, NULL, OPEN_EXISTING, 0, NULL);
    console->out = CreateFileW(L"CONOUT$", GENERIC_READ | GENERIC_WRITE,
                               FILE_SHARE_READ | FILE_SHARE_WRITE, NULL, OPEN_EXISTING, 0, NULL);
    return GetConsoleMode(console->in, &mode) && GetConsoleMode(console->out, &mode) &&
           SetConsoleMode(console->in, ENABLE_WINDOW_INPUT);
}

static void report_size(struct console *console)
{
    CONSOLE_SCREEN_BUFFER_INFO info;
    int columns;
    int rows;

    if (!GetConsoleScreenBufferInfo(console->out, &info))
        return;
    columns = info.srWindow.Right - info.srWindow.Left + 1;
    rows = info.srWindow.Bottom - info.srWindow.Top + 1;
    if (columns == console->columns && rows == console->rows)
        return;
    console->columns = columns;
    console->rows = rows;
    program_print(L"%dx%d\r\n", columns, rows);
}

/* Returns false when the key is q. */
static bool handle_input(const struct console *console)
{
    INPUT_RECORD record;
    DWORD count = 0;
    wchar_t key;

    if (!ReadConsoleInputW(console->in, &record, 1, &count) || count == 0)
        return true;
    if (record.EventType != KEY_EVENT || !record.Event.KeyEvent.bKeyDown)
        return true;
    key = record.Event.KeyEvent.uChar.UnicodeChar;
    program_print(L"key 0x%04x, virtual key 0x%02x\r\n", key,
                  record.Event.KeyEvent.wVirtualKeyCode);
    return key != L'q';
}

int wmain(int argc, wchar_t **argv)
{
    struct console console = {0};
    bool more = true;

    (void)argc;
    (void)argv;
    if (!open_console(&console)) {
        program_print(L"no console\r\n");
        return 1;
    }
    while (more) {
        /* Looked at again and again: not every console tells when its size changes. */
        report_size(&console);
        if (WaitForSingleObject(console.in, 50) == WAIT_OBJECT_0)
            more = handle_input(&console);
    }
    return 0;
}
