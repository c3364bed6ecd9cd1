/* SPDX-License-Identifier: MIT */
/* Making errors. */
#include "base/error.h"

#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#include <wcow/explain.h>

#include "base/text.h"

/* Cuts a UTF-8 character that the end of the buffer has split. */
static void trim_split_character(char *buffer)
{
    size_t end = strlen(buffer);
    size_t start = end;

    while (start > 0 && ((unsigned char)buffer[start - 1] & 0xC0) == 0x80)
        start--;
    if (start == 0 || (unsigned char)buffer[start - 1] < 0xC0)
        return;
    start--;

    {
        unsigned char lead = (unsigned char)buffer[start];
        size_t needed = lead >= 0xF0 ? 4 : lead >= 0xE0 ? 3 : 2;

        if (end - start < needed)
            buffer[start] = '\0';
    }
}

/* Names in messages are often those of strangers (images, archives, registries), and a message ends
 * on a terminal: nothing in it may drive that. */
static void WCOW_PRINTF(3, 0)
    format_into(char *buffer, size_t size, const char *format, va_list arguments)
{
    int length = vsnprintf(buffer, size, format, arguments);

    if (length < 0)
        buffer[0] = '\0';
    else if ((size_t)length >= size)
        trim_split_character(buffer);
    text_make_printable(buffer);
}

static void error_clear(wcow_error *err, wcow_status status)
{
    err->status = status;
    err->hresult = 0;
    err->message[0] = '\0';
    err->events[0] = '\0';
    err->hint[0] = '\0';
}

wcow_status error_set(wcow_error *err, wcow_status status, const char *format, ...)
{
    /* The arguments may point into the error itself, so it is written only at the end. */
    char message[sizeof(err->message)];
    va_list arguments;

    if (!err)
        return status;
    va_start(arguments, format);
    format_into(message, sizeof(message), format, arguments);
    va_end(arguments);

    error_clear(err, status);
    memcpy(err->message, message, sizeof(message));
    return status;
}

wcow_status error_wrap(wcow_error *err, wcow_status status, const char *format, ...)
{
    char prefix[sizeof(err->message)];
    va_list arguments;
    size_t room, length, rest;

    if (!err)
        return status;
    va_start(arguments, format);
    format_into(prefix, sizeof(prefix) - 2, format, arguments);
    va_end(arguments);
    length = strlen(prefix);
    prefix[length++] = ':';
    prefix[length++] = ' ';

    /* When both do not fit, the end of the inner message goes: the names stand at its front. */
    room = sizeof(err->message) - 1 - length;
    rest = strlen(err->message);
    if (rest > room)
        rest = room;
    memmove(err->message + length, err->message, rest);
    memcpy(err->message, prefix, length);
    err->message[length + rest] = '\0';
    trim_split_character(err->message);
    return error_kind(err, status);
}

static bool begins_with_name(const char *message, const char *name)
{
    const size_t length = strlen(name);

    return *message == '\'' && strncmp(message + 1, name, length) == 0 &&
           strncmp(message + 1 + length, "'", 1) == 0;
}

wcow_status error_name(wcow_error *err, wcow_status status, const char *known, const char *name)
{
    if (err && begins_with_name(err->message, known))
        return error_kind(err, status);
    return error_wrap(err, status, "'%s'", name);
}

wcow_status error_kind(wcow_error *err, wcow_status status)
{
    if (err)
        err->status = status;
    return status;
}

void error_hint(wcow_error *err, const char *format, ...)
{
    size_t used;
    va_list arguments;

    if (!err)
        return;
    used = strlen(err->hint);
    if (used > 0 && used + 1 < sizeof(err->hint))
        err->hint[used++] = '\n';
    va_start(arguments, format);
    format_into(err->hint + used, sizeof(err->hint) - used, format, arguments);
    va_end(arguments);
}

wcow_status error_pass(wcow_error *err, wcow_status status, const wcow_error *problem)
{
    if (status && err)
        *err = *problem;
    return status;
}

wcow_status error_keep_first(wcow_error *first, wcow_status status, const wcow_error *problem)
{
    if (status && !first->status)
        *first = *problem;
    return first->status;
}

wcow_status error_no_memory(wcow_error *err)
{
    return error_set(err, WCOW_NO_MEMORY, "out of memory");
}

int32_t hresult_normalise(int32_t hr)
{
    uint32_t code = (uint32_t)hr;

    if (hr >= 0)
        return hr;
    if (code == 0x80370117u)
        return (int32_t)0xC0370103u;
    if ((code & 0xFFFFFF00u) == 0x80370100u)
        return (int32_t)(code | 0x40000000u);
    if ((code & 0x1FFF0000u) == 0x00070000u)
        return HR_FROM_WIN32(code);
    return hr;
}

wcow_status status_from_hresult(int32_t hr)
{
    const wcow_explanation *entry;

    if (HR_SUCCEEDED(hr))
        return WCOW_OK;
    entry = wcow_explain((uint32_t)hr);
    return entry ? entry->status : WCOW_FAILED;
}

wcow_status error_hresult(wcow_error *err, int32_t hr, const char *call)
{
    const wcow_explanation *entry = wcow_explain((uint32_t)hr);
    wcow_status status = entry ? entry->status : WCOW_FAILED;
    uint32_t code = (uint32_t)hr;

    if (!err)
        return status;
    if (entry)
        error_set(err, status, "%s: %s (0x%08X)", call, entry->meaning, code);
    else if ((uint32_t)hresult_normalise(hr) >> 16 == 0x8007u)
        error_set(err, status, "%s: Win32 error %u (0x%08X)", call, code & 0xFFFFu, code);
    else
        error_set(err, status, "%s: failed (0x%08X)", call, code);
    err->hresult = hr;

    if (entry && entry->remedies[0])
        error_hint(err, "%s", entry->remedies[0]);
    if (entry)
        error_hint(err, "see: wcow explain 0x%08x", entry->code);
    return status;
}

wcow_status error_check(wcow_error *err, int32_t hr, const char *call)
{
    return HR_SUCCEEDED(hr) ? WCOW_OK : error_hresult(err, hr, call);
}

const char *wcow_status_name(wcow_status status)
{
    static const char *const names[] = {
        [WCOW_OK] = "ok",
        [WCOW_FAILED] = "failed",
        [WCOW_INVALID] = "invalid",
        [WCOW_NOT_FOUND] = "not found",
        [WCOW_ALREADY_EXISTS] = "already exists",
        [WCOW_CONFLICT] = "conflict",
        [WCOW_DENIED] = "denied",
        [WCOW_UNAVAILABLE] = "unavailable",
        [WCOW_TIMEOUT] = "timed out",
        [WCOW_NO_MEMORY] = "out of memory",
        [WCOW_UNSUPPORTED] = "unsupported",
        [WCOW_CORRUPT] = "corrupt",
        [WCOW_COMMAND_NOT_FOUND] = "command not found",
        [WCOW_COMMAND_NOT_RUNNABLE] = "command not runnable",
        [WCOW_STOPPED] = "stopped",
        [WCOW_CANCELLED] = "cancelled",
        [WCOW_EXIT_UNKNOWN] = "exit code unknown",
    };

    if ((unsigned)status >= sizeof(names) / sizeof(names[0]))
        return "unknown";
    return names[status];
}
