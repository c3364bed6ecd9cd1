/* SPDX-License-Identifier: MIT */
/*
 * vmwp.exe SERVICE-PID ID: what a host shows of a running utility VM. It does nothing but live
 * until the service that started it goes; who kills it, kills the VM.
 */
#include <stdlib.h>
#include <windows.h>

int main(int argc, char **argv)
{
    HANDLE service = argc > 1 ? OpenProcess(SYNCHRONIZE, FALSE, strtoul(argv[1], NULL, 10)) : NULL;

    if (!service)
        return 2;
    WaitForSingleObject(service, INFINITE);
    return 0;
}
