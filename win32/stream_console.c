/* SPDX-License-Identifier: MIT */
/*
 * Streams over consoles. The console speaks UTF-16; by ReadFile and WriteFile it would translate
 * from and to a code page, which old ones do wrongly for UTF-8 that is split between two calls.
 */
#include <string.h>

#include "base/utf.h"
#include "stream_parts.h"

#define UNITS     4096u
#define CONTROL_C 0x03
#define CONTROL_Z 0x1a

/* What console_read() keeps: the first half of a character, if a read ended in the middle. */
typedef struct console_state {
    wchar_t high;
} console_state;

static bool is_line_mode(HANDLE handle)
{
    DWORD mode = 0;

    return GetConsoleMode(handle, &mode) && (mode & ENABLE_LINE_INPUT);
}

static int32_t units_to_utf8(const wchar_t *units, DWORD count, void *buffer, size_t size,
                             size_t *got)
{
    cleanup_free char *utf8 = utf8_from_utf16(units, count);
    size_t length;

    if (!utf8)
        return HR_OUT_OF_MEMORY;
    /* A NUL (Ctrl-@) counts as a character: utf8_from_utf16() went on behind it. */
    length = strlen(utf8);
    for (DWORD i = 0; i < count; i++) {
        if (units[i] == 0)
            length += 1 + strlen(utf8 + length + 1);
    }
    *got = length < size ? length : size;
    memcpy(buffer, utf8, *got);
    return HR_OK;
}

/* Whether a raw read would return for it: a key that was released or does nothing alone would not.
 */
static bool is_input(const INPUT_RECORD *record)
{
    const KEY_EVENT_RECORD *key = &record->Event.KeyEvent;

    if (record->EventType != KEY_EVENT)
        return false;
    if (key->uChar.UnicodeChar)
        return key->bKeyDown || key->wVirtualKeyCode == VK_MENU; /* Alt and digits */
    switch (key->wVirtualKeyCode) {
    case VK_SHIFT:
    case VK_CONTROL:
    case VK_MENU:
    case VK_CAPITAL:
    case VK_NUMLOCK:
    case VK_SCROLL:
    case VK_LWIN:
    case VK_RWIN:
        return false;
    default:
        return key->bKeyDown;
    }
}

/* Throws away what would only make a raw read block. */
static bool has_input(HANDLE handle)
{
    INPUT_RECORD record;
    DWORD count = 0;

    while (PeekConsoleInputW(handle, &record, 1, &count) && count == 1) {
        if (is_input(&record))
            return true;
        ReadConsoleInputW(handle, &record, 1, &count);
    }
    return false;
}

/*
 * Waits until there is something to read. Waiting can always be ended, reading cannot.
 * WAIT_OBJECT_0: nobody wants it any more; + 1: there is input; + 2: Ctrl-C.
 */
static DWORD wait_for_input(HANDLE handle, HANDLE stop)
{
    for (;;) {
        const HANDLE waited[] = {stop, handle, console_raw_interrupt()};
        DWORD ended = WaitForMultipleObjects(waited[2] ? 3 : 2, waited, FALSE, INFINITE);

        if (ended != WAIT_OBJECT_0 + 1 || is_line_mode(handle) || has_input(handle))
            return ended;
    }
}

int32_t console_read(HANDLE handle, HANDLE stop, void *state, void *buffer, size_t size,
                     size_t *got)
{
    console_state *kept = state;
    wchar_t units[UNITS];
    DWORD room = (DWORD)(size / 3 < UNITS ? size / 3 : UNITS) - 1;
    DWORD count = 0;
    DWORD start = kept->high ? 1 : 0;

    units[0] = kept->high;
    while (count == 0) {
        switch (wait_for_input(handle, stop)) {
        case WAIT_OBJECT_0 + 1:
            break;
        case WAIT_OBJECT_0 + 2:
            *(char *)buffer = CONTROL_C;
            *got = 1;
            return HR_OK;
        default:
            return HR_OPERATION_ABORTED;
        }
        if (!ReadConsoleW(handle, units + start, room, &count, NULL))
            return stream_read_result(GetLastError(), got);
    }
    if (units[start] == CONTROL_Z && is_line_mode(handle)) {
        *got = 0;
        return HR_OK;
    }
    count += start;
    kept->high = 0;
    if (IS_HIGH_SURROGATE(units[count - 1]) && count > 1)
        kept->high = units[--count];
    return units_to_utf8(units, count, buffer, size, got);
}

static int32_t stream_console_read(stream *s, void *buffer, size_t size, DWORD milliseconds,
                                   size_t *got)
{
    if (!s->reader) {
        int32_t hr = reader_new(s->handle, s->owned, console_read, &s->reader);

        if (HR_FAILED(hr))
            return hr;
    }
    return reader_read(s->reader, s->cancel, buffer, size, milliseconds, got);
}

/* How many bytes at the end begin a sequence that is not complete. */
static size_t unfinished(const unsigned char *bytes, size_t size)
{
    for (size_t back = 1; back <= 3 && back <= size; back++) {
        unsigned char c = bytes[size - back];
        size_t length = c >= 0xf0 ? 4 : c >= 0xe0 ? 3 : c >= 0xc0 ? 2 : 1;

        if ((c & 0xc0) != 0x80)
            return length > back ? back : 0;
    }
    return 0;
}

static BOOL write_units(HANDLE handle, const wchar_t *units, int count)
{
    while (count > 0) {
        DWORD written = 0;

        if (!WriteConsoleW(handle, units, (DWORD)count, &written, NULL))
            return FALSE;
        units += written;
        count -= (int)written;
    }
    return TRUE;
}

/* Writes a piece as UTF-16, together with what the last piece left. */
static BOOL write_console(stream *s, const void *bytes, DWORD size, DWORD *written)
{
    char joined[UNITS];
    wchar_t units[UNITS];
    DWORD taken = size < UNITS - 4 ? size : UNITS - 4;
    size_t total = s->rest_size + taken;
    size_t left;
    int count = 0;

    memcpy(joined, s->rest, s->rest_size);
    memcpy(joined + s->rest_size, bytes, taken);
    left = unfinished((const unsigned char *)joined, total);
    if (total > left)
        count = MultiByteToWideChar(CP_UTF8, 0, joined, (int)(total - left), units, UNITS);
    if (!write_units(s->handle, units, count))
        return FALSE;
    memcpy(s->rest, joined + total - left, left);
    s->rest_size = left;
    *written = taken;
    return TRUE;
}

static int32_t stream_console_write(stream *s, const void *bytes, size_t size, size_t *done)
{
    return stream_write_blocking(s, write_console, bytes, size, done);
}

static void stream_console_close(stream *s)
{
    if (s->reader)
        reader_free(s->reader);
    else if (s->owned)
        CloseHandle(s->handle);
}

const stream_kind stream_console = {
    .read = stream_console_read,
    .write = stream_console_write,
    .cancel = stream_cancel_blocking,
    .close = stream_console_close,
};
