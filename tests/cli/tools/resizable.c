/* SPDX-License-Identifier: MIT */
/*
 * resizable.exe FILE COMMAND…: runs a command on this console and gives the console the size that
 * FILE names ("110 40") whenever that changes. Under Wine a console does not notice that the
 * terminal it is shown in has another size; on Windows it does, and so this stands in for the
 * window's frame.
 */
#include <windows.h>

#include <stdio.h>
#include <wchar.h>

/* The rest of the command line after `words` words, exactly as it was given. */
static wchar_t *skip_words(wchar_t *line, int words)
{
    while (words-- > 0) {
        BOOL quoted = FALSE;

        for (; *line && (quoted || (*line != L' ' && *line != L'\t')); line++)
            if (*line == L'"')
                quoted = !quoted;
        while (*line == L' ' || *line == L'\t')
            line++;
    }
    return line;
}

static BOOL read_size(const wchar_t *path, COORD *out)
{
    FILE *file = _wfopen(path, L"rb");
    int columns = 0;
    int rows = 0;
    BOOL read = FALSE;

    if (!file)
        return FALSE;
    read = fscanf(file, "%d %d", &columns, &rows) == 2 && columns > 0 && rows > 0;
    fclose(file);
    if (read)
        *out = (COORD){(SHORT)columns, (SHORT)rows};
    return read;
}

/* The window must never be larger than the buffer: first shrink it, then both can be what they
 * like. */
static void set_size(HANDLE screen, COORD size)
{
    const SMALL_RECT least = {0, 0, 0, 0};
    const SMALL_RECT window = {0, 0, (SHORT)(size.X - 1), (SHORT)(size.Y - 1)};

    SetConsoleWindowInfo(screen, TRUE, &least);
    SetConsoleScreenBufferSize(screen, size);
    SetConsoleWindowInfo(screen, TRUE, &window);
}

int wmain(int argc, wchar_t **argv);

int wmain(int argc, wchar_t **argv)
{
    STARTUPINFOW startup = {.cb = sizeof(startup)};
    PROCESS_INFORMATION process;
    HANDLE screen = CreateFileW(L"CONOUT$", GENERIC_READ | GENERIC_WRITE,
                                FILE_SHARE_READ | FILE_SHARE_WRITE, NULL, OPEN_EXISTING, 0, NULL);
    COORD now = {0, 0};
    COORD size = {0, 0};
    DWORD code = 0;

    if (argc < 3 || screen == INVALID_HANDLE_VALUE)
        return 125;
    GetStartupInfoW(&startup);
    if (!CreateProcessW(NULL, skip_words(GetCommandLineW(), 2), NULL, NULL, TRUE, 0, NULL, NULL,
                        &startup, &process))
        return 125;
    while (WaitForSingleObject(process.hProcess, 100) == WAIT_TIMEOUT) {
        if (read_size(argv[1], &size) && (size.X != now.X || size.Y != now.Y)) {
            set_size(screen, size);
            now = size;
        }
    }
    GetExitCodeProcess(process.hProcess, &code);
    return (int)code;
}
