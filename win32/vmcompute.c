/* SPDX-License-Identifier: MIT */
/* Loading vmcompute.dll and resolving its exports. */
#include "vmcompute.h"

#include <pthread.h>

#define VMCOMPUTE_NAME(name, parameters) #name,
static const char *const names[] = {VMCOMPUTE_EXPORTS(VMCOMPUTE_NAME)};

typedef void export_function(void);
typedef void WINAPI free_function(void *memory);

static pthread_mutex_t lock = PTHREAD_MUTEX_INITIALIZER;
static HMODULE module;
static _Atomic(export_function *) exports[VMCOMPUTE_EXPORT_COUNT];

int32_t vmcompute_load(void)
{
    int32_t hr = HR_OK;

    pthread_mutex_lock(&lock);
    if (!module)
        module = system_library(L"vmcompute.dll");
    if (!module)
        hr = hresult_last();
    pthread_mutex_unlock(&lock);
    return hr;
}

/* Two threads may resolve the same one at once: they find the same. */
void (*vmcompute_find(vmcompute_export which))(void)
{
    export_function *found = atomic_load(&exports[which]);

    if (!found) {
        found = (export_function *)GetProcAddress(module, names[which]);
        atomic_store(&exports[which], found);
    }
    return found;
}

/* Loaded only when there is something to free: most calls give nothing back. */
static free_function *find_free(void)
{
    static const wchar_t *const libraries[] = {L"api-ms-win-core-com-l1-1-0.dll", L"combase.dll",
                                               L"ole32.dll"};
    static _Atomic(free_function *) known;
    free_function *found = atomic_load(&known);

    for (size_t i = 0; !found && i < sizeof(libraries) / sizeof(libraries[0]); i++) {
        HMODULE library = system_library(libraries[i]);

        if (library)
            found = (free_function *)(void (*)(void))GetProcAddress(library, "CoTaskMemFree");
    }
    atomic_store(&known, found);
    return found;
}

/*
 * Who allocates with CoTaskMemAlloc has COM's library in the process by then. Where it is not, the
 * text is from the process's heap, which is where CoTaskMemAlloc takes it from, too: COM is not
 * loaded only to say so. (With Wine it brings the window system, and takes longer than the call.)
 */
static bool com_is_here(void)
{
    return GetModuleHandleW(L"combase.dll") || GetModuleHandleW(L"ole32.dll");
}

char *vmcompute_take(PWSTR text)
{
    free_function *release;
    char *out;

    if (!text)
        return NULL;
    out = utf8_from_wide(text);
    if (com_is_here()) {
        release = find_free();
        if (release)
            release(text);
    } else {
        HeapFree(GetProcessHeap(), 0, text);
    }
    return out;
}
