/* SPDX-License-Identifier: MIT */
/*
 * DLLs that are loaded when they are first used: sockets and certificates are a registry's
 * business, and most commands have none with registries. Each DLL costs every start a millisecond
 * or more. And these are taken from System32 alone, where a static import of them would look into
 * the program's own folder first.
 *
 * What is called stands in delay_imports.S. An import is a pointer there, in memory that may be
 * written whatever linker made the program: import tables may not, and those of dlltool's delayed
 * libraries lie among them.
 */
#include "platform.h"

#include <stdio.h>
#include <stdlib.h>

/* As delay_imports.S lays it out. */
struct delayed_import {
    void *address; /* where calls go: to delay_load at first, through a few instructions */
    const char *name;
    const char *dll;
};

void *delay_load(struct delayed_import *import);

/* The caller waits for what a function returns, and none of its results could say this. */
static _Noreturn void give_up(const struct delayed_import *import)
{
    fprintf(stderr, "wcow: this Windows has no %s in %s (error %lu)\n", import->name, import->dll,
            GetLastError());
    exit(1); /* which writes that, and gives the console back as it was */
}

/* Threads may come here together: each finds the same address, and a pointer is written whole. */
void *delay_load(struct delayed_import *import)
{
    DWORD last = GetLastError();
    HMODULE module = LoadLibraryExA(import->dll, NULL, LOAD_LIBRARY_SEARCH_SYSTEM32);
    void *address = module ? (void *)(intptr_t)GetProcAddress(module, import->name) : NULL;

    if (!address)
        give_up(import);
    import->address = address;
    SetLastError(last);
    return address;
}
