/* SPDX-License-Identifier: MIT */
/* Text and paths in the system's encoding. */
#include <string.h>
#include <wchar.h>

#include "base/path.h"
#include "base/text.h"
#include "base/utf.h"
#include "platform.h"

wchar_t *wide_from_utf8(const char *utf8)
{
    return utf16_from_utf8(utf8, strlen(utf8), NULL);
}

char *utf8_from_wide(const wchar_t *wide)
{
    return utf8_from_utf16(wide, wcslen(wide));
}

/* Whether a component is "." or "..": behind \\?\ the system takes them for names. */
static bool has_dots(const char *path)
{
    for (const char *c = path; *c; c += strcspn(c, "\\/")) {
        size_t length;

        c += strspn(c, "\\/");
        length = strcspn(c, "\\/");
        if (length > 0 && length <= 2 && strncmp(c, "..", length) == 0)
            return true;
    }
    return false;
}

static wchar_t *full_path(const wchar_t *path)
{
    DWORD size = GetFullPathNameW(path, 0, NULL, NULL);
    wchar_t *out = size ? malloc(size * sizeof(*out)) : NULL;

    if (out)
        GetFullPathNameW(path, size, out, NULL);
    return out;
}

char *utf8_full_path(const char *path)
{
    cleanup_free wchar_t *wide = wide_from_utf8(path);
    cleanup_free wchar_t *full = wide ? full_path(wide) : NULL;

    return full ? utf8_from_wide(full) : NULL;
}

static bool starts_with(const wchar_t *wide, const wchar_t *start)
{
    return wcsncmp(wide, start, wcslen(start)) == 0;
}

wchar_t *wide_path(const char *path)
{
    cleanup_free wchar_t *wide = wide_from_utf8(path);
    const wchar_t *prefix = L"\\\\?\\";
    const wchar_t *rest;
    wchar_t *out;

    if (!wide || starts_with(wide, L"\\\\?\\") || starts_with(wide, L"\\\\.\\"))
        return TAKE(wide);
    /* "" is no path, not the current folder: \\?\ alone names nothing, and the system says so. */
    if (*path && (!path_is_absolute(path) || has_dots(path))) {
        wchar_t *full = full_path(wide);

        free(wide);
        wide = full;
        if (!wide || starts_with(wide, L"\\\\.\\"))
            return TAKE(wide);
    }
    for (wchar_t *c = wide; *c; c++) {
        if (*c == L'/')
            *c = L'\\';
    }
    rest = wide;
    if (starts_with(wide, L"\\\\")) {
        prefix = L"\\\\?\\UNC\\";
        rest = wide + 2;
    }
    out = malloc((wcslen(prefix) + wcslen(rest) + 1) * sizeof(*out));
    if (out) {
        wcscpy(out, prefix);
        wcscat(out, rest);
    }
    return out;
}

HMODULE system_library(const wchar_t *name)
{
    return LoadLibraryExW(name, NULL, LOAD_LIBRARY_SEARCH_SYSTEM32);
}
