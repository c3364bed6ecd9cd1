/* SPDX-License-Identifier: MIT */
/*
 * ExportLayer: what a layer or a scratch changes of its parent, as a transport folder (facts §6.6,
 * §6.8): all that ImportLayer would make the same of again. A utility VM is not part of it, as it
 * never goes through ImportLayer.
 */
#include "layers.h"
#include "transport.h"

#include <stdlib.h>
#include <string.h>

#include "base/path.h"
#include "tests/posix/hive_file.h"

#define METADATA_SUFFIX ".$wcidirs$"
#define HIVE_TIME       UINT64_C(133027488000000000)

/* A file that has more names, and where the first of them was exported to. */
typedef struct linked_file {
    uint64_t id;
    char *path;
} linked_file;

typedef struct export_state {
    sim *sim;
    sim_machine *machine;
    bool scratch; /* its Files holds changes only, and tombstones.txt says what is gone */
    text tombstones;
    linked_file *links;
    size_t link_count;
} export_state;

static void export_state_clear(export_state *e)
{
    for (size_t i = 0; i < e->link_count; i++)
        free(e->links[i].path);
    free(e->links);
    text_free(&e->tombstones);
}

DEFINE_CLEANUP_VALUE(export_state, export_state, export_state_clear)

static bool is_there(export_state *e, const char *path)
{
    bool directory;

    return e->machine->exists(e->machine, path, &directory);
}

static bool is_plain_folder(const sim_file_info *info)
{
    return (info->attributes & (SIM_ATTRIBUTE_DIRECTORY | SIM_ATTRIBUTE_REPARSE)) ==
           SIM_ATTRIBUTE_DIRECTORY;
}

/* A transport file has the times of what it stands for, and the attributes of any new file. */
static int32_t put(export_state *e, const char *path, const text *content,
                   const sim_file_info *times)
{
    int32_t hr = e->machine->write_file(e->machine, path, text_get(content), content->length);
    sim_file_info info = *times;

    info.attributes = SIM_ATTRIBUTE_ARCHIVE;
    return HR_FAILED(hr) ? hr : e->machine->set_file_info(e->machine, path, &info);
}

/* Attributes, and the backup stream. */
static int32_t export_streams(export_state *e, const char *from, const sim_file_info *info,
                              const char *to)
{
    cleanup_text text content = TEXT_INIT;
    cleanup_free char *streams = NULL;
    size_t size = 0;
    int32_t hr = e->machine->backup(e->machine, from, &streams, &size);

    if (HR_FAILED(hr))
        return hr;
    for (size_t i = 0; i < 4; i++)
        text_add_char(&content, (char)(info->attributes >> (8 * i)));
    text_add_bytes(&content, streams, size);
    return put(e, to, &content, info);
}

/* A folder that is read-only means nothing to Windows, and Wine forgets it. */
static bool differs(const sim_file_info *a, const sim_file_info *b)
{
    uint32_t different = a->attributes ^ b->attributes;

    return different & ~(a->attributes & SIM_ATTRIBUTE_DIRECTORY ? SIM_ATTRIBUTE_READONLY : 0u);
}

/* Nothing in it differs, as far as it is not what lies in a folder. */
static int32_t same_as_parent(export_state *e, const char *from, const sim_file_info *info,
                              const char *parent, bool *same)
{
    sim_machine *machine = e->machine;
    cleanup_free char *own = NULL;
    cleanup_free char *other = NULL;
    size_t own_size = 0;
    size_t other_size = 0;
    sim_file_info there;
    int32_t hr;

    *same = false;
    if (e->scratch || !is_there(e, parent))
        return HR_OK;
    hr = machine->file_info(machine, parent, &there);
    if (HR_FAILED(hr) || differs(&there, info) ||
        (!is_plain_folder(info) && there.write != info->write))
        return hr;
    hr = machine->backup(machine, from, &own, &own_size);
    if (HR_SUCCEEDED(hr))
        hr = machine->backup(machine, parent, &other, &other_size);
    *same = HR_SUCCEEDED(hr) && own_size == other_size && !memcmp(own, other, own_size);
    return hr;
}

/* A further name of what was exported already. */
static const char *find_link(const export_state *e, const sim_file_info *info)
{
    for (size_t i = 0; info->links > 1 && i < e->link_count; i++)
        if (e->links[i].id == info->id)
            return e->links[i].path;
    return NULL;
}

