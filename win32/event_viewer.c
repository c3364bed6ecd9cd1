/* SPDX-License-Identifier: MIT */
/*
 * Windows' event log. Reading is wevtapi.dll's (Windows Event Log), which is loaded for that alone;
 * writing is advapi32's (ReportEvent), which needs no manifest of a provider.
 */
#include "port/event_viewer.h"

#include "base/text.h"
#include "platform.h"
#include "self.h"

/* winevt.h, which MinGW's headers have only for newer targets: the few that are used. */
#define QUERY_CHANNEL_PATH      0x1u
#define QUERY_REVERSE_DIRECTION 0x200u
#define RENDER_EVENT_XML        1u
#define FORMAT_EVENT            1u
#define AT_ONCE                 16u

typedef HANDLE WINAPI evt_query(HANDLE session, PCWSTR path, PCWSTR query, DWORD flags);
typedef BOOL WINAPI evt_next(HANDLE results, DWORD size, HANDLE *events, DWORD timeout, DWORD flags,
                             DWORD *returned);
typedef BOOL WINAPI evt_render(HANDLE context, HANDLE event, DWORD flags, DWORD size, void *buffer,
                               DWORD *used, DWORD *properties);
typedef HANDLE WINAPI evt_open_publisher(HANDLE session, PCWSTR publisher, PCWSTR file, LCID locale,
                                         DWORD flags);
typedef BOOL WINAPI evt_format(HANDLE metadata, HANDLE event, DWORD id, DWORD count, void *values,
                               DWORD flags, DWORD size, PWSTR buffer, DWORD *used);
typedef BOOL WINAPI evt_close(HANDLE object);

typedef struct event_api {
    evt_query *query;
    evt_next *next;
    evt_render *render;
    evt_open_publisher *open_publisher;
    evt_format *format;
    evt_close *close;
} event_api;

static int32_t load(event_api *api)
{
    HMODULE library = system_library(L"wevtapi.dll");

    if (!library)
        return hresult_last();
    api->query = (evt_query *)(void (*)(void))GetProcAddress(library, "EvtQuery");
    api->next = (evt_next *)(void (*)(void))GetProcAddress(library, "EvtNext");
    api->render = (evt_render *)(void (*)(void))GetProcAddress(library, "EvtRender");
    api->open_publisher =
        (evt_open_publisher *)(void (*)(void))GetProcAddress(library, "EvtOpenPublisherMetadata");
    api->format = (evt_format *)(void (*)(void))GetProcAddress(library, "EvtFormatMessage");
    api->close = (evt_close *)(void (*)(void))GetProcAddress(library, "EvtClose");
    return api->query && api->next && api->render && api->close ? HR_OK : HR_PROC_NOT_FOUND;
}

/* ---- reading ---- */

/* Sizes are in bytes here, and in characters of EvtFormatMessage. */
static int32_t render(const event_api *api, HANDLE event, char **out)
{
    cleanup_free wchar_t *wide = NULL;
    DWORD used = 0;
    DWORD properties = 0;

    (void)api->render(NULL, event, RENDER_EVENT_XML, 0, NULL, &used, &properties);
    if (!used)
        return hresult_last();
    wide = calloc(1, used + sizeof(wchar_t));
    if (!wide)
        return HR_OUT_OF_MEMORY;
    if (!api->render(NULL, event, RENDER_EVENT_XML, used, wide, &used, &properties))
        return hresult_last();
    *out = utf8_from_wide(wide);
    return *out ? HR_OK : HR_OUT_OF_MEMORY;
}

/* Its provider's name, of the XML: <Provider Name='…'. NULL: none is told. */
static wchar_t *provider_of(const char *xml)
{
    const char *at = strstr(xml, "<Provider Name=");
    const char *end;

    if (!at)
        return NULL;
    at += strlen("<Provider Name=");
    end = *at ? strchr(at + 1, *at) : NULL;
    if (!end)
        return NULL;

    cleanup_free char *name = text_copy_bytes(at + 1, (size_t)(end - at - 1));

    return name ? wide_from_utf8(name) : NULL;
}

/* NULL where the provider's words are not installed. */
static char *message_of(const event_api *api, HANDLE event, const char *xml)
{
    cleanup_free wchar_t *provider = provider_of(xml);
    cleanup_free wchar_t *wide = NULL;
    char *message = NULL;
    DWORD used = 0;
    HANDLE metadata;

    if (!provider || !api->open_publisher || !api->format)
        return NULL;
    metadata = api->open_publisher(NULL, provider, NULL, 0, 0);
    if (!metadata)
        return NULL;
    (void)api->format(metadata, event, 0, 0, NULL, FORMAT_EVENT, 0, NULL, &used);
    wide = used ? calloc(used + 1u, sizeof(*wide)) : NULL;
    if (wide && api->format(metadata, event, 0, 0, NULL, FORMAT_EVENT, used, wide, &used))
        message = utf8_from_wide(wide);
    api->close(metadata);
    return message;
}

