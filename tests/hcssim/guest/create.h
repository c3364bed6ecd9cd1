/* SPDX-License-Identifier: MIT */
/**
 * CreateProcessW as it is on Windows. Wine's fails now and then, with ERROR_INTERNAL_ERROR, on a
 * machine with much to do, and succeeds a moment later.
 */
#ifndef HCSSIM_GUEST_CREATE_H
#define HCSSIM_GUEST_CREATE_H

#include <windows.h>

#define CREATE_TRIES 5
#define CREATE_PAUSE 200u /* milliseconds */

/** The arguments that are NULL everywhere are left out. */
static inline BOOL create_process(const wchar_t *application, wchar_t *line, BOOL inherit,
                                  DWORD flags, void *environment, const wchar_t *folder,
                                  STARTUPINFOW *startup, PROCESS_INFORMATION *made)
{
    for (int tries = 1;; tries++) {
        if (CreateProcessW(application, line, NULL, NULL, inherit, flags, environment, folder,
                           startup, made))
            return TRUE;
        if (GetLastError() != ERROR_INTERNAL_ERROR || tries == CREATE_TRIES)
            return FALSE;
        Sleep(CREATE_PAUSE);
    }
}

#endif
