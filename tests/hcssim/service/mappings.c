/* SPDX-License-Identifier: MIT */
/* Mapped folders: links into the host, copies of it, and what they hide. */
#include "mappings.h"

#include <stdbool.h>
#include <stdlib.h>
#include <string.h>
#include <windows.h>

#include "base/error.h"
#include "base/text.h"

#include "host_path.h"
#include "script.h"
#include "volume.h"
#include "wide.h"

typedef struct mapping {
    wchar_t *path; /* of the link or the copy; NULL for a drive that leads to the host's folder */
    wchar_t drive[3]; /* "D:", made on this host; "" for none */
    wchar_t *hidden;  /* what was there before; NULL for nothing */
    wchar_t *made;    /* the topmost folder that was made for it; NULL for none */
    bool copy;
    bool file; /* what is mapped is one */
} mapping;

struct mappings {
    wchar_t *root;
    text *drives; /* to be told; NULL: made */
    size_t count;
    mapping items[];
};

static bool exists(const wchar_t *path)
{
    return GetFileAttributesW(path) != INVALID_FILE_ATTRIBUTES;
}

/* ---- the place ---- */

/* C:\a\b → root\a\b. There is no other drive in a container. */
static wchar_t *place_of(const wchar_t *root, const char *inside)
{
    cleanup_free wchar_t *wide = NULL;
    const char *below = inside + 2;

    while (*below == '\\' || *below == '/')
        below++;
    if ((inside[0] != 'C' && inside[0] != 'c') || !*below)
        return NULL;
    wide = wide_from_utf8(below);
    for (wchar_t *c = wide; c && *c; c++)
        *c = *c == L'/' ? L'\\' : *c;
    while (wide && *wide && wide[wcslen(wide) - 1] == L'\\')
        wide[wcslen(wide) - 1] = 0;
    return wide ? wide_join(root, wide) : NULL;
}

/* Makes the folders above it, and says which was the first that was not there. */
static int32_t make_parents(const wchar_t *root, mapping *m)
{
    cleanup_free wchar_t *path = _wcsdup(m->path);
    wchar_t *slash = path ? wcschr(path + wcslen(root) + 1, L'\\') : NULL;

    if (!path)
        return HR_OUT_OF_MEMORY;
    for (; slash; slash = wcschr(slash + 1, L'\\')) {
        *slash = 0;
        if (!exists(path)) {
            if (!CreateDirectoryW(path, NULL))
                return HR_FROM_WIN32(GetLastError());
            if (!m->made)
                m->made = _wcsdup(path);
        }
        *slash = L'\\';
    }
    return HR_OK;
}

/* Beside the root, where nobody looks for changes of the container. */
static int32_t hide(const wchar_t *root, mapping *m, size_t index)
{
    m->hidden = wide_format(L"%ls.hidden-%u", root, (unsigned)index);
    if (!m->hidden)
        return HR_OUT_OF_MEMORY;
    if (MoveFileExW(m->path, m->hidden, 0))
        return HR_OK;
    free(m->hidden);
    m->hidden = NULL;
    return HR_FROM_WIN32(GetLastError());
}

/* "d:", "d:\" */
static bool is_drive(const char *inside)
{
    return inside[1] == ':' && (!inside[2] || !inside[3]) && (inside[0] | 32) != 'c';
}

/* In a utility VM's prefix by its script; else on this host, if nobody has that letter. */
static int32_t drive_make(mappings *all, mapping *m, const wchar_t *from, char letter)
{
    cleanup_free wchar_t *name = script_unix_path(from);
    cleanup_free char *target = name ? utf8_from_wide(name) : NULL;
    wchar_t drive[3] = {(wchar_t)(letter & ~32), L':', 0};
    int32_t hr;

    if (!target)
        return HR_OUT_OF_MEMORY;
    if (all->drives) {
        text_addf(all->drives, "%c: %s\n", letter | 32, target);
        return HR_OK;
    }
    hr = script_drive(drive[0], name);
    if (HR_SUCCEEDED(hr))
        wmemcpy(m->drive, drive, 3);
    return hr;
}

