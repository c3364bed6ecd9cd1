/* SPDX-License-Identifier: MIT */
/**
 * What the system calls of Wine lack, given to them: the stubs of ntdll.dll lead here, and from
 * here to what they did before. Everything above (kernelbase, advapi32, the program) sees the
 * change.
 */
#ifndef HCSSIM_DLL_NT_HOOKS_H
#define HCSSIM_DLL_NT_HOOKS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include <windows.h>
#include <winternl.h>

/* The system calls as they were; set by nt_hooks_install(). */
typedef struct nt_calls {
    NTSTATUS(NTAPI *create_file)
    (HANDLE *file, ACCESS_MASK access, OBJECT_ATTRIBUTES *object, IO_STATUS_BLOCK *io,
     LARGE_INTEGER *size, ULONG attributes, ULONG share, ULONG disposition, ULONG options, void *ea,
     ULONG ea_size);
    NTSTATUS(NTAPI *open_file)
    (HANDLE *file, ACCESS_MASK access, OBJECT_ATTRIBUTES *object, IO_STATUS_BLOCK *io, ULONG share,
     ULONG options);
    NTSTATUS(NTAPI *query_attributes)(const OBJECT_ATTRIBUTES *object, void *info);
    NTSTATUS(NTAPI *query_full_attributes)(const OBJECT_ATTRIBUTES *object, void *info);
    NTSTATUS(NTAPI *query_information)
    (HANDLE file, IO_STATUS_BLOCK *io, void *info, ULONG size, ULONG class);
    NTSTATUS(NTAPI *query_directory)
    (HANDLE folder, HANDLE event, void *apc, void *context, IO_STATUS_BLOCK *io, void *info,
     ULONG size, ULONG class, BOOLEAN single, UNICODE_STRING *mask, BOOLEAN restart);
    NTSTATUS(NTAPI *fs_control)
    (HANDLE file, HANDLE event, void *apc, void *context, IO_STATUS_BLOCK *io, ULONG code, void *in,
     ULONG in_size, void *out, ULONG out_size);
    NTSTATUS(NTAPI *device_control)
    (HANDLE file, HANDLE event, void *apc, void *context, IO_STATUS_BLOCK *io, ULONG code, void *in,
     ULONG in_size, void *out, ULONG out_size);
    NTSTATUS(NTAPI *set_information)
    (HANDLE file, IO_STATUS_BLOCK *io, void *info, ULONG size, ULONG class);
    NTSTATUS(NTAPI *set_security)(HANDLE object, SECURITY_INFORMATION what, void *descriptor);
    NTSTATUS(NTAPI *query_security)
    (HANDLE object, SECURITY_INFORMATION what, void *descriptor, ULONG size, ULONG *needed);
} nt_calls;

extern nt_calls nt;

/** Once in a process, before it is used from several threads. */
void nt_hooks_install(void);

/**
 * True for the outermost hook of a thread only: what a hook does itself sees the plain system.
 * Each true needs one hook_leave().
 */
bool hook_enter(void);
void hook_leave(void);

/* hooks.c: memory behind a module that 32-bit offsets reach, executable and writable */
BYTE *jump_page(const BYTE *module);
void write_jump(BYTE *where, void (*target)(void));

/* volumes.c: \??\Volume{guid}\… as the folder in which the service keeps that volume */
typedef struct volume_name {
    OBJECT_ATTRIBUTES object; /* to be used instead */
    UNICODE_STRING name;
    WCHAR *buffer;
} volume_name;

const OBJECT_ATTRIBUTES *volume_name_resolve(volume_name *v, const OBJECT_ATTRIBUTES *object);
void volume_name_free(volume_name *v);
/** \??\Volume{guid} without more: the device. */
bool volume_name_is_device(const UNICODE_STRING *name);

/* attached.c: what Windows does because a disk is attached */
bool attached_is_volume(HANDLE file);
/** The length of its partition; false for what is no volume of the service's. */
bool attached_volume_length(HANDLE file, uint64_t *out);
/** Whether there is an attached disk in the folder, or in one in it. */
bool attached_below(HANDLE folder);

/* reparse.c: reparse points, kept in the sidecar */
bool reparse_tag(HANDLE file, DWORD *tag);
NTSTATUS reparse_set(HANDLE file, const void *data, ULONG size);
NTSTATUS reparse_get(HANDLE file, void *data, ULONG room, ULONG_PTR *size);
NTSTATUS reparse_delete(HANDLE file, const void *data, ULONG size);
BOOLEAN WINAPI hooked_create_symbolic_link(PCWSTR link, PCWSTR target, DWORD flags);

/* descriptors.c: security descriptors of files, kept in the sidecar */
bool descriptor_applies(HANDLE object);
NTSTATUS descriptor_set(HANDLE file, SECURITY_INFORMATION what, void *descriptor);
/** STATUS_NOT_FOUND_HERE when none is kept: then Wine knows. */
NTSTATUS descriptor_get(HANDLE file, SECURITY_INFORMATION what, void *out, ULONG room,
                        ULONG *needed);

#define STATUS_NOT_FOUND_HERE ((NTSTATUS)0xC0000225)

#endif
