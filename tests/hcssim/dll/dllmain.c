/* SPDX-License-Identifier: MIT */
/* vmcompute.dll of the simulated host. */
#include "client.h"

BOOL WINAPI DllMain(HINSTANCE instance, DWORD reason, void *reserved);

BOOL WINAPI DllMain(HINSTANCE instance, DWORD reason, void *reserved)
{
    (void)reserved;
    if (reason == DLL_PROCESS_ATTACH) {
        DisableThreadLibraryCalls(instance);
        hooks_install();
    }
    return TRUE;
}
