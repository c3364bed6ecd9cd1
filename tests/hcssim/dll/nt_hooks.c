/* SPDX-License-Identifier: MIT */
/* The hooks of system calls, and how they get between ntdll.dll and Wine. */
#include "nt_hooks.h"

#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <winioctl.h>

#include "sidecar.h"

#define STUB_SIZE           32u
#define INFORMATION_CREATED 2u

/* ntdef.h, ntstatus.h */
#define OBJ_DONT_REPARSE_FLAG 0x1000u
#define STATUS_BAD_PARAMETER  ((NTSTATUS)0xC000000D)
#define STATUS_NOT_ALLOWED    ((NTSTATUS)0xC0000022)
#define STATUS_REPARSE_ON_WAY ((NTSTATUS)0xC000050B)
#define STATUS_NAME_LEFT_OUT  ((NTSTATUS)0x80000005)

/* ntifs.h */
#define CLASS_DIRECTORY         1u
#define CLASS_FULL_DIRECTORY    2u
#define CLASS_BOTH_DIRECTORY    3u
#define CLASS_ID_BOTH_DIRECTORY 37u
#define CLASS_ID_FULL_DIRECTORY 38u
#define CLASS_BASIC             4u
#define CLASS_ALL               18u
#define CLASS_NETWORK_OPEN      34u
#define CLASS_ATTRIBUTE_TAG     35u
#define CLASS_STAT              68u /* of Wine 10's GetFileInformationByHandle */
#define CLASS_RENAME            10u
#define CLASS_DISPOSITION       13u
#define CLASS_DISPOSITION_EX    64u
#define CLASS_RENAME_EX         65u

nt_calls nt;

static DWORD guard = TLS_OUT_OF_INDEXES;

bool hook_enter(void)
{
    DWORD error = GetLastError(); /* TlsGetValue clears it */
    bool outermost = !TlsGetValue(guard);

    if (outermost)
        TlsSetValue(guard, &guard);
    SetLastError(error);
    return outermost;
}

void hook_leave(void)
{
    TlsSetValue(guard, NULL);
}

/* ---- files by name ---- */

/* Where these are in FILE_NETWORK_OPEN_INFORMATION. */
#define NETWORK_OPEN_SIZE       40
#define NETWORK_OPEN_ATTRIBUTES 48

static HANDLE open_plain(const OBJECT_ATTRIBUTES *object)
{
    OBJECT_ATTRIBUTES copy = *object;
    IO_STATUS_BLOCK io;
    HANDLE file;
    NTSTATUS status = nt.open_file(&file, FILE_READ_ATTRIBUTES | SYNCHRONIZE, &copy, &io,
                                   FILE_SHARE_READ | FILE_SHARE_WRITE | FILE_SHARE_DELETE,
                                   FILE_OPEN_REPARSE_POINT | FILE_OPEN_FOR_BACKUP_INTENT |
                                       FILE_SYNCHRONOUS_IO_NONALERT);

    return status < 0 ? NULL : file;
}

static bool tag_by_name(const OBJECT_ATTRIBUTES *object, DWORD *tag)
{
    HANDLE file = sidecar_has_reparse_points() ? open_plain(object) : NULL;
    bool found = file && reparse_tag(file, tag);

    if (file)
        CloseHandle(file);
    return found;
}

/* Wine does not know OBJ_DONT_REPARSE: no folder on the way may be a reparse point. */
static bool reparse_on_way(const OBJECT_ATTRIBUTES *object)
{
    UNICODE_STRING name = object->ObjectName ? *object->ObjectName : (UNICODE_STRING){0};
    OBJECT_ATTRIBUTES folder = *object;
    USHORT units = name.Length / sizeof(WCHAR);
    DWORD tag;

    if (!(object->Attributes & OBJ_DONT_REPARSE_FLAG) || !sidecar_has_reparse_points())
        return false;
    folder.ObjectName = &name;
    for (USHORT i = 1; i < units; i++) {
        name.Length = (USHORT)(i * sizeof(WCHAR));
        if (name.Buffer[i] == L'\\' && tag_by_name(&folder, &tag))
            return true;
    }
    return false;
}

