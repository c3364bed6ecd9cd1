/* SPDX-License-Identifier: MIT */
/**
 * Where the simulated host keeps what Wine cannot store with a file: its security descriptor,
 * extended attributes, reparse data, alternate streams, as the Win32 backup streams they came in.
 *
 * One record each in C:\hcssim\sidecar.store (sidecar_store.h), by file id, so that hard links
 * share it: the last name of the path in UTF-8, and the streams one after the other. (A file whose
 * only name is another one is another file, on another disk or made since.)
 */
#ifndef HCSSIM_DLL_SIDECAR_H
#define HCSSIM_DLL_SIDECAR_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <windows.h>

/** Writes it whole; none at all when size is 0. */
bool sidecar_write(HANDLE file, const void *streams, size_t size);
/** Fresh memory, or NULL if there is none (or it is of another, removed file). */
BYTE *sidecar_read(HANDLE file, size_t *size);

/** One of its streams (BACKUP_…) without the header; NULL if there is none. */
BYTE *sidecar_stream_read(HANDLE file, DWORD id, size_t *size);
/** Writes or, with size 0, removes that one, and keeps the others. */
bool sidecar_stream_write(HANDLE file, DWORD id, const void *bytes, size_t size);

/** Gives a copy what the file has, or nothing. Each with its last name, which need not be asked
 * for. */
bool sidecar_copy(HANDLE from, const wchar_t *from_name, HANDLE to, const wchar_t *to_name);

/** What records are kept by: the file's id. */
bool sidecar_key(HANDLE file, uint64_t *key);

/** Whose record goes with the name that is about to be removed: false while it has others. */
bool sidecar_last_name(HANDLE file, uint64_t *key);
/** The name was removed. */
void sidecar_removed(uint64_t key);

/** A new file has none: removes what is there of an old one with the same id. */
void sidecar_forget(HANDLE file);
/** Whether there ever was a reparse point on this host: most hosts have none, and are fast. */
bool sidecar_has_reparse_points(void);

#endif
