/* SPDX-License-Identifier: MIT */
/* containerd asks the bind filter whether a bundle's rootfs is mounted: it never is. */
#include <windows.h>
__declspec(dllexport) HRESULT WINAPI BfRemoveMapping(HANDLE job, const wchar_t *root)
{
    (void)job, (void)root;
    return HRESULT_FROM_WIN32(ERROR_NOT_FOUND);
}
