/* SPDX-License-Identifier: MIT */
/*
 * Event Tracing for Windows. advapi32 is loaded in any case; its functions for this are looked up
 * where a container asks for them. They return Win32 codes, not HRESULTs.
 */
#include "port/event_trace.h"

#include <stdlib.h>

#include "base/guid.h"
#include "base/text.h"
#include "platform.h"

typedef ULONG WINAPI event_register(const GUID *provider, void *callback, void *context,
                                    ULONGLONG *handle);
typedef ULONG WINAPI event_write_string(ULONGLONG handle, UCHAR level, ULONGLONG keyword,
                                        PCWSTR words);
typedef ULONG WINAPI event_unregister(ULONGLONG handle);

struct event_trace {
    event_write_string *write;
    event_unregister *leave;
    ULONGLONG handle;
};

int32_t event_trace_open(const char *provider_guid, event_trace **out)
{
    HMODULE library = system_library(L"advapi32.dll");
    cleanup_free event_trace *trace = calloc(1, sizeof(*trace));
    event_register *enter;
    guid provider;
    ULONG code;

    if (!library)
        return hresult_last();
    if (!trace)
        return HR_OUT_OF_MEMORY;
    if (!guid_parse(provider_guid, &provider))
        return HR_INVALID_PARAMETER;
    enter = (event_register *)(void (*)(void))GetProcAddress(library, "EventRegister");
    trace->write =
        (event_write_string *)(void (*)(void))GetProcAddress(library, "EventWriteString");
    trace->leave = (event_unregister *)(void (*)(void))GetProcAddress(library, "EventUnregister");
    if (!enter || !trace->write || !trace->leave)
        return HR_PROC_NOT_FOUND;

    GUID id = {0};

    memcpy(&id, provider.bytes, sizeof(id));
    code = enter(&id, NULL, NULL, &trace->handle);
    if (code)
        return HR_FROM_WIN32(code);
    *out = TAKE(trace);
    return HR_OK;
}

int32_t event_trace_write(event_trace *trace, const char *words)
{
    cleanup_free wchar_t *wide = wide_from_utf8(words);
    ULONG code;

    if (!wide)
        return HR_OUT_OF_MEMORY;
    code = trace->write(trace->handle, 0, 0, wide);
    return code ? HR_FROM_WIN32(code) : HR_OK;
}

void event_trace_close(event_trace *trace)
{
    if (!trace)
        return;
    (void)trace->leave(trace->handle);
    free(trace);
}