/* As on a Windows that does not know the flag, if the test says so. */
static bool flags_unknown(const OBJECT_ATTRIBUTES *object)
{
    return object->Attributes & OBJ_DONT_REPARSE_FLAG &&
           GetEnvironmentVariableW(L"HCSSIM_NO_DONT_REPARSE", NULL, 0);
}

/* How many parameters the system calls have is not ours to say.
   NOLINTBEGIN(readability-function-size) */

/* Wine would make mode bits of the descriptor, and could take the owner's own rights with them. */
static NTSTATUS create_without_descriptor(HANDLE *file, ACCESS_MASK access,
                                          const OBJECT_ATTRIBUTES *object, IO_STATUS_BLOCK *io,
                                          LARGE_INTEGER *size, ULONG attributes, ULONG share,
                                          ULONG disposition, ULONG options, void *ea, ULONG ea_size)
{
    const SECURITY_INFORMATION all =
        OWNER_SECURITY_INFORMATION | GROUP_SECURITY_INFORMATION | DACL_SECURITY_INFORMATION;
    OBJECT_ATTRIBUTES plain = *object;
    NTSTATUS status;

    plain.SecurityDescriptor = NULL;
    status = nt.create_file(file, access, &plain, io, size, attributes, share, disposition, options,
                            ea, ea_size);
    /* The id of a removed file comes back soon: what was kept for that one is not for this one. */
    if (status >= 0 && io->Information == INFORMATION_CREATED) {
        sidecar_forget(*file);
        if (object->SecurityDescriptor)
            descriptor_set(*file, all, object->SecurityDescriptor);
    }
    return status;
}

/* DeleteFile opens so. */
static void forget_deleted(HANDLE file, ULONG options)
{
    uint64_t key;

    if (options & FILE_DELETE_ON_CLOSE && sidecar_last_name(file, &key))
        sidecar_removed(key);
}

/* A device is no folder, its stand-in is. */
static ULONG options_for(const OBJECT_ATTRIBUTES *object, ULONG options)
{
    return volume_name_is_device(object->ObjectName) ? options & ~(ULONG)FILE_NON_DIRECTORY_FILE
                                                     : options;
}

static NTSTATUS NTAPI create_file(HANDLE *file, ACCESS_MASK access, OBJECT_ATTRIBUTES *object,
                                  IO_STATUS_BLOCK *io, LARGE_INTEGER *size, ULONG attributes,
                                  ULONG share, ULONG disposition, ULONG options, void *ea,
                                  ULONG ea_size)
{
    volume_name volume = {0};
    NTSTATUS status;

    if (!object || !io || !hook_enter())
        return nt.create_file(file, access, object, io, size, attributes, share, disposition,
                              options, ea, ea_size);
    if (flags_unknown(object))
        status = STATUS_BAD_PARAMETER;
    else if (reparse_on_way(object))
        status = STATUS_REPARSE_ON_WAY;
    else
        status = create_without_descriptor(file, access, volume_name_resolve(&volume, object), io,
                                           size, attributes, share, disposition,
                                           options_for(object, options), ea, ea_size);
    if (status >= 0)
        forget_deleted(*file, options);
    volume_name_free(&volume);
    hook_leave();
    return status;
}

static NTSTATUS NTAPI open_file(HANDLE *file, ACCESS_MASK access, OBJECT_ATTRIBUTES *object,
                                IO_STATUS_BLOCK *io, ULONG share, ULONG options)
{
    volume_name volume = {0};
    OBJECT_ATTRIBUTES resolved;
    NTSTATUS status;

    if (!object || !hook_enter())
        return nt.open_file(file, access, object, io, share, options);
    resolved = *volume_name_resolve(&volume, object);
    status = nt.open_file(file, access, &resolved, io, share, options_for(object, options));
    if (status >= 0)
        forget_deleted(*file, options);
    volume_name_free(&volume);
    hook_leave();
    return status;
}

