/* SPDX-License-Identifier: MIT */
/* The way out of Wine. */
#include "script.h"

#include <windows.h>

#include "base/error.h"

#include "../guest/create.h"
#include "wide.h"

#define LINK_TIMEOUT 10000u

int32_t script_run(const wchar_t *arguments)
{
    cleanup_free wchar_t *script = wide_environment(L"HCSSIM_VM_SCRIPT");
    cleanup_free wchar_t *line =
        script ? wide_format(L"\"\\\\?\\unix\\bin\\sh\" \"%ls\" %ls", script, arguments) : NULL;
    STARTUPINFOW startup = {.cb = sizeof(startup)};
    PROCESS_INFORMATION made;

    if (!line)
        return HR_NOT_SUPPORTED;
    if (!create_process(NULL, line, FALSE, 0, NULL, NULL, &startup, &made))
        return HR_FROM_WIN32(GetLastError());
    /* Nothing is closed: a program of Linux has no handles, and Wine leaves in `made` what was on
     * its stack, often the value of some handle that is in use. */
    return HR_OK;
}

/* Wine's own: it knows in which case Linux has the name. */
wchar_t *script_unix_path(const wchar_t *path)
{
    typedef char *CDECL get_unix_file_name(const wchar_t *path);
    FARPROC found = GetProcAddress(GetModuleHandleW(L"kernel32.dll"), "wine_get_unix_file_name");
    get_unix_file_name *call = (get_unix_file_name *)(void (*)(void))found;
    char *name = call ? call(path) : NULL;
    wchar_t *out = wide_from_utf8(name);

    if (name)
        HeapFree(GetProcessHeap(), 0, name);
    return out;
}

static bool exists(const wchar_t *path)
{
    return GetFileAttributesW(path) != INVALID_FILE_ATTRIBUTES;
}

bool script_is_link(const wchar_t *path)
{
    DWORD attributes = GetFileAttributesW(path);

    return attributes != INVALID_FILE_ATTRIBUTES && (attributes & FILE_ATTRIBUTE_REPARSE_POINT);
}

/* Waits until there is a link, or is none. */
static int32_t wait_for_link(const wchar_t *path, bool there)
{
    for (DWORD waited = 0; script_is_link(path) != there; waited += 5) {
        if (waited >= LINK_TIMEOUT)
            return HR_TIMEOUT;
        Sleep(5);
    }
    return HR_OK;
}

int32_t script_link(const wchar_t *target, const wchar_t *path)
{
    cleanup_free wchar_t *from = script_unix_path(target);
    cleanup_free wchar_t *to = script_unix_path(path);
    cleanup_free wchar_t *arguments =
        from && to ? wide_format(L"link \"%ls\" \"%ls\"", from, to) : NULL;
    int32_t hr = arguments ? script_run(arguments) : HR_NOT_SUPPORTED;

    return HR_SUCCEEDED(hr) ? wait_for_link(path, true) : hr;
}

int32_t script_unlink(const wchar_t *path)
{
    cleanup_free wchar_t *name = script_unix_path(path);
    cleanup_free wchar_t *arguments = name ? wide_format(L"unlink \"%ls\"", name) : NULL;
    int32_t hr = arguments ? script_run(arguments) : HR_NOT_SUPPORTED;

    return HR_SUCCEEDED(hr) ? wait_for_link(path, false) : hr;
}

int32_t script_remove(const wchar_t *path)
{
    cleanup_free wchar_t *name = script_unix_path(path);
    cleanup_free wchar_t *arguments = name ? wide_format(L"remove \"%ls\"", name) : NULL;
    cleanup_free wchar_t *done = wide_format(L"%ls.removed", path);
    int32_t hr = arguments && done ? script_run(arguments) : HR_NOT_SUPPORTED;

    /* Not until the name is gone: Wine may be faster, and the script would remove what comes next.
     */
    for (DWORD waited = 0; HR_SUCCEEDED(hr) && !exists(done); waited += 5) {
        if (waited >= LINK_TIMEOUT)
            return HR_TIMEOUT;
        Sleep(5);
    }
    if (HR_SUCCEEDED(hr))
        DeleteFileW(done);
    return hr;
}

int32_t script_drive(wchar_t letter, const wchar_t *unix_folder)
{
    const wchar_t root[] = {letter, L':', L'\\', 0};
    const bool wanted = unix_folder != NULL;
    cleanup_free wchar_t *home = wide_environment(L"HCSSIM_HOME");
    cleanup_free wchar_t *link =
        home ? wide_format(L"%ls/prefix/dosdevices/%lc:", home, (wint_t)(letter | 32)) : NULL;
    cleanup_free wchar_t *arguments = NULL;
    int32_t hr;

    if (wanted && exists(root))
        return HR_FROM_WIN32(ERROR_ALREADY_ASSIGNED);
    if (link)
        arguments = wanted ? wide_format(L"link \"%ls\" \"%ls\"", unix_folder, link)
                           : wide_format(L"unlink \"%ls\"", link);
    hr = arguments ? script_run(arguments) : HR_NOT_SUPPORTED;
    for (DWORD waited = 0; HR_SUCCEEDED(hr) && exists(root) != wanted; waited += 5) {
        if (waited >= LINK_TIMEOUT)
            return HR_TIMEOUT;
        Sleep(5);
    }
    return hr;
}
