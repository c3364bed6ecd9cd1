/* SPDX-License-Identifier: MIT */
/*
 * Replaces functions of kernel32 and advapi32 in this process: in the import table of the program,
 * for what it has bound already, and in kernel32's export table, for what it will ask for by name.
 * System calls have hooks of another kind: nt_hooks.c.
 */
#include "hooks.h"

#include <stdbool.h>
#include <stdint.h>
#include <string.h>

#include "client.h"
#include "nt_hooks.h"

typedef void plain(void);

typedef struct hook {
    const char *name;
    plain *function;
} hook;

static const hook hooks[] = {
    {"BackupRead", (plain *)hooked_backup_read},
    {"BackupSeek", (plain *)hooked_backup_seek},
    {"BackupWrite", (plain *)hooked_backup_write},
    {"CreateSymbolicLinkW", (plain *)hooked_create_symbolic_link},
    {"ReportEventW", (plain *)hooked_report_event},
};

#define HOOK_COUNT (sizeof(hooks) / sizeof(*hooks))

static const hook *find(const char *name)
{
    for (size_t i = 0; i < HOOK_COUNT; i++)
        if (strcmp(hooks[i].name, name) == 0)
            return &hooks[i];
    return NULL;
}

static const IMAGE_DATA_DIRECTORY *directory(const BYTE *module, DWORD which)
{
    const IMAGE_DOS_HEADER *dos = (const void *)module;
    const IMAGE_NT_HEADERS *headers = (const void *)(module + dos->e_lfanew);

    return &headers->OptionalHeader.DataDirectory[which];
}

static void write_protected(void *where, const void *bytes, size_t size)
{
    DWORD before;

    if (!VirtualProtect(where, size, PAGE_READWRITE, &before))
        return;
    memcpy(where, bytes, size);
    VirtualProtect(where, size, before, &before);
}

/* The program's own import table. */
static void patch_imports(BYTE *module)
{
    const IMAGE_DATA_DIRECTORY *imports = directory(module, IMAGE_DIRECTORY_ENTRY_IMPORT);
    const IMAGE_IMPORT_DESCRIPTOR *at = (const void *)(module + imports->VirtualAddress);

    for (; imports->VirtualAddress && at->Name; at++) {
        const IMAGE_THUNK_DATA *names = (const void *)(module + at->OriginalFirstThunk);
        IMAGE_THUNK_DATA *bound = (void *)(module + at->FirstThunk);

        for (; at->OriginalFirstThunk && names->u1.AddressOfData; names++, bound++) {
            const IMAGE_IMPORT_BY_NAME *by_name = (const void *)(module + names->u1.AddressOfData);
            const hook *h = IMAGE_SNAP_BY_ORDINAL(names->u1.Ordinal) ? NULL : find(by_name->Name);

            if (h)
                write_protected(&bound->u1.Function, &h->function, sizeof(h->function));
        }
    }
}

/* An export table holds 32-bit offsets: a page within 4 GiB behind the module jumps on from there.
 */
BYTE *jump_page(const BYTE *module)
{
    for (uintptr_t distance = 0x1000000; distance < 0x70000000; distance += 0x100000) {
        BYTE *wanted = (BYTE *)((uintptr_t)module + distance);
        BYTE *page = VirtualAlloc(wanted, 4096, MEM_RESERVE | MEM_COMMIT, PAGE_EXECUTE_READWRITE);

        if (page)
            return page;
    }
    return NULL;
}

/* mov rax, target; jmp rax */
void write_jump(BYTE *where, plain *target)
{
    static const BYTE load[] = {0x48, 0xB8};
    static const BYTE jump[] = {0xFF, 0xE0};

    memcpy(where, load, sizeof(load));
    memcpy(where + 2, &target, sizeof(target));
    memcpy(where + 10, jump, sizeof(jump));
}

static void patch_exports(BYTE *module)
{
    const IMAGE_DATA_DIRECTORY *exports = directory(module, IMAGE_DIRECTORY_ENTRY_EXPORT);
    const IMAGE_EXPORT_DIRECTORY *table = (const void *)(module + exports->VirtualAddress);
    const DWORD *names = (const void *)(module + table->AddressOfNames);
    const WORD *ordinals = (const void *)(module + table->AddressOfNameOrdinals);
    DWORD *functions = (void *)(module + table->AddressOfFunctions);
    BYTE *page = jump_page(module);

    for (DWORD i = 0; page && i < table->NumberOfNames; i++) {
        const hook *h = find((const char *)module + names[i]);
        DWORD offset = (DWORD)(page - module);

        if (!h)
            continue;
        write_jump(page, h->function);
        write_protected(&functions[ordinals[i]], &offset, sizeof(offset));
        page += 16;
    }
}

/* Code that all of the process runs into must never be unloaded. */
static void stay_loaded(void)
{
    HMODULE self;

    GetModuleHandleExW(GET_MODULE_HANDLE_EX_FLAG_PIN | GET_MODULE_HANDLE_EX_FLAG_FROM_ADDRESS,
                       (const wchar_t *)(const void *)hooks, &self);
}

void hooks_install(void)
{
    stay_loaded();
    nt_hooks_install();
    patch_imports((BYTE *)GetModuleHandleW(NULL));
    patch_exports((BYTE *)GetModuleHandleW(L"kernel32.dll"));
}
