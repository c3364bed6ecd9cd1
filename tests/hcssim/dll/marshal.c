/* SPDX-License-Identifier: MIT */
/* From C parameters to a request and from a reply to C parameters, by the table of engine/calls.h.
 */
#include <stdlib.h>
#include <string.h>

#include "base/error.h"
#include "base/guid.h"
#include "base/json.h"
#include "base/text.h"

#include "../service/wide.h"
#include "client.h"

_Static_assert(sizeof(guid) == sizeof(GUID), "guid");

/*
 * What the caller frees with CoTaskMemFree: from the process's heap, as CoTaskMemAlloc has it from
 * there. The real DLL is bound to COM from the start; here that would bring Wine's window system.
 */
static wchar_t *caller_text(const char *utf8)
{
    cleanup_free wchar_t *wide = wide_from_utf8(utf8);
    size_t size = wide ? (wcslen(wide) + 1) * sizeof(*wide) : 0;
    wchar_t *given = size ? HeapAlloc(GetProcessHeap(), 0, size) : NULL;

    if (given)
        memcpy(given, wide, size);
    return given;
}

/* ---- into the request ---- */

static void add_wide(cJSON *request, const char *name, PCWSTR wide)
{
    cleanup_free char *utf8 = utf8_from_wide(wide);

    json_add_text(request, name, utf8);
}

static void add_u64(cJSON *request, const char *name, uint64_t number)
{
    cleanup_free char *digits = NULL;

    if (number < 1ull << 53) {
        json_add_integer(request, name, (int64_t)number);
        return;
    }
    digits = text_format("%llu", (unsigned long long)number);
    json_add_text(request, name, digits);
}

static void add_guid(cJSON *request, const char *name, const GUID *id)
{
    char printed[GUID_TEXT_SIZE];
    guid bytes;

    if (!id)
        return;
    memcpy(&bytes, id, sizeof(bytes));
    guid_print(&bytes, printed);
    json_add_text(request, name, printed);
}

static void add_driver(cJSON *request, const char *name, const driver_info *driver)
{
    cJSON *object;

    if (!driver)
        return;
    object = cJSON_CreateObject();
    json_add_integer(object, "flavour", driver->flavour);
    add_wide(object, "home", driver->home ? driver->home : L"");
    json_add(request, name, object);
}

static void add_descriptors(cJSON *request, const char *name, const layer_descriptor *layers,
                            size_t count)
{
    cJSON *array = cJSON_CreateArray();

    for (size_t i = 0; layers && i < count; i++) {
        cJSON *object = cJSON_CreateObject();
        char id[GUID_TEXT_SIZE];
        guid bytes;

        memcpy(&bytes, &layers[i].id, sizeof(bytes));
        guid_print(&bytes, id);
        json_add_text(object, "id", id);
        json_add_integer(object, "flags", layers[i].flags);
        add_wide(object, "path", layers[i].path);
        json_append(array, object);
    }
    json_add(request, name, array);
}

static size_t find_kind(const sim_export *what, sim_kind kind)
{
    size_t i = 0;

    while (i < what->count && what->parameters[i].kind != kind)
        i++;
    return i;
}

static void add_input(cJSON *request, const sim_export *what, size_t i, const uintptr_t *arguments)
{
    const sim_parameter *p = &what->parameters[i];
    uintptr_t value = arguments[i];

    switch (p->kind) {
    case SIM_IN_TEXT:
        add_wide(request, p->name, (PCWSTR)value);
        break;
    case SIM_IN_U32:
        json_add_integer(request, p->name, (uint32_t)value);
        break;
    case SIM_IN_U64:
    case SIM_IN_SYSTEM:
    case SIM_IN_PROCESS:
    case SIM_IN_CALLBACK:
    case SIM_IN_OBJECT:
        add_u64(request, p->name, value);
        break;
    case SIM_IN_GUID:
        add_guid(request, p->name, (const GUID *)value);
        break;
    case SIM_IN_DRIVER:
        add_driver(request, p->name, (const driver_info *)value);
        break;
    case SIM_IN_DESCRIPTORS:
        add_descriptors(request, p->name, (const layer_descriptor *)value,
                        arguments[find_kind(what, SIM_IN_COUNT)]);
        break;
    default:
        break; /* outputs, and what is not sent */
    }
}

