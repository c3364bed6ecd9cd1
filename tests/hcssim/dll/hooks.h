/* SPDX-License-Identifier: MIT */
/** Functions that Wine 8 lacks and the simulated host gives to every process that loads its DLL. */
#ifndef HCSSIM_DLL_HOOKS_H
#define HCSSIM_DLL_HOOKS_H

#include <windows.h>

/* backup.c: contents go into the file, everything else of the stream into a sidecar (sidecar.h) */
BOOL WINAPI hooked_backup_write(HANDLE file, BYTE *buffer, DWORD size, DWORD *written, BOOL abort,
                                BOOL security, void **context);
BOOL WINAPI hooked_backup_read(HANDLE file, BYTE *buffer, DWORD size, DWORD *got, BOOL abort,
                               BOOL security, void **context);
BOOL WINAPI hooked_backup_seek(HANDLE file, DWORD low, DWORD high, DWORD *low_done,
                               DWORD *high_done, void **context);

/* event_log.c: the Application log is a file that wevtapi.dll reads */
BOOL WINAPI hooked_report_event(HANDLE source, WORD type, WORD category, DWORD id, PSID user,
                                WORD count, DWORD size, LPCWSTR *strings, LPVOID data);

#endif
