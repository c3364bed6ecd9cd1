/* SPDX-License-Identifier: MIT */
/*
 * Files of the scripted host with all that Windows knows of them: by the Linux half of
 * port/files.h, which keeps in memory what Linux cannot store.
 */
#include "scripted.h"

#include <stdlib.h>
#include <string.h>

#include "base/error.h"
#include "base/path.h"
#include "port/files.h"

/* A path as a name in its folder. */
typedef struct place {
    files_port *files;
    file_tree *folder;
    const char *name;
} place;

static int32_t place_open(sim_machine *m, const char *path, place *out)
{
    cleanup_free char *folder = path_parent(path);

    *out = (place){.files = ((scripted *)m)->files, .name = path_base_name(path)};
    if (!folder)
        return HR_INVALID_PARAMETER;
    return out->files->tree_open(out->files, folder, &out->folder);
}

static void place_close(place *p)
{
    p->files->tree_close(p->files, p->folder);
}

static int32_t remove_tree(sim_machine *m, const char *path)
{
    place at;
    int32_t hr = place_open(m, path, &at);

    if (HR_SUCCEEDED(hr))
        hr = at.files->tree_remove(at.files, at.folder, at.name);
    place_close(&at);
    return hr;
}

static int32_t file_info_of(sim_machine *m, const char *path, sim_file_info *out)
{
    file_identity identity = {0};
    basic_info info;
    place at;
    int32_t hr = place_open(m, path, &at);

    if (HR_SUCCEEDED(hr))
        hr = at.files->tree_basic_info(at.files, at.folder, at.name, &info);
    if (HR_SUCCEEDED(hr))
        hr = at.files->tree_identity(at.files, at.folder, at.name, &identity);
    if (HR_SUCCEEDED(hr)) {
        *out = (sim_file_info){info.creation,   info.access,    info.write, info.change,
                               info.attributes, identity.links, 0};
        memcpy(&out->id, identity.id, sizeof(out->id));
    }
    place_close(&at);
    return hr;
}

static basic_info basic_of(const sim_file_info *info)
{
    return (basic_info){info->creation, info->access, info->write, info->change, info->attributes};
}

static int32_t set_file_info(sim_machine *m, const char *path, const sim_file_info *info)
{
    const basic_info basic = basic_of(info);
    place at;
    int32_t hr = place_open(m, path, &at);

    if (HR_SUCCEEDED(hr))
        hr = at.files->tree_set_info(at.files, at.folder, at.name, &basic);
    place_close(&at);
    return hr;
}

static int32_t restore_into(const place *at, const basic_info *info, const void *streams,
                            size_t size)
{
    tree_entry *entry = NULL;
    file_info there;
    int32_t hr = at->files->tree_info(at->files, at->folder, at->name, &there);
    int32_t closed;

    if (HR_SUCCEEDED(hr))
        hr = at->files->tree_reopen(at->files, at->folder, at->name, info, &entry);
    else
        hr = at->files->tree_create(at->files, at->folder, at->name, info, &entry);
    if (HR_FAILED(hr))
        return hr;
    hr = at->files->entry_restore(at->files, entry, streams, size, true);
    closed = at->files->entry_close(at->files, entry);
    return HR_FAILED(hr) ? hr : closed;
}

static int32_t restore(sim_machine *m, const char *path, const sim_file_info *info,
                       const void *streams, size_t size)
{
    const basic_info basic = basic_of(info);
    place at;
    int32_t hr = place_open(m, path, &at);

    if (HR_SUCCEEDED(hr))
        hr = restore_into(&at, &basic, streams, size);
    place_close(&at);
    return hr;
}

static int32_t read_backup(const place *at, text *out)
{
    tree_backup *backup = NULL;
    int32_t hr = at->files->tree_backup_open(at->files, at->folder, at->name, &backup);
    char buffer[65536];
    size_t got = 1;

    while (HR_SUCCEEDED(hr) && got) {
        hr = at->files->backup_read(at->files, backup, buffer, sizeof(buffer), &got);
        if (HR_SUCCEEDED(hr))
            text_add_bytes(out, buffer, got);
    }
    at->files->backup_close(at->files, backup);
    return hr;
}

static int32_t backup(sim_machine *m, const char *path, char **out, size_t *size)
{
    cleanup_text text streams = TEXT_INIT;
    place at;
    int32_t hr = place_open(m, path, &at);

    if (HR_SUCCEEDED(hr))
        hr = read_backup(&at, &streams);
    place_close(&at);
    if (HR_FAILED(hr))
        return hr;
    *size = streams.length;
    *out = streams.length ? text_take(&streams) : text_copy("");
    return *out ? HR_OK : HR_OUT_OF_MEMORY;
}

static int32_t link_file(sim_machine *m, const char *path, const char *existing)
{
    place at;
    place old;
    int32_t hr = place_open(m, path, &at);
    int32_t old_hr = place_open(m, existing, &old);

    if (HR_SUCCEEDED(hr))
        hr = old_hr;
    if (HR_SUCCEEDED(hr))
        hr = at.files->tree_link(at.files, at.folder, at.name, old.folder, old.name);
    place_close(&at);
    place_close(&old);
    return hr;
}

/* ---- trees ---- */

static int32_t copy_tree(sim_machine *m, const char *from, const char *to);

static int32_t copy_names(sim_machine *m, const char *from, const char *to)
{
    char **names = NULL;
    int32_t hr = m->list(m, from, &names);

    for (size_t i = 0; names && names[i]; i++) {
        cleanup_free char *source = path_join(from, names[i]);
        cleanup_free char *target = path_join(to, names[i]);

        if (HR_SUCCEEDED(hr))
            hr = copy_tree(m, source, target);
        free(names[i]);
    }
    free(names);
    return hr;
}

static int32_t copy_tree(sim_machine *m, const char *from, const char *to)
{
    bool directory = false;
    place source;
    place target;
    int32_t hr = place_open(m, from, &source);
    int32_t target_hr = place_open(m, to, &target);

    if (HR_SUCCEEDED(hr))
        hr = target_hr;
    if (HR_SUCCEEDED(hr))
        hr = target.files->tree_copy(target.files, target.folder, target.name, source.folder,
                                     source.name);
    place_close(&source);
    place_close(&target);
    if (HR_FAILED(hr) || !m->exists(m, from, &directory) || !directory)
        return hr;
    return copy_names(m, from, to);
}

void scripted_metadata_install(sim_machine *calls)
{
    calls->remove_tree = remove_tree;
    calls->copy_tree = copy_tree;
    calls->link_tree = copy_tree;
    calls->file_info = file_info_of;
    calls->file_times = file_info_of;
    calls->set_file_info = set_file_info;
    calls->restore = restore;
    calls->backup = backup;
    calls->link = link_file;
}