static void note_link(export_state *e, const sim_file_info *info, const char *path)
{
    if (info->links < 2)
        return;
    e->links = realloc(e->links, (e->link_count + 1) * sizeof(*e->links));
    e->links[e->link_count++] = (linked_file){info->id, text_copy(path)};
}

static int32_t export_file(export_state *e, const char *from, const sim_file_info *info,
                           const char *parent, const char *to, bool *any)
{
    const char *first = find_link(e, info);
    bool same = false;
    int32_t hr;

    if (first) {
        *any = true;
        return e->machine->link(e->machine, to, first);
    }
    hr = same_as_parent(e, from, info, parent, &same);
    if (HR_FAILED(hr) || same)
        return hr;
    *any = true;
    note_link(e, info, to);
    return export_streams(e, from, info, to);
}

/* Names that the parent has and a complete layer lacks. */
static int32_t find_deleted(export_state *e, const char *from, const char *parent,
                            const char *relative, bool *any)
{
    cleanup_names char **names = NULL;
    sim_file_info info;
    int32_t hr;

    if (e->scratch || !is_there(e, parent))
        return HR_OK;
    hr = e->machine->file_info(e->machine, parent, &info);
    if (HR_FAILED(hr) || !is_plain_folder(&info))
        return hr;
    hr = e->machine->list(e->machine, parent, &names);
    for (size_t i = 0; HR_SUCCEEDED(hr) && names[i]; i++) {
        cleanup_free char *path = path_join(from, names[i]);

        if (is_there(e, path))
            continue;
        text_addf(&e->tombstones, "%s\\%s\r\n", relative, names[i]);
        *any = true;
    }
    return hr;
}

/* Where one entry is in the layer, in its parent, below Files, and in the transport folder. */
typedef struct places {
    const char *from, *parent, *relative, *to;
} places;

static int32_t export_entry(export_state *e, const places *at, bool *any);

static int32_t export_children(export_state *e, const places *at, bool *any)
{
    cleanup_names char **names = NULL;
    int32_t hr = e->machine->list(e->machine, at->from, &names);

    for (size_t i = 0; HR_SUCCEEDED(hr) && names[i]; i++) {
        cleanup_free char *from = path_join(at->from, names[i]);
        cleanup_free char *parent = path_join(at->parent, names[i]);
        cleanup_free char *relative = text_format("%s\\%s", at->relative, names[i]);
        cleanup_free char *to = path_join(at->to, names[i]);

        hr = export_entry(e, &(places){from, parent, relative, to}, any);
    }
    return hr;
}

/* The folder is there while it is filled: if nothing comes, and it is the parent's, it goes again.
 */
static int32_t export_folder(export_state *e, const places *at, const sim_file_info *info,
                             bool *any)
{
    cleanup_free char *metadata = text_format("%s" METADATA_SUFFIX, at->to);
    bool same = false;
    bool filled = false;
    int32_t hr = same_as_parent(e, at->from, info, at->parent, &same);

    if (HR_SUCCEEDED(hr))
        hr = e->machine->make_directory(e->machine, at->to);
    if (HR_SUCCEEDED(hr) && is_plain_folder(info))
        hr = find_deleted(e, at->from, at->parent, at->relative, &filled);
    if (HR_SUCCEEDED(hr) && is_plain_folder(info))
        hr = export_children(e, at, &filled);
    if (HR_FAILED(hr))
        return hr;
    if (same && !filled && *at->relative)
        return e->machine->remove_tree(e->machine, at->to);
    *any = true;
    return export_streams(e, at->from, info, metadata);
}

static int32_t export_entry(export_state *e, const places *at, bool *any)
{
    sim_file_info info;
    int32_t hr = e->machine->file_info(e->machine, at->from, &info);

    if (HR_FAILED(hr))
        return hr;
    return info.attributes & SIM_ATTRIBUTE_DIRECTORY
               ? export_folder(e, at, &info, any)
               : export_file(e, at->from, &info, at->parent, at->to, any);
}

/* ---- beside the files ---- */

/* Of folders whose own metadata is an accident: Hives, and Files of a scratch with nothing in it.
 */
static int32_t make_bare_folder(export_state *e, const char *path)
{
    static const char attributes[] = {SIM_ATTRIBUTE_DIRECTORY, 0, 0, 0};
    cleanup_free char *metadata = text_format("%s" METADATA_SUFFIX, path);
    int32_t hr = e->machine->make_directory(e->machine, path);

    if (HR_FAILED(hr))
        return hr;
    return e->machine->write_file(e->machine, metadata, attributes, sizeof(attributes));
}

