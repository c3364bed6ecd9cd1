/* SPDX-License-Identifier: MIT */
/*
 * offreg.dll. Signatures: Microsoft's documentation of the offline registry library, and hcsshim's
 * internal/winapi/offlinereg.go. Its functions return Win32 codes.
 */
#include "port/hives.h"

#include <stdlib.h>

#include "platform.h"

/* X(name, parameters). A hive's handle is a pointer. */
#define OFFREG_EXPORTS(X)                                                                          \
    X(ORCreateHive, (void **hive))                                                                 \
    X(OROpenHive, (PCWSTR path, void **hive))                                                      \
    X(ORMergeHives, (void *const *hives, DWORD count, void **merged))                              \
    X(ORSaveHive, (void *hive, PCWSTR path, DWORD major, DWORD minor))                             \
    X(ORCloseHive, (void *hive))

#define OFFREG_TYPE(name, parameters) typedef DWORD WINAPI name##_call parameters;
OFFREG_EXPORTS(OFFREG_TYPE)
#undef OFFREG_TYPE

typedef struct offreg {
    hives_port port;
#define OFFREG_MEMBER(name, parameters) name##_call *name;
    OFFREG_EXPORTS(OFFREG_MEMBER)
#undef OFFREG_MEMBER
} offreg;

static int32_t hresult_of(DWORD code)
{
    return code == ERROR_SUCCESS ? HR_OK : HR_FROM_WIN32(code);
}

static int32_t hive_create(hives_port *port, offline_hive **out)
{
    const offreg *library = (const offreg *)port;
    void *hive = NULL;
    int32_t hr;

    if (!library->ORCreateHive)
        return HR_PROC_NOT_FOUND;
    hr = hresult_of(library->ORCreateHive(&hive));
    if (HR_SUCCEEDED(hr))
        *out = hive;
    return hr;
}

static int32_t hive_open(hives_port *port, const char *path, offline_hive **out)
{
    const offreg *library = (const offreg *)port;
    cleanup_free wchar_t *wide = wide_path(path);
    void *hive = NULL;
    int32_t hr;

    if (!library->OROpenHive)
        return HR_PROC_NOT_FOUND;
    if (!wide)
        return HR_OUT_OF_MEMORY;
    hr = hresult_of(library->OROpenHive(wide, &hive));
    if (HR_SUCCEEDED(hr))
        *out = hive;
    return hr;
}

static int32_t hive_merge(hives_port *port, offline_hive *const *hives, size_t count,
                          offline_hive **out)
{
    const offreg *library = (const offreg *)port;
    void *merged = NULL;
    int32_t hr;

    if (!library->ORMergeHives)
        return HR_PROC_NOT_FOUND;
    hr = hresult_of(library->ORMergeHives((void *const *)hives, (DWORD)count, &merged));
    if (HR_SUCCEEDED(hr))
        *out = merged;
    return hr;
}

static int32_t hive_save(hives_port *port, offline_hive *hive, const char *path, uint32_t major,
                         uint32_t minor)
{
    const offreg *library = (const offreg *)port;
    cleanup_free wchar_t *wide = wide_path(path);

    if (!library->ORSaveHive)
        return HR_PROC_NOT_FOUND;
    if (!wide)
        return HR_OUT_OF_MEMORY;
    return hresult_of(library->ORSaveHive(hive, wide, major, minor));
}

static int32_t hive_close(hives_port *port, offline_hive *hive)
{
    const offreg *library = (const offreg *)port;

    return library->ORCloseHive ? hresult_of(library->ORCloseHive(hive)) : HR_PROC_NOT_FOUND;
}

static void hives_free(hives_port *port)
{
    free(port);
}

/* The library stays loaded, as all that the process has loaded of System32. */
int32_t hives_port_open(hives_port **out)
{
    static const hives_port table = {
        .create = hive_create,
        .open = hive_open,
        .merge = hive_merge,
        .save = hive_save,
        .close = hive_close,
        .free = hives_free,
    };
    HMODULE module = system_library(L"offreg.dll");
    offreg *library;

    if (!module)
        return hresult_last();
    library = calloc(1, sizeof(*library));
    if (!library)
        return HR_OUT_OF_MEMORY;
    library->port = table;
#define OFFREG_FIND(name, parameters)                                                              \
    library->name = (name##_call *)(void (*)(void))GetProcAddress(module, #name);
    OFFREG_EXPORTS(OFFREG_FIND)
#undef OFFREG_FIND
    *out = &library->port;
    return HR_OK;
}
