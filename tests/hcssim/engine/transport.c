/* SPDX-License-Identifier: MIT */
/*
 * The transport format of ImportLayer (facts §6.6): every folder below Files has a `.$wcidirs$`
 * file beside it, every file is 4 bytes of attributes and a Win32 backup stream. Checked whole
 * before anything is written, as half a layer would be worse than none.
 */
#include "transport.h"
#include "layers.h"

#include <string.h>

#include "base/path.h"

#define METADATA_SUFFIX ".$wcidirs$"

#define CONTENTS_LIMIT (64u << 20)

static const char tombstone_head[] = "\xEF\xBB\xBFVersion 1.0";

typedef struct walk {
    sim *sim;
    refusal *why;
    const char *target; /* layer folder; NULL: only check */
    transport_contents *contents;
} walk;

/* What the check has read of a file, attributes and all, so that it need not be read again. */
struct transport_file {
    char *path;
    text data;
    transport_file *next;
};

static int32_t bad(walk *w, const char *path, const char *what)
{
    return refuse(w->why, HR_FROM_WIN32(13), "Transport file '%s': %s.", path, what);
}

static int32_t read_entry(walk *w, const char *path, text *bytes, streams_summary *out)
{
    sim_machine *machine = w->sim->machine;
    cleanup_free char *content = NULL;
    const char *wrong;
    size_t size = 0;
    int32_t hr = machine->read_file(machine, path, &content, &size);

    if (HR_FAILED(hr))
        return hr;
    wrong = streams_check(content, size, out);
    if (wrong)
        return bad(w, path, wrong);
    text_add_bytes(bytes, content, size);
    return HR_OK;
}

static uint32_t attributes_of(const text *bytes)
{
    uint32_t attributes = 0;

    for (size_t i = 4; i > 0; i--)
        attributes = attributes << 8 | (uint8_t)text_get(bytes)[i - 1];
    return attributes;
}

/* Of the transport file itself only the times count. */
static int32_t restore_entry(walk *w, const char *path, const text *bytes, const char *target)
{
    sim_machine *machine = w->sim->machine;
    sim_file_info info;
    int32_t hr = machine->file_times(machine, path, &info);

    if (HR_FAILED(hr))
        return hr;
    info.attributes = attributes_of(bytes);
    return machine->restore(machine, target, &info, text_get(bytes) + 4, bytes->length - 4);
}

static int32_t make_way(walk *w, const char *target)
{
    sim_machine *machine = w->sim->machine;
    bool directory;

    return machine->exists(machine, target, &directory) ? machine->remove_tree(machine, target)
                                                        : HR_OK;
}

static int32_t write_entry(walk *w, const char *path, const text *bytes, const char *target)
{
    int32_t hr = make_way(w, target);

    return HR_FAILED(hr) ? hr : restore_entry(w, path, bytes, target);
}

/* In the order of the walk, as far as there is room. Takes the data over. */
static void keep(transport_contents *c, const char *path, text *data)
{
    transport_file *file;

    if (c->size + data->length > CONTENTS_LIMIT)
        return;
    file = calloc(1, sizeof(*file));
    file->path = text_copy(path);
    file->data = *data;
    *data = (text)TEXT_INIT;
    c->size += file->data.length;
    *(c->last ? &c->last->next : &c->first) = file;
    c->last = file;
}

/* The next of them, if it is that one. */
static bool take_kept(transport_contents *c, const char *path, text *data)
{
    transport_file *file = c->first;

    if (!file || strcmp(file->path, path) != 0)
        return false;
    *data = file->data;
    c->first = file->next;
    free(file->path);
    free(file);
    return true;
}

void transport_contents_free(transport_contents *c)
{
    while (c->first) {
        transport_file *file = c->first;

        c->first = file->next;
        text_free(&file->data);
        free(file->path);
        free(file);
    }
}

static int32_t import_file(walk *w, const char *path, const char *target)
{
    cleanup_text text bytes = TEXT_INIT;
    streams_summary found;
    int32_t hr = HR_OK;

    if (target && take_kept(w->contents, path, &bytes))
        return write_entry(w, path, &bytes, target);
    hr = read_entry(w, path, &bytes, &found);
    if (HR_SUCCEEDED(hr) && attributes_of(&bytes) & SIM_ATTRIBUTE_DIRECTORY)
        hr = bad(w, path, "has the attributes of a folder");
    if (HR_FAILED(hr))
        return hr;
    if (target)
        return write_entry(w, path, &bytes, target);
    keep(w->contents, path, &bytes);
    return HR_OK;
}

void names_free(char **names)
{
    for (size_t i = 0; names && names[i]; i++)
        free(names[i]);
    free(names);
}

static int32_t list_folder(walk *w, const char *path, char ***names)
{
    return w->sim->machine->list(w->sim->machine, path, names);
}

