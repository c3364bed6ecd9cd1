/* SPDX-License-Identifier: MIT */
/* A container's file system as a folder: layers, tombstones, the scratch's own changes. */
#include "volume.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <windows.h>

#include "base/error.h"

#include "listing.h"
#include "wide.h"

#define TOMBSTONES L"tombstones.txt"

static bool exists(const wchar_t *path)
{
    return GetFileAttributesW(path) != INVALID_FILE_ATTRIBUTES;
}

static wchar_t *list_file(const wchar_t *target)
{
    return wide_format(L"%ls.list", target);
}

/* Takes away what a layer deletes: one path a line, below Files, after a line with the version. */
static int32_t apply_tombstones(const wchar_t *layer, const wchar_t *target)
{
    cleanup_free wchar_t *file = wide_join(layer, TOMBSTONES);
    FILE *f = file ? _wfopen(file, L"rb") : NULL;
    char line[4096];

    if (!file)
        return HR_OUT_OF_MEMORY;
    while (f && fgets(line, sizeof(line), f)) {
        cleanup_free wchar_t *name = NULL;
        cleanup_free wchar_t *path = NULL;

        line[strcspn(line, "\r\n")] = 0;
        if (line[0] != '\\' || !line[1])
            continue; /* the version, or an empty line */
        name = wide_from_utf8(line + 1);
        path = name ? wide_join(target, name) : NULL;
        if (path && exists(path))
            tree_remove(path);
    }
    if (f)
        fclose(f);
    return HR_OK;
}

static int32_t apply_layer(const char *layer, const wchar_t *target, bool onto_wine)
{
    cleanup_free wchar_t *folder = wide_from_utf8(layer);
    cleanup_free wchar_t *files = folder ? wide_join(folder, L"Files") : NULL;
    int32_t hr = files ? apply_tombstones(folder, target) : HR_OUT_OF_MEMORY;

    if (HR_SUCCEEDED(hr) && exists(files))
        hr = tree_copy(files, target, onto_wine);
    return hr;
}

static int32_t write_list(const wchar_t *target)
{
    cleanup_free wchar_t *file = list_file(target);
    listing l = LISTING_INIT;
    int32_t hr = file ? listing_take(target, &l) : HR_OUT_OF_MEMORY;

    if (HR_SUCCEEDED(hr))
        hr = listing_save(&l, file);
    listing_free(&l);
    return hr;
}

int32_t volume_fill(const wchar_t *target, const char *const *layers, const char *scratch,
                    bool onto_wine)
{
    size_t count = 0;
    int32_t hr = tree_make(target);

    while (layers && layers[count])
        count++;
    while (HR_SUCCEEDED(hr) && count)
        hr = apply_layer(layers[--count], target, onto_wine);
    if (HR_SUCCEEDED(hr) && scratch)
        hr = apply_layer(scratch, target, onto_wine);
    return HR_SUCCEEDED(hr) ? write_list(target) : hr;
}

/* ---- what has changed ---- */

typedef struct keeping {
    const wchar_t *target;
    wchar_t *files;      /* of the scratch */
    wchar_t *tombstones; /* its file */
    listing before, after;
} keeping;

/* With what is known of it, and of the folders above it. */
static void keep_folder(const keeping *k, const wchar_t *path)
{
    cleanup_free wchar_t *from = *path ? wide_join(k->target, path) : _wcsdup(k->target);
    cleanup_free wchar_t *to = *path ? wide_join(k->files, path) : _wcsdup(k->files);
    cleanup_free wchar_t *above = _wcsdup(path);
    wchar_t *slash = above ? wcsrchr(above, L'\\') : NULL;

    if (!from || !to || !above)
        return;
    if (*path && !exists(to)) {
        *(slash ? slash : above) = 0;
        keep_folder(k, above);
    }
    if (tree_make(to) == HR_OK)
        tree_copy_folder(from, to);
}

