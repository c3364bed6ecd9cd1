/* SPDX-License-Identifier: MIT */
/* Lock files. The lock belongs to the handle: it holds against threads of this process, too. */
#include "files.h"
#include "port/clock.h"

#define LONGEST_SLEEP 20u /* ms */

struct file_lock {
    HANDLE handle;
};

/* A lock file that was removed after we opened it protects nothing. */
static bool is_removed(HANDLE handle)
{
    FILE_STANDARD_INFO info;

    return GetFileInformationByHandleEx(handle, FileStandardInfo, &info, sizeof(info)) &&
           (info.DeletePending || info.NumberOfLinks == 0);
}

/* HR_LOCK_VIOLATION when it is held. One that is just being removed denies access for a moment. */
static int32_t lock_try(const wchar_t *path, HANDLE *out)
{
    HANDLE handle =
        CreateFileW(path, GENERIC_READ | GENERIC_WRITE, SHARE_ALL, NULL, OPEN_ALWAYS, 0, NULL);
    OVERLAPPED range = {0};
    int32_t hr = HR_OK;

    if (handle == INVALID_HANDLE_VALUE)
        return hresult_last();
    if (!LockFileEx(handle, LOCKFILE_EXCLUSIVE_LOCK | LOCKFILE_FAIL_IMMEDIATELY, 0, 1, 0, &range))
        hr = GetLastError() == ERROR_IO_PENDING ? HR_LOCK_VIOLATION : hresult_last();
    else if (is_removed(handle))
        hr = HR_LOCK_VIOLATION;
    if (HR_FAILED(hr))
        CloseHandle(handle);
    else
        *out = handle;
    return hr;
}

int32_t lock_take(files_port *port, const char *path, uint32_t milliseconds, file_lock **out)
{
    uint64_t deadline = clock_ticks() + milliseconds;
    cleanup_free wchar_t *wide = wide_path(path);
    file_lock *lock = malloc(sizeof(*lock));
    uint32_t interval = 1;
    unsigned attempt = 0;

    (void)port;
    if (!wide || !lock) {
        free(lock);
        return HR_OUT_OF_MEMORY;
    }
    for (;;) {
        int32_t hr = lock_try(wide, &lock->handle);

        if (HR_SUCCEEDED(hr)) {
            *out = lock;
            return hr;
        }
        if (hr == HR_LOCK_VIOLATION && clock_ticks() >= deadline)
            hr = HR_WAIT_TIMEOUT;
        if (hr != HR_LOCK_VIOLATION && !retry_after(hr, &attempt)) {
            free(lock);
            return hr;
        }
        if (hr != HR_LOCK_VIOLATION)
            continue;
        Sleep(interval);
        interval = interval * 2 > LONGEST_SLEEP ? LONGEST_SLEEP : interval * 2;
    }
}

void lock_release(files_port *port, file_lock *lock)
{
    OVERLAPPED range = {0};

    (void)port;
    if (!lock)
        return;
    /* Closing releases it as well, but the system says only "at some time". */
    UnlockFileEx(lock->handle, 0, 1, 0, &range);
    CloseHandle(lock->handle);
    free(lock);
}
