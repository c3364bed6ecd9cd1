/* SPDX-License-Identifier: MIT */
/* Output without a C library in between, see program.h. */
#include "program.h"

#include <stdarg.h>
#include <stdlib.h>
#include <wchar.h>

/* Our wmain gets its arguments from the C library, which would expand wildcards in them. */
int _dowildcard = 0;

void program_write(HANDLE handle, const void *bytes, size_t length)
{
    const char *next = bytes;

    while (length > 0) {
        DWORD part = length > 65536 ? 65536 : (DWORD)length;
        DWORD written = 0;

        if (!WriteFile(handle, next, part, &written, NULL))
            ExitProcess(1);
        next += written;
        length -= written;
    }
}

void program_print(const wchar_t *format, ...)
{
    wchar_t text[8192];
    char bytes[3 * 8192];
    HANDLE out = GetStdHandle(STD_OUTPUT_HANDLE);
    DWORD mode;
    DWORD written;
    va_list arguments;
    int length;

    va_start(arguments, format);
    length = vswprintf(text, sizeof(text) / sizeof(text[0]), format, arguments);
    va_end(arguments);
    if (length < 0)
        return;

    if (GetConsoleMode(out, &mode)) {
        WriteConsoleW(out, text, (DWORD)length, &written, NULL);
        return;
    }
    length = WideCharToMultiByte(CP_UTF8, 0, text, length, bytes, sizeof(bytes), NULL, NULL);
    program_write(out, bytes, (size_t)length);
}

DWORD program_number(const wchar_t *text)
{
    return (DWORD)wcstoll(text, NULL, 0);
}
