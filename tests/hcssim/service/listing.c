/* SPDX-License-Identifier: MIT */
/* Lists of everything below a folder, and their file: size, time, length of path, path, each. */
#include "listing.h"

#include <stdio.h>
#include <stdlib.h>
#include <windows.h>

#include "base/error.h"

#include "wide.h"

static bool add(listing *l, wchar_t *path, uint64_t size, uint64_t written)
{
    if (l->count == l->capacity) {
        size_t capacity = l->capacity ? l->capacity * 2 : 256;
        listing_entry *grown = realloc(l->entries, capacity * sizeof(*grown));

        if (!grown)
            return false;
        l->entries = grown;
        l->capacity = capacity;
    }
    l->entries[l->count++] = (listing_entry){path, size, written};
    return true;
}

static int by_path(const void *left, const void *right)
{
    const listing_entry *a = left, *b = right;

    return _wcsicmp(a->path, b->path);
}

/* Everything below root\below; `below` is "" at the top. */
static int32_t walk(listing *l, const wchar_t *root, const wchar_t *below)
{
    cleanup_free wchar_t *pattern = wide_format(L"%ls%ls%ls\\*", root, *below ? L"\\" : L"", below);
    WIN32_FIND_DATAW entry;
    HANDLE find =
        pattern ? FindFirstFileExW(pattern, FindExInfoBasic, &entry, FindExSearchNameMatch, NULL, 0)
                : INVALID_HANDLE_VALUE;
    int32_t hr = HR_OK;

    if (find == INVALID_HANDLE_VALUE)
        return HR_FROM_WIN32(GetLastError());
    do {
        bool folder = entry.dwFileAttributes & FILE_ATTRIBUTE_DIRECTORY;
        uint64_t size = (uint64_t)entry.nFileSizeHigh << 32 | entry.nFileSizeLow;
        uint64_t written = (uint64_t)entry.ftLastWriteTime.dwHighDateTime << 32 |
                           entry.ftLastWriteTime.dwLowDateTime;
        wchar_t *path;

        if (wcscmp(entry.cFileName, L".") == 0 || wcscmp(entry.cFileName, L"..") == 0)
            continue;
        if (entry.dwFileAttributes & FILE_ATTRIBUTE_REPARSE_POINT)
            continue; /* a mapped folder: not the container's */
        path = wide_format(L"%ls%ls%ls", below, *below ? L"\\" : L"", entry.cFileName);
        if (!path || !add(l, path, folder ? LISTING_FOLDER : size, written)) {
            free(path);
            hr = HR_OUT_OF_MEMORY;
        } else if (folder) {
            hr = walk(l, root, path);
        }
    } while (HR_SUCCEEDED(hr) && FindNextFileW(find, &entry));
    FindClose(find);
    return hr;
}

int32_t listing_take(const wchar_t *folder, listing *out)
{
    listing l = LISTING_INIT;
    int32_t hr = walk(&l, folder, L"");

    if (HR_FAILED(hr)) {
        listing_free(&l);
        return hr;
    }
    if (l.count)
        qsort(l.entries, l.count, sizeof(*l.entries), by_path);
    *out = l;
    return HR_OK;
}

int32_t listing_save(const listing *l, const wchar_t *file)
{
    FILE *f = _wfopen(file, L"wb");
    bool ok;

    if (!f)
        return HR_ACCESS_DENIED;
    for (size_t i = 0; i < l->count; i++) {
        const listing_entry *e = &l->entries[i];
        uint32_t length = (uint32_t)wcslen(e->path);

        fwrite(&e->size, sizeof(e->size), 1, f);
        fwrite(&e->written, sizeof(e->written), 1, f);
        fwrite(&length, sizeof(length), 1, f);
        fwrite(e->path, sizeof(*e->path), length, f);
    }
    ok = !ferror(f);
    return fclose(f) == 0 && ok ? HR_OK : HR_DISK_FULL;
}

static bool load_entry(FILE *f, listing *l)
{
    uint64_t numbers[2];
    uint32_t length;
    wchar_t *path;

    if (fread(numbers, sizeof(numbers), 1, f) != 1 || fread(&length, sizeof(length), 1, f) != 1)
        return false;
    path = calloc(length + 1u, sizeof(*path));
    if (path && fread(path, sizeof(*path), length, f) == length &&
        add(l, path, numbers[0], numbers[1]))
        return true;
    free(path);
    return false;
}

int32_t listing_load(const wchar_t *file, listing *out)
{
    listing l = LISTING_INIT;
    FILE *f = _wfopen(file, L"rb");

    if (!f)
        return HR_FILE_NOT_FOUND;
    while (load_entry(f, &l))
        ;
    fclose(f);
    *out = l;
    return HR_OK;
}

const listing_entry *listing_find(const listing *l, const wchar_t *path)
{
    cleanup_free wchar_t *copy = _wcsdup(path);
    const listing_entry key = {copy, 0, 0};

    return l->count && copy ? bsearch(&key, l->entries, l->count, sizeof(key), by_path) : NULL;
}

void listing_free(listing *l)
{
    for (size_t i = 0; i < l->count; i++)
        free(l->entries[i].path);
    free(l->entries);
    *l = (listing)LISTING_INIT;
}