static int32_t map_drive(mappings *all, mapping *m, const wchar_t *from, const char *inside)
{
    int32_t hr = HR_OK;

    if (m->copy) {
        m->path = wide_format(L"%ls.drive-%c", all->root, inside[0]);
        hr = m->path ? tree_copy(from, m->path, false) : HR_OUT_OF_MEMORY;
    }
    all->count++;
    return HR_SUCCEEDED(hr) ? drive_make(all, m, m->path ? m->path : from, inside[0]) : hr;
}

/* A link of Linux would be written through, and removed with what it leads to. */
static int32_t map_file(mapping *m, const wchar_t *from)
{
    if (!m->copy && CreateHardLinkW(m->path, from, NULL))
        return HR_OK;
    m->copy = true;
    return tree_copy(from, m->path, false);
}

static bool is_file(const wchar_t *path)
{
    DWORD attributes = GetFileAttributesW(path);

    return attributes != INVALID_FILE_ATTRIBUTES && !(attributes & FILE_ATTRIBUTE_DIRECTORY);
}

static int32_t mapping_make(mappings *all, const char *host, const char *inside, bool read_only)
{
    cleanup_free wchar_t *from = host_path(host);
    mapping *m = &all->items[all->count];
    int32_t hr;

    m->copy = read_only;
    if (from && is_drive(inside))
        return map_drive(all, m, from, inside);
    m->path = place_of(all->root, inside);
    if (!from || !m->path)
        return from ? HR_NOT_SUPPORTED : HR_OUT_OF_MEMORY;
    all->count++;
    hr = make_parents(all->root, m);
    if (HR_SUCCEEDED(hr) && exists(m->path))
        hr = hide(all->root, m, all->count);
    if (HR_FAILED(hr))
        return hr;
    if (is_file(from)) {
        m->file = true;
        return map_file(m, from);
    }
    return m->copy ? tree_copy(from, m->path, false) : script_link(from, m->path);
}

/* Those that were made for it, if they are empty: the container may have put something beside. */
static void remove_parents(mapping *m)
{
    size_t shortest = wcslen(m->made);
    wchar_t *slash;

    while ((slash = wcsrchr(m->path, L'\\')) != NULL && (size_t)(slash - m->path) >= shortest) {
        *slash = 0;
        if (!RemoveDirectoryW(m->path))
            return;
    }
}

static void mapping_remove(mapping *m)
{
    if (*m->drive)
        script_drive(m->drive[0], NULL);
    if (m->path && script_is_link(m->path))
        script_unlink(m->path);
    else if (m->path && m->file)
        DeleteFileW(m->path);
    else if (m->path && m->copy && exists(m->path))
        tree_remove(m->path);
    if (m->hidden)
        MoveFileExW(m->hidden, m->path, 0);
    if (m->made)
        remove_parents(m);
    free(m->path);
    free(m->hidden);
    free(m->made);
}

void mappings_remove(mappings *m)
{
    if (!m)
        return;
    while (m->count)
        mapping_remove(&m->items[--m->count]);
    free(m->root);
    free(m);
}

int32_t mappings_make(const wchar_t *root, const char *const *mounts, char **drives, mappings **out)
{
    cleanup_text text told = TEXT_INIT;
    size_t count = 0;
    mappings *m;
    int32_t hr = HR_OK;

    *out = NULL;
    while (mounts && mounts[count])
        count++;
    if (drives && !(*drives = text_copy("")))
        return HR_OUT_OF_MEMORY;
    if (!count)
        return HR_OK;
    m = calloc(1, sizeof(*m) + count / 3 * sizeof(m->items[0]));
    if (!m || !(m->root = _wcsdup(root))) {
        free(m);
        return HR_OUT_OF_MEMORY;
    }
    m->drives = drives ? &told : NULL;
    for (size_t i = 0; HR_SUCCEEDED(hr) && i + 2 < count; i += 3)
        hr = mapping_make(m, mounts[i], mounts[i + 1], strcmp(mounts[i + 2], "ro") == 0);
    if (HR_FAILED(hr)) {
        mappings_remove(m);
        return hr;
    }
    m->drives = NULL;
    if (drives) {
        free(*drives);
        *drives = text_copy(text_get(&told));
    }
    *out = m;
    return HR_OK;
}