/* ---- out of the reply ---- */

static uint64_t take_number(const cJSON *value)
{
    return cJSON_IsNumber(value) ? (uint64_t)value->valuedouble : 0;
}

static void take_info(const cJSON *value, process_information *info)
{
    info->pid = (DWORD)json_integer(value, "pid", 0);
    info->reserved = 0;
    info->in = (HANDLE)(intptr_t)json_integer(value, "in", 0);
    info->out = (HANDLE)(intptr_t)json_integer(value, "out", 0);
    info->err = (HANDLE)(intptr_t)json_integer(value, "err", 0);
}

static void take_output(const sim_parameter *p, const cJSON *value, void *where)
{
    guid bytes;

    switch (p->kind) {
    case SIM_OUT_TEXT:
        *(PWSTR *)where = caller_text(value->valuestring);
        break;
    case SIM_OUT_HANDLE:
        *(HANDLE *)where = (HANDLE)(uintptr_t)take_number(value);
        break;
    case SIM_OUT_INFO:
        take_info(value, where);
        break;
    case SIM_OUT_GUID:
        if (value->valuestring && guid_parse(value->valuestring, &bytes))
            memcpy(where, &bytes, sizeof(bytes));
        break;
    case SIM_OUT_U32:
        *(ULONG *)where = (ULONG)take_number(value);
        break;
    default:
        break;
    }
}

/* GetLayerMountPath: the length in characters with the NUL, and the text if there is room for it.
 */
static HRESULT take_buffer(const char *utf8, SIZE_T *length, PWSTR buffer)
{
    cleanup_free wchar_t *wide = wide_from_utf8(utf8);
    size_t needed = wide ? wcslen(wide) + 1 : 0;

    if (!wide)
        return HR_OUT_OF_MEMORY;
    if (!length)
        return HR_INVALID_PARAMETER;
    if (buffer && *length < needed)
        return HR_FROM_WIN32(ERROR_INSUFFICIENT_BUFFER);
    if (buffer)
        memcpy(buffer, wide, needed * sizeof(*wide));
    *length = needed;
    return S_OK;
}

static HRESULT take_outputs(const sim_export *what, const uintptr_t *arguments, const cJSON *reply)
{
    HRESULT hr = (HRESULT)json_integer(reply, "hr", HR_CALL_FAILED);

    for (size_t i = 0; i < what->count; i++) {
        const sim_parameter *p = &what->parameters[i];
        const cJSON *value = json_member(reply, p->name);

        if (!value || cJSON_IsNull(value))
            continue;
        if (p->kind == SIM_OUT_BUFFER)
            hr = FAILED(hr) ? hr
                            : take_buffer(value->valuestring,
                                          (SIZE_T *)arguments[find_kind(what, SIM_OUT_LENGTH)],
                                          (PWSTR)arguments[i]);
        else if (arguments[i])
            take_output(p, value, (void *)arguments[i]);
    }
    return hr;
}

/* ---- callbacks: their function and context stay here ---- */

static HRESULT after_call(const sim_export *what, const uintptr_t *arguments, const cJSON *reply,
                          HRESULT hr)
{
    size_t function = find_kind(what, SIM_IN_FUNCTION);
    size_t callback = find_kind(what, SIM_IN_CALLBACK);

    if (function < what->count && SUCCEEDED(hr))
        return notifications_add(take_number(json_member(reply, "callback")),
                                 (notification_callback *)arguments[function],
                                 (void *)arguments[find_kind(what, SIM_IN_CONTEXT)]);
    if (callback < what->count)
        notifications_remove(arguments[callback]);
    return hr;
}

HRESULT client_call(const sim_export *what, const uintptr_t *arguments)
{
    cleanup_json cJSON *request = cJSON_CreateObject();
    cleanup_json cJSON *reply = NULL;
    int32_t hr = HR_OUT_OF_MEMORY;

    if (!privileges_suffice(what->name))
        return HR_FROM_WIN32(ERROR_PRIVILEGE_NOT_HELD);
    json_add_text(request, "call", what->name);
    for (size_t i = 0; i < what->count; i++)
        add_input(request, what, i, arguments);
    reply = connection_call(request, &hr);
    if (reply)
        hr = take_outputs(what, arguments, reply);
    return after_call(what, arguments, reply, hr);
}