/* Stand-ins for reparse points are empty: what has something in it need not be opened to know. */
static bool has_content(const void *info, size_t offset)
{
    DWORD attributes;
    LARGE_INTEGER size;

    if (offset != NETWORK_OPEN_ATTRIBUTES)
        return false;
    memcpy(&attributes, (const BYTE *)info + offset, sizeof(attributes));
    memcpy(&size, (const BYTE *)info + NETWORK_OPEN_SIZE, sizeof(size));
    return !(attributes & FILE_ATTRIBUTE_DIRECTORY) && size.QuadPart;
}

/* Calls one of the two queries of attributes by name; both have a DWORD of them at `offset`. */
static NTSTATUS query_by_name(NTSTATUS(NTAPI *query)(const OBJECT_ATTRIBUTES *, void *),
                              const OBJECT_ATTRIBUTES *object, void *info, size_t offset)
{
    volume_name volume = {0};
    DWORD attributes, tag;
    NTSTATUS status;

    if (!object || !hook_enter())
        return query(object, info);
    object = volume_name_resolve(&volume, object);
    status = query(object, info);
    if (status >= 0 && !has_content(info, offset) && tag_by_name(object, &tag)) {
        memcpy(&attributes, (BYTE *)info + offset, sizeof(attributes));
        attributes = (attributes & ~(DWORD)FILE_ATTRIBUTE_NORMAL) | FILE_ATTRIBUTE_REPARSE_POINT;
        memcpy((BYTE *)info + offset, &attributes, sizeof(attributes));
    }
    volume_name_free(&volume);
    hook_leave();
    return status;
}

static NTSTATUS NTAPI query_attributes(const OBJECT_ATTRIBUTES *object, void *info)
{
    return query_by_name(nt.query_attributes, object, info, 32); /* FILE_BASIC_INFORMATION */
}

static NTSTATUS NTAPI query_full_attributes(const OBJECT_ATTRIBUTES *object, void *info)
{
    return query_by_name(nt.query_full_attributes, object, info, NETWORK_OPEN_ATTRIBUTES);
}

/* ---- attributes by handle and in listings ---- */

static void add_reparse(BYTE *attributes, BYTE *where_tag, DWORD tag)
{
    DWORD value;

    memcpy(&value, attributes, sizeof(value));
    value = (value & ~(DWORD)FILE_ATTRIBUTE_NORMAL) | FILE_ATTRIBUTE_REPARSE_POINT;
    memcpy(attributes, &value, sizeof(value));
    if (where_tag)
        memcpy(where_tag, &tag, sizeof(tag));
}

static NTSTATUS NTAPI query_information(HANDLE file, IO_STATUS_BLOCK *io, void *info, ULONG size,
                                        ULONG class)
{
    NTSTATUS status = nt.query_information(file, io, info, size, class);
    bool attributes = class == CLASS_BASIC || class == CLASS_ALL || class == CLASS_NETWORK_OPEN ||
                      class == CLASS_ATTRIBUTE_TAG || class == CLASS_STAT;
    BYTE *bytes = info;
    DWORD tag;

    /* All information with less room than the name needs: the rest of it is there. */
    if ((status < 0 && status != STATUS_NAME_LEFT_OUT) || !attributes || !hook_enter())
        return status;
    if (sidecar_has_reparse_points() && reparse_tag(file, &tag)) {
        if (class == CLASS_ATTRIBUTE_TAG)
            add_reparse(bytes, bytes + 4, tag);
        else if (class == CLASS_STAT)
            add_reparse(bytes + 56, bytes + 60, tag);
        else
            add_reparse(bytes + (class == CLASS_NETWORK_OPEN ? NETWORK_OPEN_ATTRIBUTES : 32), NULL,
                        tag);
    }
    hook_leave();
    return status;
}