static int32_t tell(const event_api *api, HANDLE event, event_viewer_fn *each, void *context,
                    bool *more)
{
    cleanup_free char *xml = NULL;
    cleanup_free char *message = NULL;
    int32_t hr = render(api, event, &xml);

    if (HR_FAILED(hr))
        return hr;
    message = message_of(api, event, xml);
    *more = each(context, xml, message);
    return HR_OK;
}

static int32_t read_all(const event_api *api, HANDLE results, event_viewer_fn *each, void *context)
{
    bool more = true;
    int32_t hr = HR_OK;

    while (more && HR_SUCCEEDED(hr)) {
        HANDLE events[AT_ONCE];
        DWORD count = 0;

        if (!api->next(results, AT_ONCE, events, INFINITE, 0, &count)) {
            hr = hresult_last();
            return hr == HR_FROM_WIN32(ERROR_NO_MORE_ITEMS) ? HR_OK : hr;
        }
        for (DWORD i = 0; i < count; i++) {
            if (more && HR_SUCCEEDED(hr))
                hr = tell(api, events[i], each, context, &more);
            api->close(events[i]);
        }
    }
    return hr;
}

int32_t event_viewer_read(const char *channel, const char *query, event_viewer_fn *each,
                          void *context)
{
    cleanup_free wchar_t *path = wide_from_utf8(channel);
    cleanup_free wchar_t *wide = wide_from_utf8(query);
    event_api api = {0};
    HANDLE results;
    int32_t hr = load(&api);

    if (HR_FAILED(hr))
        return hr;
    if (!api.query || !api.close) /* a system that lacks them has no log that could be read */
        return HR_NOT_SUPPORTED;
    if (!path || !wide)
        return HR_OUT_OF_MEMORY;
    results = api.query(NULL, path, wide, QUERY_CHANNEL_PATH | QUERY_REVERSE_DIRECTION);
    if (!results) {
        hr = hresult_last();
        return HR_FAILED(hr) ? hr : HR_NOT_SUPPORTED;
    }
    hr = read_all(&api, results, each, context);
    api.close(results);
    return hr;
}

/* ---- writing ---- */

#define SOURCE_KEY L"SYSTEM\\CurrentControlSet\\Services\\EventLog\\Application\\wcow"

/* Who is no administrator may not, and needs not: an administrator's run does it once. */
static void register_source(void)
{
    cleanup_free wchar_t *self = self_path(); /* which has the words */
    const DWORD types = EVENTLOG_ERROR_TYPE | EVENTLOG_WARNING_TYPE | EVENTLOG_INFORMATION_TYPE;
    wchar_t known[MAX_PATH];
    DWORD size = sizeof(known);
    HKEY key;

    if (!self)
        return;
    if (!RegGetValueW(HKEY_LOCAL_MACHINE, SOURCE_KEY, L"EventMessageFile", RRF_RT_REG_SZ, NULL,
                      known, &size) &&
        lstrcmpiW(known, self) == 0)
        return;
    if (RegCreateKeyExW(HKEY_LOCAL_MACHINE, SOURCE_KEY, 0, NULL, 0, KEY_SET_VALUE, NULL, &key,
                        NULL))
        return;
    RegSetValueExW(key, L"EventMessageFile", 0, REG_SZ, (const BYTE *)self,
                   (DWORD)((wcslen(self) + 1) * sizeof(*self)));
    RegSetValueExW(key, L"TypesSupported", 0, REG_DWORD, (const BYTE *)&types, sizeof(types));
    RegCloseKey(key);
}

int32_t event_viewer_write(uint32_t kind, uint32_t id, const char *words)
{
    cleanup_free wchar_t *wide = wide_from_utf8(words);
    const wchar_t *strings[1] = {wide};
    HANDLE source;
    int32_t hr = HR_OK;

    if (!wide)
        return HR_OUT_OF_MEMORY;
    register_source();
    source = RegisterEventSourceW(NULL, L"wcow");
    if (!source)
        return hresult_last();
    if (!ReportEventW(source, (WORD)kind, 0, id, NULL, 1, 0, strings, NULL))
        hr = hresult_last();
    DeregisterEventSource(source);
    return hr;
}
