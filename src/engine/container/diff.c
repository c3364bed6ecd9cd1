/* SPDX-License-Identifier: MIT */
/* diff: what a container changed in the file system of its image. */
#include <wcow/copy.h>

#include <stdlib.h>
#include <string.h>

#include "base/error.h"
#include "base/path.h"
#include "base/text.h"
#include "engine/container/resting.h"
#include "layer/export/layer_export.h"
#include "layer/export/tombstones.h"
#include "layer/store/name.h"
#include "layer/store/working_folder.h"

/* Each line is a path below C:, and behind a byte that no name has its letter: so they sort. */
#define MARK "\x01"

typedef struct changes {
    const resting *container;
    files_port *files;
    string_list lines;
    string_list pending; /* paths that are to be looked at */
} changes;

static bool add(changes *c, char kind, const char *below)
{
    return string_list_own(&c->lines, text_format("%s" MARK "%c", below, kind));
}

/* Whether a layer of the image has it. What an upper one of them removed again counts, too: how the
 * service marks that in an imported layer, no source tells. */
static bool is_in_image(const changes *c, const char *below)
{
    for (size_t i = 0; i < c->container->chain.count; i++) {
        const char *parent = c->container->chain.items[i].path;
        cleanup_free char *path = text_format("%s%cFiles%s", parent, path_separator(parent), below);
        file_info info;

        for (char *s = path ? path + strlen(parent) : NULL; s && *s; s++)
            if (*s == '\\')
                *s = path_separator(parent);
        if (path && HR_SUCCEEDED(c->files->info(c->files, path, &info)))
            return true;
    }
    return false;
}

/* What is in a folder of the transport format; what a folder is like stands in a file beside it. */
static wcow_status push_children(changes *c, file_tree *tree, const char *below, wcow_error *err)
{
    cleanup_free char *folder = text_format(LAYER_FILES "%s", below);
    cleanup_strings string_list names = STRING_LIST_INIT;
    int32_t hr = folder ? c->files->tree_list(c->files, tree, folder, &names) : HR_OUT_OF_MEMORY;

    if (HR_FAILED(hr))
        return error_wrap(err, error_hresult(err, hr, "list"), "'%s'", below);
    for (size_t i = 0; i < names.count; i++) {
        const char *name = names.items[i];

        if (text_ends_with(name, LAYER_DIRECTORY_SUFFIX) || (!*below && name_is_volume_s(name)))
            continue;
        if (!string_list_own(&c->pending, text_format("%s\\%s", below, name)))
            return error_no_memory(err);
    }
    return WCOW_OK;
}

static wcow_status add_entry(changes *c, file_tree *tree, const char *below, wcow_error *err)
{
    cleanup_free char *name = text_format(LAYER_FILES "%s", below);
    file_info info;
    int32_t hr = name ? c->files->tree_info(c->files, tree, name, &info) : HR_OUT_OF_MEMORY;

    if (HR_FAILED(hr))
        return error_wrap(err, error_hresult(err, hr, "look at"), "'%s'", below);
    if (!add(c, is_in_image(c, below) ? 'C' : 'A', below))
        return error_no_memory(err);
    return info.kind == FILE_KIND_DIRECTORY ? push_children(c, tree, below, err) : WCOW_OK;
}

static wcow_status add_tree(changes *c, file_tree *tree, wcow_error *err)
{
    wcow_status status = push_children(c, tree, "", err);

    while (!status && c->pending.count) {
        cleanup_free char *below = TAKE(c->pending.items[c->pending.count - 1]);

        c->pending.count--;
        status = add_entry(c, tree, below, err);
    }
    return status;
}

static wcow_status add_tombstones(changes *c, const char *folder, wcow_error *err)
{
    cleanup_tombstones tombstones gone = TOMBSTONES_INIT;
    wcow_status status = tombstones_read(c->files, folder, &gone, err);

    for (size_t i = 0; !status && i < gone.count; i++) {
        cleanup_free char *path = text_format("%s\\%s", gone.items[i].folder, gone.items[i].name);

        if (!path || !add(c, 'D', path))
            status = error_no_memory(err);
    }
    return status;
}

static wcow_status collect(changes *c, const char *folder, wcow_error *err)
{
    file_tree *tree = NULL;
    file_info info;
    int32_t hr = c->files->tree_open(c->files, folder, &tree);
    wcow_status status = error_check(err, hr, "open the transport folder");

    if (status)
        return status;
    hr = c->files->tree_info(c->files, tree, LAYER_FILES, &info);
    if (HR_SUCCEEDED(hr))
        status = add_tree(c, tree, err);
    c->files->tree_close(c->files, tree);
    if (!status)
        status = add_tombstones(c, folder, err);
    string_list_sort(&c->lines);
    return status;
}

static wcow_status export_changes(changes *c, const resting *r, wcow_error *err)
{
    working_folder folder = {NULL, NULL};
    wcow_status status = working_folder_open(&r->layers, &folder, err);

    if (status)
        return status;
    status = scratch_export(&r->layers, r->scratch, &r->chain, folder.path, err);
    if (!status)
        status = collect(c, folder.path, err);
    working_folder_close(&r->layers, &folder);
    return status;
}

/* ---- handed out: one block, the rows first ---- */

static wcow_change_kind kind_of(char letter)
{
    return letter == 'A'   ? WCOW_CHANGE_ADDED
           : letter == 'D' ? WCOW_CHANGE_DELETED
                           : WCOW_CHANGE_CHANGED;
}

static wcow_status hand_out(const string_list *lines, wcow_change **out, size_t *count,
                            wcow_error *err)
{
    const size_t rows = lines->count * sizeof(wcow_change);
    size_t room = rows + 1;
    wcow_change *block;
    char *texts;

    for (size_t i = 0; i < lines->count; i++)
        room += strlen(lines->items[i]) + 2; /* "C:" before it, mark and letter gone */
    block = calloc(1, room);
    if (!block)
        return error_no_memory(err);
    texts = (char *)block + rows;
    for (size_t i = 0; i < lines->count; i++) {
        const size_t length = strlen(lines->items[i]) - strlen(MARK) - 1;

        block[i] = (wcow_change){kind_of(lines->items[i][length + 1]), texts};
        memcpy(texts, "C:", 2);
        memcpy(texts + 2, lines->items[i], length);
        texts += length + 3;
    }
    *out = block;
    *count = lines->count;
    return WCOW_OK;
}

wcow_status wcow_container_changes(wcow_container *container, wcow_change **out, size_t *count,
                                   wcow_error *err)
{
    cleanup_resting resting source = RESTING_INIT;
    changes c = {.container = &source};
    wcow_status status = resting_take(container, "compare", &source, err);

    c.files = source.layers.files;
    if (!status)
        status = export_changes(&c, &source, err);
    if (!status)
        status = resting_done(container, err);
    if (!status)
        status = hand_out(&c.lines, out, count, err);
    string_list_free(&c.lines);
    string_list_free(&c.pending);
    if (status && status != WCOW_CONFLICT)
        return error_wrap(err, status, "cannot compare container %s with its image",
                          container->name);
    return status;
}
