/* SPDX-License-Identifier: MIT */
/* Mapped folders: links into the host, copies of it, and what they hide. */
#include "mappings.h"

#include <stdbool.h>
#include <stdlib.h>
#include <string.h>
#include <windows.h>

#include "base/error.h"

#include "script.h"
#include "volume.h"
#include "wide.h"

typedef struct mapping {
    wchar_t *path;   /* of the link or the copy */
    wchar_t *hidden; /* what was there before; NULL for nothing */
    wchar_t *made;   /* the topmost folder that was made for it; NULL for none */
    bool copy;
} mapping;

struct mappings {
    wchar_t *root;
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

static int32_t mapping_make(mappings *all, const char *host, const char *inside, bool read_only)
{
    cleanup_free wchar_t *from = wide_from_utf8(host);
    mapping *m = &all->items[all->count];
    int32_t hr;

    m->path = place_of(all->root, inside);
    m->copy = read_only;
    if (!from || !m->path)
        return from ? HR_NOT_SUPPORTED : HR_OUT_OF_MEMORY;
    all->count++;
    hr = make_parents(all->root, m);
    if (HR_SUCCEEDED(hr) && exists(m->path))
        hr = hide(all->root, m, all->count);
    if (HR_FAILED(hr))
        return hr;
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
    if (script_is_link(m->path))
        script_unlink(m->path);
    else if (m->copy && exists(m->path))
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

int32_t mappings_make(const wchar_t *root, const char *const *mounts, mappings **out)
{
    size_t count = 0;
    mappings *m;
    int32_t hr = HR_OK;

    *out = NULL;
    while (mounts && mounts[count])
        count++;
    if (!count)
        return HR_OK;
    m = calloc(1, sizeof(*m) + count / 3 * sizeof(m->items[0]));
    if (!m || !(m->root = _wcsdup(root))) {
        free(m);
        return HR_OUT_OF_MEMORY;
    }
    for (size_t i = 0; HR_SUCCEEDED(hr) && i + 2 < count; i += 3)
        hr = mapping_make(m, mounts[i], mounts[i + 1], strcmp(mounts[i + 2], "ro") == 0);
    if (HR_FAILED(hr)) {
        mappings_remove(m);
        return hr;
    }
    *out = m;
    return HR_OK;
}