static int32_t copy_hive(export_state *e, const char *from, const char *to)
{
    cleanup_text text content = TEXT_INIT;
    cleanup_free char *bytes = NULL;
    sim_file_info info;
    size_t size = 0;
    int32_t hr = e->machine->read_file(e->machine, from, &bytes, &size);

    if (HR_SUCCEEDED(hr))
        hr = e->machine->file_info(e->machine, from, &info);
    if (HR_FAILED(hr))
        return hr;
    text_add_bytes(&content, bytes, size);
    return put(e, to, &content, &info);
}

static int32_t copy_hives(export_state *e, const char *from, const char *to)
{
    cleanup_names char **names = NULL;
    int32_t hr = is_there(e, from) ? e->machine->list(e->machine, from, &names) : HR_OK;

    for (size_t i = 0; names && HR_SUCCEEDED(hr) && names[i]; i++) {
        cleanup_free char *hive = path_join(from, names[i]);
        cleanup_free char *target = path_join(to, names[i]);

        hr = copy_hive(e, hive, target);
    }
    return hr;
}

/*
 * Windows makes the registry's changes into hives of their own. Nothing changes a registry here:
 * what a test puts into the layer's Hives counts as changes, else there are none. All five are
 * always there: readers take the times of one of them, and fail without it (hcsshim's
 * legacy.go).
 */
static int32_t make_hives(export_state *e, const char *folder)
{
    static const char *const deltas[] = {"DefaultUser_Delta", "Sam_Delta", "Security_Delta",
                                         "Software_Delta", "System_Delta"};
    unsigned char none[HIVE_FILE_SIZE];
    int32_t hr = HR_OK;

    hive_file_make(HIVE_TIME, none);
    for (size_t i = 0; HR_SUCCEEDED(hr) && i < sizeof(deltas) / sizeof(deltas[0]); i++) {
        cleanup_free char *path = path_join(folder, deltas[i]);

        if (!is_there(e, path))
            hr = e->machine->write_file(e->machine, path, none, sizeof(none));
    }
    return hr;
}

static int32_t export_hives(export_state *e, const char *layer, const char *folder)
{
    cleanup_free char *from = path_join(layer, "Hives");
    cleanup_free char *to = path_join(folder, "Hives");
    int32_t hr = make_bare_folder(e, to);

    if (HR_SUCCEEDED(hr))
        hr = copy_hives(e, from, to);
    return HR_FAILED(hr) ? hr : make_hives(e, to);
}

/* It is always there: readers fail without it. */
static int32_t export_tombstones(export_state *e, const char *layer, const char *folder)
{
    cleanup_free char *from = path_join(layer, "tombstones.txt");
    cleanup_free char *to = path_join(folder, "tombstones.txt");
    cleanup_free char *bytes = NULL;
    cleanup_text text content = TEXT_INIT;
    size_t size = 0;

    if (e->scratch && HR_SUCCEEDED(e->machine->read_file(e->machine, from, &bytes, &size)))
        return e->machine->write_file(e->machine, to, bytes, size);
    text_add(&content, "\xEF\xBB\xBFVersion 1.0\r\n");
    text_add_bytes(&content, text_get(&e->tombstones), e->tombstones.length);
    return e->machine->write_file(e->machine, to, text_get(&content), content.length);
}

int32_t transport_export(sim *s, const char *layer, const char *parent, const char *folder)
{
    cleanup_free char *disk = path_join(layer, "sandbox.vhdx");
    cleanup_free char *from = path_join(layer, "Files");
    cleanup_free char *other = path_join(parent, "Files");
    cleanup_free char *to = path_join(folder, "Files");
    CLEANUP(export_state)
    export_state e = {.sim = s, .machine = s->machine, .tombstones = TEXT_INIT};
    bool any = false;
    int32_t hr;

    e.scratch = is_there(&e, disk);
    hr = export_hives(&e, layer, folder);
    if (HR_SUCCEEDED(hr) && is_there(&e, from))
        hr = export_entry(&e, &(places){from, other, "", to}, &any);
    else if (HR_SUCCEEDED(hr))
        hr = make_bare_folder(&e, to);
    return HR_FAILED(hr) ? hr : export_tombstones(&e, layer, folder);
}