static int32_t import_folder(walk *w, const char *path, const char *target);

/* The metadata file of a folder; a reparse point must be empty, or files would land elsewhere. */
static int32_t read_metadata(walk *w, const char *path, text *bytes, streams_summary *out)
{
    cleanup_free char *metadata = text_format("%s" METADATA_SUFFIX, path);
    cleanup_names char **names = NULL;
    bool directory = true;
    int32_t hr;

    if (!w->sim->machine->exists(w->sim->machine, metadata, &directory) || directory)
        return bad(w, metadata, "is missing");
    hr = read_entry(w, metadata, bytes, out);
    if (HR_SUCCEEDED(hr) && !(attributes_of(bytes) & SIM_ATTRIBUTE_DIRECTORY))
        hr = bad(w, metadata, "has not the attributes of a folder");
    if (HR_SUCCEEDED(hr) && out->data)
        hr = bad(w, metadata, "has data");
    if (HR_FAILED(hr) || !out->reparse)
        return hr;
    hr = list_folder(w, path, &names);
    if (HR_SUCCEEDED(hr) && names[0])
        hr = bad(w, path, "is a reparse point and not empty");
    return hr;
}

/*
 * A folder's path by Windows' short rules: room for a name of 8.3 behind it. hcsshim gives the
 * layer by its long name since ImportLayer failed with this code without it (moby #23976).
 */
static bool is_too_long(const char *path)
{
    return path[0] && path[1] == ':' && strlen(path) > 247;
}

static int32_t make_target(walk *w, const char *target)
{
    sim_machine *machine = w->sim->machine;
    bool directory = false;
    int32_t hr = HR_OK;

    if (is_too_long(target))
        return refuse(w->why, HR_FROM_WIN32(206), "Folder '%s': its path is too long.", target);
    if (machine->exists(machine, target, &directory) && directory)
        return HR_OK;
    hr = make_way(w, target);
    return HR_FAILED(hr) ? hr : machine->make_directory(machine, target);
}

/* A reparse point takes the place of what a parent has there, and the other way round. */
static int32_t restore_folder(walk *w, const char *path, const text *bytes, bool reparse,
                              const char *target)
{
    cleanup_free char *metadata = text_format("%s" METADATA_SUFFIX, path);
    sim_file_info there = {0};
    bool directory = false;
    bool other = !w->sim->machine->exists(w->sim->machine, target, &directory) || !directory;
    int32_t hr = HR_OK;

    if (is_too_long(target))
        return refuse(w->why, HR_FROM_WIN32(206), "Folder '%s': its path is too long.", target);
    if (!other)
        hr = w->sim->machine->file_info(w->sim->machine, target, &there);
    if (HR_SUCCEEDED(hr) && (other || reparse || there.attributes & SIM_ATTRIBUTE_REPARSE))
        hr = make_way(w, target);
    return HR_FAILED(hr) ? hr : restore_entry(w, metadata, bytes, target);
}

static int32_t import_entry(walk *w, const char *folder, const char *name, const char *target);

/* What is made in a folder changes its times: they are set once more. */
static int32_t restore_times(walk *w, const char *path, const text *bytes, const char *target)
{
    cleanup_free char *metadata = text_format("%s" METADATA_SUFFIX, path);
    sim_machine *machine = w->sim->machine;
    sim_file_info info;
    int32_t hr = machine->file_times(machine, metadata, &info);

    info.attributes = attributes_of(bytes);
    return HR_FAILED(hr) ? hr : machine->set_file_info(machine, target, &info);
}

static int32_t import_folder(walk *w, const char *path, const char *target)
{
    cleanup_names char **names = NULL;
    cleanup_text text metadata = TEXT_INIT;
    streams_summary found;
    int32_t hr = read_metadata(w, path, &metadata, &found);

    if (HR_SUCCEEDED(hr) && target)
        hr = restore_folder(w, path, &metadata, found.reparse, target);
    if (HR_SUCCEEDED(hr))
        hr = list_folder(w, path, &names);
    for (size_t i = 0; HR_SUCCEEDED(hr) && names[i]; i++)
        hr = import_entry(w, path, names[i], target);
    if (HR_SUCCEEDED(hr) && target && names[0])
        hr = restore_times(w, path, &metadata, target);
    return hr;
}

static int32_t import_entry(walk *w, const char *folder, const char *name, const char *target)
{
    cleanup_free char *path = path_join(folder, name);
    cleanup_free char *to = target ? path_join(target, name) : NULL;
    cleanup_free char *owner = NULL;
    bool directory = false;

    if (text_ends_with(name, METADATA_SUFFIX)) {
        owner = text_copy_bytes(path, strlen(path) - strlen(METADATA_SUFFIX));
        if (!w->sim->machine->exists(w->sim->machine, owner, &directory) || !directory)
            return bad(w, path, "belongs to no folder");
        return HR_OK;
    }
    w->sim->machine->exists(w->sim->machine, path, &directory);
    return directory ? import_folder(w, path, to) : import_file(w, path, to);
}