/* What the entries of all classes begin with. */
typedef struct directory_entry {
    ULONG next, index;
    LARGE_INTEGER created, accessed, written, changed, size, allocated;
    ULONG attributes, name_length;
} directory_entry;

_Static_assert(sizeof(directory_entry) == 64, "FILE_DIRECTORY_INFORMATION without the name");

/* Where the name is, by class; 0 for classes that are no listings with attributes. */
static size_t name_offset(ULONG class)
{
    switch (class) {
    case CLASS_DIRECTORY:
        return 64;
    case CLASS_FULL_DIRECTORY:
        return 68;
    case CLASS_BOTH_DIRECTORY:
        return 94;
    case CLASS_ID_BOTH_DIRECTORY:
        return 104;
    case CLASS_ID_FULL_DIRECTORY:
        return 80;
    default:
        return 0;
    }
}

static void mark_entry(HANDLE folder, BYTE *at, const directory_entry *entry, ULONG class)
{
    WCHAR *text = (void *)(at + name_offset(class));
    UNICODE_STRING name = {(USHORT)entry->name_length, (USHORT)entry->name_length, text};
    OBJECT_ATTRIBUTES object = {.Length = sizeof(object),
                                .RootDirectory = folder,
                                .ObjectName = &name,
                                .Attributes = OBJ_CASE_INSENSITIVE};
    bool dots = text[0] == L'.' &&
                (entry->name_length == 2 || (entry->name_length == 4 && text[1] == L'.'));
    DWORD tag;

    if (dots || (!(entry->attributes & FILE_ATTRIBUTE_DIRECTORY) && entry->size.QuadPart))
        return;
    /* A listing has the tag in place of the size of extended attributes. */
    if (tag_by_name(&object, &tag))
        add_reparse(at + offsetof(directory_entry, attributes),
                    class == CLASS_DIRECTORY ? NULL : at + sizeof(directory_entry), tag);
}

static NTSTATUS NTAPI query_directory(HANDLE folder, HANDLE event, void *apc, void *context,
                                      IO_STATUS_BLOCK *io, void *info, ULONG size, ULONG class,
                                      BOOLEAN single, UNICODE_STRING *mask, BOOLEAN restart)
{
    NTSTATUS status = nt.query_directory(folder, event, apc, context, io, info, size, class, single,
                                         mask, restart);
    directory_entry entry = {.next = 1};

    if (status != 0 || !io->Information || !name_offset(class) || !hook_enter())
        return status;
    if (sidecar_has_reparse_points()) {
        for (BYTE *at = info; entry.next; at += entry.next) {
            memcpy(&entry, at, sizeof(entry));
            mark_entry(folder, at, &entry, class);
        }
    }
    hook_leave();
    return status;
}

/* ---- controls and security ---- */

static NTSTATUS NTAPI fs_control(HANDLE file, HANDLE event, void *apc, void *context,
                                 IO_STATUS_BLOCK *io, ULONG code, void *in, ULONG in_size,
                                 void *out, ULONG out_size)
{
    bool extend = code == FSCTL_EXTEND_VOLUME;
    bool ours = code == FSCTL_SET_REPARSE_POINT || code == FSCTL_GET_REPARSE_POINT ||
                code == FSCTL_DELETE_REPARSE_POINT || extend;
    ULONG_PTR done = 0;
    NTSTATUS status;

    if (!ours || !hook_enter())
        return nt.fs_control(file, event, apc, context, io, code, in, in_size, out, out_size);
    if (extend)
        status = attached_is_volume(file) ? 0 : STATUS_BAD_PARAMETER;
    else if (code == FSCTL_SET_REPARSE_POINT)
        status = reparse_set(file, in, in_size);
    else if (code == FSCTL_GET_REPARSE_POINT)
        status = reparse_get(file, out, out_size, &done);
    else
        status = reparse_delete(file, in, in_size);
    io->Status = status;
    io->Information = done;
    if (event)
        SetEvent(event);
    hook_leave();
    return status;
}

