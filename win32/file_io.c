/* SPDX-License-Identifier: MIT */
/* Blobs and logs: open files, streamed. */
#include "files.h"

struct file {
    HANDLE handle;
};

static HANDLE handle_open(const wchar_t *path, int mode)
{
    switch (mode) {
    case FILE_READ:
        return CreateFileW(path, GENERIC_READ, SHARE_ALL, NULL, OPEN_EXISTING, 0, NULL);
    case FILE_CREATE:
        return CreateFileW(path, GENERIC_WRITE, SHARE_ALL, NULL, CREATE_NEW, 0, NULL);
    case FILE_APPEND:
        return CreateFileW(path, FILE_APPEND_DATA | FILE_READ_ATTRIBUTES | SYNCHRONIZE, SHARE_ALL,
                           NULL, OPEN_ALWAYS, 0, NULL);
    default:
        SetLastError(ERROR_INVALID_PARAMETER);
        return INVALID_HANDLE_VALUE;
    }
}

int32_t file_open(files_port *port, const char *path, int mode, file **out)
{
    cleanup_free wchar_t *wide = wide_path(path);
    file *f = malloc(sizeof(*f));

    (void)port;
    if (!wide || !f) {
        free(f);
        return HR_OUT_OF_MEMORY;
    }
    f->handle = handle_open(wide, mode);
    if (f->handle == INVALID_HANDLE_VALUE) {
        int32_t hr = hresult_last();

        free(f);
        return hr;
    }
    *out = f;
    return HR_OK;
}

int32_t file_from_handle(HANDLE handle, file **out)
{
    file *f = malloc(sizeof(*f));

    if (!f) {
        CloseHandle(handle);
        return HR_OUT_OF_MEMORY;
    }
    f->handle = handle;
    *out = f;
    return HR_OK;
}

int32_t file_read_some(files_port *port, file *f, void *buffer, size_t size, size_t *got)
{
    DWORD done = 0;

    (void)port;
    if (!ReadFile(f->handle, buffer, size > MAXDWORD ? MAXDWORD : (DWORD)size, &done, NULL))
        return hresult_last();
    *got = done;
    return HR_OK;
}

int32_t file_write_all(files_port *port, file *f, const void *bytes, size_t size)
{
    (void)port;
    return handle_write(f->handle, bytes, size);
}

int32_t file_seek(files_port *port, file *f, uint64_t offset)
{
    LARGE_INTEGER position = {.QuadPart = (LONGLONG)offset};

    (void)port;
    return SetFilePointerEx(f->handle, position, NULL, FILE_BEGIN) ? HR_OK : hresult_last();
}

int32_t file_flush(files_port *port, file *f)
{
    (void)port;
    return FlushFileBuffers(f->handle) ? HR_OK : hresult_last();
}

void file_close(files_port *port, file *f)
{
    (void)port;
    if (!f)
        return;
    CloseHandle(f->handle);
    free(f);
}
