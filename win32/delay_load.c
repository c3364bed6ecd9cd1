/* SPDX-License-Identifier: MIT */
/*
 * DLLs that are loaded when they are first used: sockets and certificates are a registry's
 * business, and most commands have none with registries. Each DLL costs every start a millisecond
 * or more.
 */
#include "platform.h"

#include <delayimp.h>

/* From System32 alone, as static imports of these would be. */
static FARPROC WINAPI load_from_system(unsigned event, PDelayLoadInfo info)
{
    if (event != dliNotePreLoadLibrary)
        return NULL;
    return (FARPROC)(intptr_t)LoadLibraryExA(info->szDll, NULL, LOAD_LIBRARY_SEARCH_SYSTEM32);
}

PfnDliHook __pfnDliNotifyHook2 = load_from_system;