static NTSTATUS NTAPI device_control(HANDLE file, HANDLE event, void *apc, void *context,
                                     IO_STATUS_BLOCK *io, ULONG code, void *in, ULONG in_size,
                                     void *out, ULONG out_size)
{
    uint64_t length;
    bool ours;

    if (code != IOCTL_DISK_GET_LENGTH_INFO || out_size < sizeof(length) || !hook_enter())
        return nt.device_control(file, event, apc, context, io, code, in, in_size, out, out_size);
    ours = attached_volume_length(file, &length);
    hook_leave();
    if (!ours)
        return nt.device_control(file, event, apc, context, io, code, in, in_size, out, out_size);
    memcpy(out, &length, sizeof(length));
    io->Status = 0;
    io->Information = sizeof(length);
    if (event)
        SetEvent(event);
    return 0;
}

/* The structure of both renames; the name follows it. */
typedef struct rename_information {
    ULONG flags;
    HANDLE root;
    ULONG length;
    WCHAR name[1];
} rename_information;

/* To a place in a volume: where the service keeps that. */
static NTSTATUS rename_file(HANDLE file, IO_STATUS_BLOCK *io, rename_information *info, ULONG size,
                            ULONG class)
{
    UNICODE_STRING given = {.Length = (USHORT)info->length,
                            .MaximumLength = (USHORT)info->length,
                            .Buffer = info->name};
    OBJECT_ATTRIBUTES object = {
        .Length = sizeof(object), .RootDirectory = info->root, .ObjectName = &given};
    volume_name v = {0};
    const OBJECT_ATTRIBUTES *found = volume_name_resolve(&v, &object);
    const ULONG needed = (ULONG)sizeof(*info) + found->ObjectName->Length;
    rename_information *moved = found == &object ? NULL : calloc(1, needed);
    NTSTATUS status;

    if (moved) {
        moved->flags = info->flags;
        moved->length = found->ObjectName->Length;
        memcpy(moved->name, found->ObjectName->Buffer, moved->length);
        status = nt.set_information(file, io, moved, needed, class);
    } else {
        status = nt.set_information(file, io, info, size, class);
    }
    free(moved);
    volume_name_free(&v);
    return status;
}

static NTSTATUS NTAPI set_information(HANDLE file, IO_STATUS_BLOCK *io, void *info, ULONG size,
                                      ULONG class)
{
    const bool renames = class == CLASS_RENAME || class == CLASS_RENAME_EX;
    const bool removes = class == CLASS_DISPOSITION || class == CLASS_DISPOSITION_EX;
    bool last = false;
    uint64_t key = 0;
    NTSTATUS status;

    if ((!renames && !removes) || !hook_enter())
        return nt.set_information(file, io, info, size, class);
    if (removes)
        last = *(const BYTE *)info & 1 && sidecar_last_name(file, &key);
    if (renames && attached_below(file))
        status = STATUS_NOT_ALLOWED;
    else
        status = renames ? rename_file(file, io, info, size, class)
                         : nt.set_information(file, io, info, size, class);
    if (status >= 0 && last)
        sidecar_removed(key);
    hook_leave();
    return status;
}

static NTSTATUS NTAPI set_security(HANDLE object, SECURITY_INFORMATION what, void *descriptor)
{
    NTSTATUS status;

    if (!hook_enter())
        return nt.set_security(object, what, descriptor);
    status = descriptor_applies(object) ? descriptor_set(object, what, descriptor)
                                        : nt.set_security(object, what, descriptor);
    hook_leave();
    return status;
}