static int32_t import_tombstones(walk *w, const char *path)
{
    sim_machine *machine = w->sim->machine;
    cleanup_free char *bytes = NULL;
    cleanup_free char *content = NULL;
    bool directory;
    size_t size = 0;
    char *rest;
    int32_t hr = machine->read_file(machine, path, &bytes, &size);

    if (HR_FAILED(hr))
        return hr;
    content = text_copy_bytes(bytes, size);
    if (!text_starts_with(content, tombstone_head))
        return bad(w, path, "does not begin with a byte order mark and 'Version 1.0'");
    strtok_r(content, "\r\n", &rest);
    for (char *line = strtok_r(NULL, "\r\n", &rest); line && HR_SUCCEEDED(hr);
         line = strtok_r(NULL, "\r\n", &rest)) {
        cleanup_free char *files = w->target ? path_join(w->target, "Files") : NULL;
        cleanup_free char *gone = files ? text_format("%s%s", files, line) : NULL;

        if (*line != '\\')
            return bad(w, path, "has a line that is no path");
        for (char *at = gone; at && *at; at++)
            if (*at == '\\')
                *at = path_separator(w->target);
        if (gone && machine->exists(machine, gone, &directory))
            hr = machine->remove_tree(machine, gone);
    }
    return hr;
}

static int32_t copy_times(sim_machine *machine, const char *from, const char *to)
{
    sim_file_info info;
    int32_t hr = machine->file_info(machine, from, &info);

    return HR_FAILED(hr) ? hr : machine->set_file_info(machine, to, &info);
}

static int32_t copy_hive(walk *w, const char *folder, const char *name)
{
    cleanup_free char *path = path_join(folder, name);
    cleanup_free char *hives = w->target ? path_join(w->target, "Hives") : NULL;
    cleanup_free char *to = hives ? path_join(hives, name) : NULL;
    sim_machine *machine = w->sim->machine;
    cleanup_free char *bytes = NULL;
    bool directory = false;
    size_t size = 0;
    int32_t hr;

    machine->exists(machine, path, &directory);
    if (directory)
        return bad(w, path, "is a folder among the hives");
    hr = machine->read_file(machine, path, &bytes, &size);
    if (HR_FAILED(hr) || !to)
        return hr;
    hr = machine->write_file(machine, to, bytes, size);
    return HR_FAILED(hr) ? hr : copy_times(machine, path, to);
}

static int32_t import_hives(walk *w, const char *path)
{
    cleanup_names char **names = NULL;
    cleanup_free char *target = w->target ? path_join(w->target, "Hives") : NULL;
    cleanup_text text metadata = TEXT_INIT;
    streams_summary found;
    int32_t hr = read_metadata(w, path, &metadata, &found);

    if (HR_SUCCEEDED(hr) && target)
        hr = make_target(w, target);
    if (HR_SUCCEEDED(hr))
        hr = list_folder(w, path, &names);
    for (size_t i = 0; HR_SUCCEEDED(hr) && names[i]; i++)
        hr = copy_hive(w, path, names[i]);
    return hr;
}

static int32_t import_root_entry(walk *w, const char *folder, const char *name)
{
    cleanup_free char *path = path_join(folder, name);
    cleanup_free char *target = w->target ? path_join(w->target, name) : NULL;

    if (!strcmp(name, "tombstones.txt"))
        return import_tombstones(w, path);
    if (!strcmp(name, "Files" METADATA_SUFFIX) || !strcmp(name, "Hives" METADATA_SUFFIX))
        return import_entry(w, folder, name, NULL); /* checks that there is the folder */
    if (strcmp(name, "Files") != 0 && strcmp(name, "Hives") != 0)
        return bad(w, path, "does not belong here");
    return *name == 'F' ? import_folder(w, path, target) : import_hives(w, path);
}

static int32_t walk_transport(walk *w, const char *folder)
{
    cleanup_names char **names = NULL;
    int32_t hr = list_folder(w, folder, &names);

    for (size_t i = 0; HR_SUCCEEDED(hr) && names[i]; i++)
        hr = import_root_entry(w, folder, names[i]);
    return hr;
}

int32_t transport_check(sim *s, const char *folder, transport_contents *contents, refusal *why)
{
    walk w = {s, why, NULL, contents};

    return walk_transport(&w, folder);
}

int32_t transport_import(sim *s, const char *folder, const char *layer,
                         transport_contents *contents, refusal *why)
{
    walk w = {s, why, layer, contents};

    return walk_transport(&w, folder);
}
