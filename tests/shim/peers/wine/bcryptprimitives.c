/* SPDX-License-Identifier: MIT */
/* What Go needs of bcryptprimitives.dll, which Wine 8 has not. Every Go program loads it, so it is
   also what loads the simulator's vmcompute.dll, whose hooks give a process BackupWrite and the
   newer classes of file information. */
#include <windows.h>
BOOLEAN NTAPI SystemFunction036(void *buffer, ULONG length);
__declspec(dllexport) BOOL WINAPI ProcessPrng(BYTE *data, SIZE_T size)
{
    static LONG loaded;
    if (!InterlockedExchange(&loaded, 1))
        LoadLibraryExW(L"vmcompute.dll", NULL, LOAD_LIBRARY_SEARCH_SYSTEM32);
    while (size) {
        ULONG part = size > 0x10000 ? 0x10000 : (ULONG)size;
        SystemFunction036(data, part);
        data += part;
        size -= part;
    }
    return TRUE;
}
