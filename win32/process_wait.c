/* SPDX-License-Identifier: MIT */
#include "process_wait.h"

int32_t process_wait(HANDLE process, uint32_t milliseconds, uint32_t *exit_code)
{
    DWORD code;

    switch (WaitForSingleObject(process, milliseconds)) {
    case WAIT_OBJECT_0:
        break;
    case WAIT_TIMEOUT:
        return HR_WAIT_TIMEOUT;
    default:
        return hresult_last();
    }
    if (!GetExitCodeProcess(process, &code))
        return hresult_last();
    *exit_code = code;
    return HR_OK;
}
