/* SPDX-License-Identifier: MIT */
/* Programs that run beside us. */
#include "port/companion.h"

#include <wchar.h>

#include "base/command_line.h"
#include "base/text.h"
#include "platform.h"
#include "process_wait.h"

#define VALUE_LIMIT 32767

/* What programs, and the DLLs that they load, look for: without SystemRoot not even sockets work.
 */
static const wchar_t *const needed[] = {
    L"ComSpec",     L"PATH",       L"PATHEXT", L"ProgramData", L"ProgramFiles",
    L"SystemDrive", L"SystemRoot", L"TEMP",    L"TMP",         L"windir",
};

struct companion {
    HANDLE process;
    DWORD id;
};

/* UTF-16 strings, each ended by a NUL. */
typedef struct block {
    wchar_t *units;
    size_t count;
} block;

static bool block_add(block *b, const wchar_t *string)
{
    const size_t length = wcslen(string) + 1;
    /* One more: what ends the block. */
    wchar_t *grown = realloc(b->units, (b->count + length + 1) * sizeof(*grown));

    if (!grown)
        return false;
    wmemcpy(grown + b->count, string, length);
    b->units = grown;
    b->count += length;
    b->units[b->count] = L'\0';
    return true;
}

/* One that is not set is left out. */
static bool block_add_ours(block *b, const wchar_t *name, wchar_t *room)
{
    const size_t length = wcslen(name);
    DWORD got;

    wmemcpy(room, name, length);
    room[length] = L'=';
    got = GetEnvironmentVariableW(name, room + length + 1, VALUE_LIMIT);
    return got == 0 || got >= VALUE_LIMIT || block_add(b, room);
}

static wchar_t *environment_make(const char *const *variables)
{
    cleanup_free wchar_t *room = malloc((VALUE_LIMIT + 32) * sizeof(*room));
    block b = {NULL, 0};
    bool whole = room;

    for (size_t i = 0; whole && i < sizeof(needed) / sizeof(needed[0]); i++)
        whole = block_add_ours(&b, needed[i], room);
    for (size_t i = 0; whole && variables[i]; i++) {
        cleanup_free wchar_t *variable = wide_from_utf8(variables[i]);

        whole = variable && block_add(&b, variable);
    }
    if (whole && b.units)
        return b.units;
    free(b.units);
    return NULL;
}

/* The first word is read without regard to backslashes, and no file's name has a quote. */
static wchar_t *line_make(const char *path, const char *const *arguments)
{
    cleanup_free char *rest = command_line_join(arguments);
    cleanup_free char *line = rest ? text_format("\"%s\" %s", path, rest) : NULL;

    return line ? wide_from_utf8(line) : NULL;
}

/* The current folder is the system's: ours could not be removed as long as the program lives. */
static int32_t create(const wchar_t *path, wchar_t *line, wchar_t *environment, companion *c)
{
    STARTUPINFOW startup = {.cb = sizeof(startup), .dwFlags = STARTF_USESTDHANDLES};
    wchar_t folder[MAX_PATH];
    PROCESS_INFORMATION made;

    if (!GetSystemDirectoryW(folder, MAX_PATH) ||
        !CreateProcessW(path, line, NULL, NULL, FALSE,
                        CREATE_NO_WINDOW | CREATE_NEW_PROCESS_GROUP | CREATE_UNICODE_ENVIRONMENT,
                        environment, folder, &startup, &made))
        return hresult_last();
    CloseHandle(made.hThread);
    c->process = made.hProcess;
    c->id = made.dwProcessId;
    return HR_OK;
}

int32_t companion_start(const char *path, const char *const *arguments,
                        const char *const *variables, companion **out)
{
    cleanup_free wchar_t *wide = wide_from_utf8(path);
    cleanup_free wchar_t *line = line_make(path, arguments);
    cleanup_free wchar_t *environment = environment_make(variables);
    companion *c = wide && line && environment ? calloc(1, sizeof(*c)) : NULL;
    int32_t hr;

    if (!c)
        return HR_OUT_OF_MEMORY;
    hr = create(wide, line, environment, c);
    if (HR_FAILED(hr)) {
        free(c);
        return hr;
    }
    *out = c;
    return HR_OK;
}

int32_t companion_wait(companion *c, uint32_t milliseconds, uint32_t *exit_code)
{
    return process_wait(c->process, milliseconds, exit_code);
}

void companion_kill(companion *c)
{
    TerminateProcess(c->process, 1);
}

uint32_t companion_id(const companion *c)
{
    return c->id;
}

void companion_free(companion *c)
{
    if (!c)
        return;
    CloseHandle(c->process);
    free(c);
}
