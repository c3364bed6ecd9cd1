/* SPDX-License-Identifier: MIT */
/* This executable, for whoever starts it again. */
#include "self.h"

#include <stdlib.h>
#include <string.h>
#include <wchar.h>

#include "base/command_line.h"
#include "base/text.h"

#define PATH_LIMIT    32768
#define PREFIX        L"\\\\?\\"
#define PREFIX_LENGTH 4u

static bool is_wcow;

void self_is_wcow(void)
{
    is_wcow = true;
}

/* wcow.exe in the folder of a module; NULL: none is there. */
static wchar_t *beside(HMODULE module)
{
    static const wchar_t name[] = L"wcow.exe";
    wchar_t *path = malloc((PATH_LIMIT + sizeof(name)) * sizeof(*path));
    wchar_t *end =
        path && GetModuleFileNameW(module, path, PATH_LIMIT) ? wcsrchr(path, L'\\') : NULL;

    if (end) {
        wcscpy(end + 1, name);
        if (GetFileAttributesW(path) != INVALID_FILE_ATTRIBUTES)
            return path;
    }
    free(path);
    return NULL;
}

static wchar_t *own_path(void)
{
    wchar_t *path = malloc(PATH_LIMIT * sizeof(*path));

    if (path && GetModuleFileNameW(NULL, path, PATH_LIMIT))
        return path;
    free(path);
    return NULL;
}

/* A program that only links the library, as DLL or not, knows nothing of "monitor ID": started
 * again it would do its own work a second time. */
wchar_t *self_path(void)
{
    HMODULE here = NULL;
    wchar_t *path;

    if (is_wcow)
        return own_path();
    GetModuleHandleExW(GET_MODULE_HANDLE_EX_FLAG_FROM_ADDRESS |
                           GET_MODULE_HANDLE_EX_FLAG_UNCHANGED_REFCOUNT,
                       (const wchar_t *)(const void *)&is_wcow, &here);
    path = here ? beside(here) : NULL;
    if (!path)
        path = beside(NULL);
    if (!path)
        SetLastError(ERROR_FILE_NOT_FOUND);
    return path;
}

/* "\\?\C:\…" is "C:\…". On a share there is no such short name, and none is needed: nobody
 * starts a service from there. */
wchar_t *self_final_path(void)
{
    cleanup_free wchar_t *path = self_path();
    cleanup_handle HANDLE opened = INVALID_HANDLE_VALUE;
    wchar_t *out = NULL;
    DWORD length;

    if (!path)
        return NULL;
    opened = CreateFileW(path, FILE_READ_ATTRIBUTES,
                         FILE_SHARE_READ | FILE_SHARE_WRITE | FILE_SHARE_DELETE, NULL,
                         OPEN_EXISTING, 0, NULL);
    if (opened == INVALID_HANDLE_VALUE)
        return NULL;
    out = malloc(PATH_LIMIT * sizeof(*out));
    length = out ? GetFinalPathNameByHandleW(opened, out, PATH_LIMIT,
                                             FILE_NAME_NORMALIZED | VOLUME_NAME_DOS)
                 : 0;
    if (length > PREFIX_LENGTH + 2 && length < PATH_LIMIT &&
        wcsncmp(out, PREFIX, PREFIX_LENGTH) == 0 && out[PREFIX_LENGTH + 1] == L':') {
        memmove(out, out + PREFIX_LENGTH, (length - PREFIX_LENGTH + 1) * sizeof(*out));
        return out;
    }
    free(out);
    return NULL;
}

/* A file's name holds no quote, and a backslash before the closing one cannot be its last
 * character. */
wchar_t *self_command_line(const wchar_t *self, const char *const *arguments)
{
    cleanup_free char *name = utf8_from_wide(self);
    cleanup_free char *rest = command_line_join(arguments);
    cleanup_free char *line = name && rest ? text_format("\"%s\" %s", name, rest) : NULL;

    return line ? wide_from_utf8(line) : NULL;
}