static void keep_file(const keeping *k, const wchar_t *path)
{
    cleanup_free wchar_t *from = wide_join(k->target, path);
    cleanup_free wchar_t *to = wide_join(k->files, path);
    cleanup_free wchar_t *folder = _wcsdup(path);
    cleanup_free wchar_t *above = NULL;
    wchar_t *slash = folder ? wcsrchr(folder, L'\\') : NULL;

    if (!from || !to || !folder)
        return;
    *(slash ? slash : folder) = 0;
    above = wide_join(k->files, folder);
    if (!above || !exists(above))
        keep_folder(k, folder);
    SetFileAttributesW(to, FILE_ATTRIBUTE_NORMAL);
    if (!MoveFileExW(from, to, MOVEFILE_REPLACE_EXISTING | MOVEFILE_COPY_ALLOWED))
        CopyFileW(from, to, FALSE);
}

/* What was moved into and out of folders has changed their times. */
static void keep_times(const keeping *k)
{
    for (size_t i = k->after.count; i-- > 0;) {
        const listing_entry *now = &k->after.entries[i];
        cleanup_free wchar_t *kept =
            now->size == LISTING_FOLDER ? wide_join(k->files, now->path) : NULL;

        if (kept && exists(kept))
            tree_set_written(kept, now->written);
    }
}

/* What Wine makes of its own .inf files when it starts a utility VM is no change of the
 * container's. */
static bool is_of_wine(const wchar_t *path)
{
    const wchar_t *dot = wcsrchr(path, L'.');

    return dot && _wcsicmp(dot, L".pnf") == 0 && _wcsnicmp(path, L"windows\\inf\\", 12) == 0;
}

static void keep_changes(const keeping *k)
{
    for (size_t i = 0; i < k->after.count; i++) {
        const listing_entry *now = &k->after.entries[i];
        const listing_entry *then = listing_find(&k->before, now->path);

        if (then && then->size == now->size &&
            (now->size == LISTING_FOLDER || then->written == now->written))
            continue;
        if (is_of_wine(now->path))
            continue;
        if (now->size == LISTING_FOLDER)
            keep_folder(k, now->path);
        else
            keep_file(k, now->path);
    }
    keep_times(k);
}

/* The folder that lost it is in what is exported, as tombstones are told with their folder. */
static void keep_removal(const keeping *k, const wchar_t *path, FILE *tombstones)
{
    cleanup_free char *name = utf8_from_wide(path);
    cleanup_free wchar_t *kept = wide_join(k->files, path);
    cleanup_free wchar_t *folder = _wcsdup(path);
    wchar_t *slash = folder ? wcsrchr(folder, L'\\') : NULL;

    if (name)
        fprintf(tombstones, "\\%s\n", name);
    if (kept && exists(kept))
        tree_remove(kept);
    if (slash) {
        *slash = 0;
        if (listing_find(&k->after, folder))
            keep_folder(k, folder);
    }
}

/* What is gone becomes a tombstone, and is no change of the scratch's any more. */
static void keep_removals(const keeping *k)
{
    FILE *f = NULL;

    for (size_t i = 0; i < k->before.count; i++) {
        const wchar_t *path = k->before.entries[i].path;

        if (listing_find(&k->after, path))
            continue;
        if (!f) {
            bool fresh = !exists(k->tombstones);

            f = _wfopen(k->tombstones, L"ab");
            if (!f)
                return;
            if (fresh)
                fputs("\xEF\xBB\xBFVersion 1.0\n", f);
        }
        keep_removal(k, path, f);
    }
    if (f)
        fclose(f);
}

int32_t volume_keep(const wchar_t *target, const char *scratch)
{
    cleanup_free wchar_t *folder = wide_from_utf8(scratch);
    cleanup_free wchar_t *list = list_file(target);
    keeping k = {.target = target};
    int32_t hr = folder && list ? listing_load(list, &k.before) : HR_OUT_OF_MEMORY;

    if (HR_SUCCEEDED(hr))
        hr = listing_take(target, &k.after);
    k.files = folder ? wide_join(folder, L"Files") : NULL;
    k.tombstones = folder ? wide_join(folder, TOMBSTONES) : NULL;
    if (HR_SUCCEEDED(hr) && k.files && k.tombstones) {
        keep_removals(&k);
        keep_changes(&k);
    }
    listing_free(&k.before);
    listing_free(&k.after);
    free(k.files);
    free(k.tombstones);
    if (list)
        DeleteFileW(list);
    return hr;
}
