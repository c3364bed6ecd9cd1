/* SPDX-License-Identifier: MIT */
/** The names of the console control events. */
#ifndef IMAGES_CONTROL_H
#define IMAGES_CONTROL_H

#include <windows.h>

static inline const wchar_t *control_name(DWORD event)
{
    switch (event) {
    case CTRL_C_EVENT:
        return L"CTRL_C_EVENT";
    case CTRL_BREAK_EVENT:
        return L"CTRL_BREAK_EVENT";
    case CTRL_CLOSE_EVENT:
        return L"CTRL_CLOSE_EVENT";
    case CTRL_LOGOFF_EVENT:
        return L"CTRL_LOGOFF_EVENT";
    case CTRL_SHUTDOWN_EVENT:
        return L"CTRL_SHUTDOWN_EVENT";
    default:
        return L"an unknown event";
    }
}

#endif
