/* SPDX-License-Identifier: MIT */
/* UTF-16 texts and paths for the Windows half of the simulated host. */
#include "wide.h"

#include <stdarg.h>
#include <stdbool.h>
#include <stdio.h>
#include <string.h>
#include <wchar.h>

#include "base/utf.h"

wchar_t *wide_from_utf8(const char *text)
{
    return text ? (wchar_t *)utf16_from_utf8(text, strlen(text), NULL) : NULL;
}

char *utf8_from_wide(const wchar_t *text)
{
    return text ? utf8_from_utf16((const uint16_t *)text, wcslen(text)) : NULL;
}

wchar_t *wide_format(const wchar_t *format, ...)
{
    size_t capacity = 256;

    for (;;) {
        wchar_t *text = malloc(capacity * sizeof(*text));
        va_list arguments;
        int length;

        if (!text)
            return NULL;
        va_start(arguments, format);
        length = vswprintf(text, capacity, format, arguments);
        va_end(arguments);
        if (length >= 0 && (size_t)length < capacity)
            return text;
        free(text);
        capacity *= 2;
    }
}

wchar_t *wide_join(const wchar_t *folder, const wchar_t *name)
{
    size_t length = wcslen(folder);
    bool separated = length && folder[length - 1] == L'\\';

    return wide_format(separated ? L"%ls%ls" : L"%ls\\%ls", folder, name);
}

wchar_t *wide_environment(const wchar_t *name)
{
    DWORD size = GetEnvironmentVariableW(name, NULL, 0);
    wchar_t *value = size ? malloc(size * sizeof(*value)) : NULL;

    if (value && GetEnvironmentVariableW(name, value, size) >= size) {
        free(value);
        return NULL;
    }
    return value;
}

wchar_t *wide_program_folder(void)
{
    wchar_t path[MAX_PATH * 4];
    DWORD length = GetModuleFileNameW(NULL, path, MAX_PATH * 4);

    while (length && path[length] != L'\\')
        length--;
    path[length] = 0;
    return _wcsdup(path);
}
