/* SPDX-License-Identifier: MIT */
/*
 * conlaunch.exe PIPE APPLICATION|COMMAND LINE: runs on a pseudoconsole, gives it to the container's
 * program as its standard handles and resizes it when told to (ResizePseudoConsole is not
 * implemented in Wine 8).
 */
#include <stdbool.h>
#include <stdlib.h>
#include <wchar.h>
#include <windows.h>

#include <tlhelp32.h>

#include "console.h"
#include "create.h"
#include "ctrl.h"

static HANDLE open_console(const wchar_t *name)
{
    SECURITY_ATTRIBUTES inherited = {sizeof(inherited), NULL, TRUE};

    return CreateFileW(name, GENERIC_READ | GENERIC_WRITE, FILE_SHARE_READ | FILE_SHARE_WRITE,
                       &inherited, OPEN_EXISTING, 0, NULL);
}

/* Ctrl-C is the program's business. Not SetConsoleCtrlHandler(NULL, TRUE): that would be inherited.
 */
static BOOL WINAPI ignore(DWORD event)
{
    (void)event;
    return TRUE;
}

static void resize(HANDLE screen, uint32_t columns, uint32_t rows)
{
    SMALL_RECT least = {0, 0, 0, 0};
    SMALL_RECT window = {0, 0, (SHORT)(columns - 1), (SHORT)(rows - 1)};
    COORD size = {(SHORT)columns, (SHORT)rows};

    if (!columns || !rows)
        return;
    SetConsoleWindowInfo(screen, TRUE, &least);
    SetConsoleScreenBufferSize(screen, size);
    SetConsoleWindowInfo(screen, TRUE, &window);
}

static void send(HANDLE control, uint32_t kind, uint32_t first)
{
    console_message message = {kind, first, 0};
    DWORD done;

    WriteFile(control, &message, sizeof(message), &done, NULL);
}

typedef struct orders {
    HANDLE control, keys, screen, thread;
    DWORD pid;
} orders;

/* Real cmd.exe goes on at Ctrl-C, Wine's would end. */
static void interrupt(const PROCESSENTRY32W *entry)
{
    HANDLE process;

    if (_wcsicmp(entry->szExeFile, L"cmd.exe") == 0)
        return;
    process = OpenProcess(PROCESS_ALL_ACCESS, FALSE, entry->th32ProcessID);
    if (!process)
        return;
    ctrl_send(process, CTRL_C_EVENT);
    CloseHandle(process);
}

/* The program and what it started, at any depth: parents come before their children in the list. */
static void interrupt_all(DWORD root)
{
    PROCESSENTRY32W entry = {.dwSize = sizeof(entry)};
    HANDLE list = CreateToolhelp32Snapshot(TH32CS_SNAPPROCESS, 0);
    DWORD ours[256] = {root};
    size_t count = 1;

    for (BOOL more = Process32FirstW(list, &entry); more; more = Process32NextW(list, &entry)) {
        bool child = entry.th32ProcessID == root;

        for (size_t i = 0; i < count && !child; i++)
            child = entry.th32ParentProcessID == ours[i];
        if (!child)
            continue;
        if (entry.th32ProcessID != root && count < 256)
            ours[count++] = entry.th32ProcessID;
        interrupt(&entry);
    }
    CloseHandle(list);
}

/* An event where the program wants Ctrl-C processed, else a key like any other. */
static void ctrl_c(const orders *o)
{
    INPUT_RECORD key = {.EventType = KEY_EVENT,
                        .Event.KeyEvent = {.bKeyDown = TRUE,
                                           .wRepeatCount = 1,
                                           .wVirtualKeyCode = 'C',
                                           .uChar.UnicodeChar = 3,
                                           .dwControlKeyState = LEFT_CTRL_PRESSED}};
    DWORD mode = 0;
    DWORD done;

    if (GetConsoleMode(o->keys, &mode) && (mode & ENABLE_PROCESSED_INPUT))
        interrupt_all(o->pid);
    else
        WriteConsoleInputW(o->keys, &key, 1, &done);
}

static DWORD WINAPI follow(void *argument)
{
    orders *o = argument;
    console_message message;
    DWORD got;

    while (ReadFile(o->control, &message, sizeof(message), &got, NULL) && got == sizeof(message)) {
        if (message.kind == CONSOLE_GO)
            ResumeThread(o->thread);
        else if (message.kind == CONSOLE_SIZE)
            resize(o->screen, message.first, message.second);
        else if (message.kind == CONSOLE_CTRL_C)
            ctrl_c(o);
    }
    return 0;
}

static int run(HANDLE control, const wchar_t *application, wchar_t *line)
{
    HANDLE keys = open_console(L"CONIN$");
    HANDLE screen = open_console(L"CONOUT$");
    STARTUPINFOW startup = {.cb = sizeof(startup),
                            .dwFlags = STARTF_USESTDHANDLES,
                            .hStdInput = keys,
                            .hStdOutput = screen,
                            .hStdError = screen};
    PROCESS_INFORMATION made;
    orders o = {control, keys, screen, NULL, 0};

    if (!create_process(application, line, TRUE, CREATE_SUSPENDED, NULL, NULL, &startup, &made)) {
        send(control, CONSOLE_FAILED, GetLastError());
        return 1;
    }
    o.thread = made.hThread;
    o.pid = made.dwProcessId;
    send(control, CONSOLE_STARTED, made.dwProcessId);
    CreateThread(NULL, 0, follow, &o, 0, NULL);
    WaitForSingleObject(made.hProcess, INFINITE);
    return 0;
}

/* The line after the name of this program and the pipe's. */
static wchar_t *rest(wchar_t *line, int words)
{
    while (words--) {
        bool quoted = false;

        for (; *line && (quoted || *line != L' '); line++)
            quoted ^= *line == L'"';
        while (*line == L' ')
            line++;
    }
    return line;
}

int wmain(int argc, wchar_t **argv);

int wmain(int argc, wchar_t **argv)
{
    wchar_t *copy = _wcsdup(GetCommandLineW());
    wchar_t *application = copy ? rest(copy, 2) : NULL;
    wchar_t *line = application ? wcschr(application, L'|') : NULL;
    HANDLE control;

    if (argc < 3 || !line)
        return 2;
    *line++ = 0;
    SetConsoleCtrlHandler(ignore, TRUE);
    control = CreateFileW(argv[1], GENERIC_READ | GENERIC_WRITE, 0, NULL, OPEN_EXISTING, 0, NULL);
    return control == INVALID_HANDLE_VALUE ? 1 : run(control, application, line);
}