static NTSTATUS NTAPI query_security(HANDLE object, SECURITY_INFORMATION what, void *descriptor,
                                     ULONG size, ULONG *needed)
{
    NTSTATUS status = STATUS_NOT_FOUND_HERE;

    if (!hook_enter())
        return nt.query_security(object, what, descriptor, size, needed);
    if (descriptor_applies(object))
        status = descriptor_get(object, what, descriptor, size, needed);
    if (status == STATUS_NOT_FOUND_HERE)
        status = nt.query_security(object, what, descriptor, size, needed);
    hook_leave();
    return status;
}

/* NOLINTEND(readability-function-size) */

/* ---- getting between ---- */

typedef struct nt_hook {
    const char *name;
    void (*function)(void);
    void *original; /* a member of nt */
} nt_hook;

static const nt_hook nt_hooks[] = {
    {"NtCreateFile", (void (*)(void))create_file, &nt.create_file},
    {"NtOpenFile", (void (*)(void))open_file, &nt.open_file},
    {"NtQueryAttributesFile", (void (*)(void))query_attributes, &nt.query_attributes},
    {"NtQueryFullAttributesFile", (void (*)(void))query_full_attributes, &nt.query_full_attributes},
    {"NtQueryInformationFile", (void (*)(void))query_information, &nt.query_information},
    {"NtQueryDirectoryFile", (void (*)(void))query_directory, &nt.query_directory},
    {"NtFsControlFile", (void (*)(void))fs_control, &nt.fs_control},
    {"NtDeviceIoControlFile", (void (*)(void))device_control, &nt.device_control},
    {"NtSetInformationFile", (void (*)(void))set_information, &nt.set_information},
    {"NtSetSecurityObject", (void (*)(void))set_security, &nt.set_security},
    {"NtQuerySecurityObject", (void (*)(void))query_security, &nt.query_security},
};

/* mov r10, rcx; mov eax, number: eight bytes, which Wine aligns. Windows has the same. */
static bool is_stub(const BYTE *stub)
{
    static const BYTE begin[] = {0x4C, 0x8B, 0xD1, 0xB8};

    return stub && memcmp(stub, begin, sizeof(begin)) == 0 && (uintptr_t)stub % 8 == 0;
}

/* In one write: other threads may be on their way through. jmp to `target`, and three nops. */
static void redirect(BYTE *stub, const BYTE *target)
{
    BYTE code[8] = {0xE9, 0, 0, 0, 0, 0x90, 0x90, 0x90};
    int32_t distance = (int32_t)(target - (stub + 5));
    LONG64 value;
    DWORD before;

    memcpy(code + 1, &distance, sizeof(distance));
    memcpy(&value, code, sizeof(value));
    if (!VirtualProtect(stub, sizeof(code), PAGE_EXECUTE_READWRITE, &before))
        return;
    InterlockedExchange64((volatile LONG64 *)(void *)stub, value);
    VirtualProtect(stub, sizeof(code), before, &before);
}

void nt_hooks_install(void)
{
    HMODULE ntdll = GetModuleHandleW(L"ntdll.dll");
    BYTE *page = jump_page((const BYTE *)ntdll);
    const size_t count = sizeof(nt_hooks) / sizeof(*nt_hooks);
    BYTE *stubs[sizeof(nt_hooks) / sizeof(*nt_hooks)];

    guard = TlsAlloc();
    for (size_t i = 0; i < count; i++) {
        FARPROC found = GetProcAddress(ntdll, nt_hooks[i].name);

        memcpy(&stubs[i], &found, sizeof(found));
        if (!page || guard == TLS_OUT_OF_INDEXES || !is_stub(stubs[i]))
            return; /* not this Wine: all of them, or none */
    }
    for (size_t i = 0; i < count; i++, page += 2 * STUB_SIZE) {
        memcpy(page, stubs[i], STUB_SIZE);
        memcpy(nt_hooks[i].original, &page, sizeof(page));
        write_jump(page + STUB_SIZE, nt_hooks[i].function);
    }
    page -= 2 * STUB_SIZE * count;
    for (size_t i = 0; i < count; i++, page += 2 * STUB_SIZE)
        redirect(stubs[i], page + STUB_SIZE);
}
