/* SPDX-License-Identifier: MIT */
/* What only the self-test asks of this host's file systems. */
#include "port/survey.h"

#include "base/utf.h"
#include "files.h"

/* ---- the volume ---- */

/*
 * ntifs.h: FILE_FS_PERSISTENT_VOLUME_INFORMATION. An open root folder does for its volume
 * (CPython's os.path.isdevdrive() asks so).
 */
typedef struct persistent_state {
    ULONG flags, mask, version, reserved;
} persistent_state;

#define QUERY_PERSISTENT_STATE 0x0009023Cu /* FSCTL_QUERY_PERSISTENT_VOLUME_STATE */

int32_t survey_volume_state(const char *path, uint32_t *flags)
{
    persistent_state asked = {.mask = VOLUME_IS_DEV_DRIVE | VOLUME_IS_TRUSTED, .version = 1};
    persistent_state answer = {0};
    cleanup_free wchar_t *wide = wide_from_utf8(path);
    cleanup_handle HANDLE root = NULL;
    wchar_t volume[MAX_PATH + 1];
    DWORD got = 0;

    if (!wide)
        return HR_OUT_OF_MEMORY;
    if (!GetVolumePathNameW(wide, volume, MAX_PATH))
        return hresult_last();
    root = CreateFileW(volume, FILE_READ_ATTRIBUTES, SHARE_ALL, NULL, OPEN_EXISTING,
                       FILE_FLAG_BACKUP_SEMANTICS, NULL);
    if (root == INVALID_HANDLE_VALUE ||
        !DeviceIoControl(root, QUERY_PERSISTENT_STATE, &asked, sizeof(asked), &answer,
                         sizeof(answer), &got, NULL))
        return hresult_last();
    *flags = answer.flags & asked.mask;
    return HR_OK;
}

/* ---- its filters ---- */

/* fltuserstructures.h: FILTER_FULL_INFORMATION, one an answer; it must be aligned to 8 bytes. */
typedef struct filter_information {
    ULONG next, frame, instances;
    USHORT length; /* in bytes */
    WCHAR name[1];
} filter_information;

typedef union filter_answer {
    filter_information information;
    uint64_t aligned;
    BYTE room[1024];
} filter_answer;

#define FILTER_FULL   0u /* FilterFullInformation */
#define FILTERS_LIMIT 256u

typedef HRESULT WINAPI filter_first(unsigned kind, void *buffer, DWORD size, DWORD *got,
                                    HANDLE *search);
typedef HRESULT WINAPI filter_next(HANDLE search, unsigned kind, void *buffer, DWORD size,
                                   DWORD *got);
typedef HRESULT WINAPI filter_end(HANDLE search);

static int32_t add_filter(const filter_answer *answer, string_list *out)
{
    const filter_information *found = &answer->information;
    const size_t most = (sizeof(*answer) - offsetof(filter_information, name)) / sizeof(WCHAR);
    size_t units = found->length / sizeof(WCHAR);

    if (units > most)
        units = most;
    return string_list_own(out, utf8_from_utf16(found->name, units)) ? HR_OK : HR_OUT_OF_MEMORY;
}

/* fltlib.dll is loaded for this alone. */
int32_t survey_filters(string_list *out)
{
    HMODULE library = system_library(L"fltlib.dll");
    filter_first *first = NULL;
    filter_next *next = NULL;
    filter_end *end = NULL;
    filter_answer answer = {0};
    HANDLE search = NULL;
    DWORD got = 0;
    int32_t hr;

    if (!library)
        return hresult_last();
    first = (filter_first *)(void (*)(void))GetProcAddress(library, "FilterFindFirst");
    next = (filter_next *)(void (*)(void))GetProcAddress(library, "FilterFindNext");
    end = (filter_end *)(void (*)(void))GetProcAddress(library, "FilterFindClose");
    if (!first || !next || !end)
        return HR_PROC_NOT_FOUND;
    hr = first(FILTER_FULL, &answer, sizeof(answer), &got, &search);
    if (HR_FAILED(hr))
        return hr == HR_FROM_WIN32(ERROR_NO_MORE_ITEMS) ? HR_OK : hr;
    for (unsigned i = 0; HR_SUCCEEDED(hr) && i < FILTERS_LIMIT; i++) {
        hr = add_filter(&answer, out);
        if (HR_SUCCEEDED(hr))
            hr = next(search, FILTER_FULL, &answer, sizeof(answer), &got);
    }
    (void)end(search);
    return hr == HR_FROM_WIN32(ERROR_NO_MORE_ITEMS) ? HR_OK : hr;
}

/* ---- a folder ---- */

int32_t survey_list(const char *path, string_list *out)
{
    cleanup_free wchar_t *wide = wide_path(path);
    cleanup_handle HANDLE folder = NULL;

    if (!wide)
        return HR_OUT_OF_MEMORY;
    folder = CreateFileW(wide, FILE_LIST_DIRECTORY | SYNCHRONIZE, SHARE_ALL, NULL, OPEN_EXISTING,
                         FILE_FLAG_BACKUP_SEMANTICS, NULL);
    return folder == INVALID_HANDLE_VALUE ? hresult_last() : handle_list(folder, out, out);
}
