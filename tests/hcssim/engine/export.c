/* SPDX-License-Identifier: MIT */
/* ExportLayer: what a layer or a scratch changes of its parent, as a transport folder (facts §6.8).
 */
#include "internal.h"

#include <string.h>

#include "base/path.h"
#include "tests/posix/hive_file.h"

#define METADATA_SUFFIX ".$wcidirs$"
#define HIVE_TIME       UINT64_C(133027488000000000)

typedef struct export_state {
    sim *sim;
    bool scratch; /* its Files holds changes only, and tombstones.txt says what is gone */
    text tombstones;
} export_state;

static void add_little(text *out, uint64_t value, size_t size)
{
    for (size_t i = 0; i < size; i++)
        text_add_char(out, (char)(value >> (8 * i)));
}

static int32_t put(export_state *e, const char *path, const text *content)
{
    return e->sim->machine->write_file(e->sim->machine, path, text_get(content), content->length);
}

static int32_t put_metadata(export_state *e, const char *folder)
{
    cleanup_free char *path = text_format("%s" METADATA_SUFFIX, folder);
    cleanup_text text content = TEXT_INIT;

    add_little(&content, 0x10, 4);
    return put(e, path, &content);
}

static bool same_content(export_state *e, const char *a, const void *bytes, size_t size)
{
    cleanup_free char *other = NULL;
    size_t other_size = 0;

    if (HR_FAILED(e->sim->machine->read_file(e->sim->machine, a, &other, &other_size)))
        return false;
    return other_size == size && !memcmp(other, bytes, size);
}

static int32_t export_file(export_state *e, const char *from, const char *parent, const char *to)
{
    cleanup_free char *bytes = NULL;
    cleanup_text text content = TEXT_INIT;
    size_t size = 0;
    int32_t hr = e->sim->machine->read_file(e->sim->machine, from, &bytes, &size);

    if (HR_FAILED(hr))
        return hr;
    if (!e->scratch && same_content(e, parent, bytes, size))
        return HR_OK;
    add_little(&content, 0x20, 4); /* FILE_ATTRIBUTE_ARCHIVE */
    add_little(&content, 1, 4);    /* BACKUP_DATA */
    add_little(&content, 0, 4);
    add_little(&content, size, 8);
    add_little(&content, 0, 4);
    text_add_bytes(&content, bytes, size);
    return put(e, to, &content);
}

/* Names that the parent has and a complete layer lacks. */
static int32_t find_deleted(export_state *e, const char *from, const char *parent,
                            const char *relative)
{
    sim_machine *machine = e->sim->machine;
    cleanup_names char **names = NULL;
    bool directory = false;

    if (e->scratch || !machine->exists(machine, parent, &directory) || !directory)
        return HR_OK;
    if (HR_FAILED(machine->list(machine, parent, &names)))
        return HR_OK;
    for (size_t i = 0; names[i]; i++) {
        cleanup_free char *path = path_join(from, names[i]);

        if (!machine->exists(machine, path, &directory))
            text_addf(&e->tombstones, "%s\\%s\r\n", relative, names[i]);
    }
    return HR_OK;
}

static int32_t export_folder(export_state *e, const char *from, const char *parent,
                             const char *relative, const char *to)
{
    sim_machine *machine = e->sim->machine;
    cleanup_names char **names = NULL;
    int32_t hr = machine->make_directory(machine, to);

    if (HR_SUCCEEDED(hr))
        hr = put_metadata(e, to);
    if (HR_SUCCEEDED(hr))
        hr = find_deleted(e, from, parent, relative);
    if (HR_SUCCEEDED(hr))
        hr = machine->list(machine, from, &names);
    for (size_t i = 0; HR_SUCCEEDED(hr) && names[i]; i++) {
        cleanup_free char *source = path_join(from, names[i]);
        cleanup_free char *other = path_join(parent, names[i]);
        cleanup_free char *target = path_join(to, names[i]);
        cleanup_free char *name = text_format("%s\\%s", relative, names[i]);
        bool directory = false;

        machine->exists(machine, source, &directory);
        hr = directory ? export_folder(e, source, other, name, target)
                       : export_file(e, source, other, target);
    }
    return hr;
}

/*
 * Windows makes the registry's changes into hives of their own. Nothing changes a registry here:
 * what a test puts into the layer's Hives counts as changes, else there are none.
 */
static int32_t export_hive(export_state *e, const char *layer, const char *folder, const char *name)
{
    sim_machine *machine = e->sim->machine;
    cleanup_free char *hives = path_join(layer, "Hives");
    cleanup_free char *from = path_join(hives, name);
    cleanup_free char *to = path_join(folder, name);
    cleanup_free char *bytes = NULL;
    unsigned char none[HIVE_FILE_SIZE];
    size_t size = 0;

    if (HR_SUCCEEDED(machine->read_file(machine, from, &bytes, &size)))
        return machine->write_file(machine, to, bytes, size);
    hive_file_make(HIVE_TIME, none);
    return machine->write_file(machine, to, none, sizeof(none));
}

static int32_t export_hives(export_state *e, const char *layer, const char *folder)
{
    static const char *const deltas[] = {"DefaultUser_Delta", "Sam_Delta", "Security_Delta",
                                         "Software_Delta", "System_Delta"};
    cleanup_free char *hives = path_join(folder, "Hives");
    int32_t hr = e->sim->machine->make_directory(e->sim->machine, hives);

    if (HR_SUCCEEDED(hr))
        hr = put_metadata(e, hives);
    for (size_t i = 0; HR_SUCCEEDED(hr) && i < sizeof(deltas) / sizeof(deltas[0]); i++)
        hr = export_hive(e, layer, hives, deltas[i]);
    return hr;
}

static int32_t export_tombstones(export_state *e, const char *layer, const char *folder)
{
    cleanup_free char *from = path_join(layer, "tombstones.txt");
    cleanup_free char *to = path_join(folder, "tombstones.txt");
    cleanup_free char *bytes = NULL;
    cleanup_text text content = TEXT_INIT;
    size_t size = 0;

    if (e->scratch &&
        HR_SUCCEEDED(e->sim->machine->read_file(e->sim->machine, from, &bytes, &size)))
        return e->sim->machine->write_file(e->sim->machine, to, bytes, size);
    text_add(&content, "\xEF\xBB\xBFVersion 1.0\r\n");
    text_add_bytes(&content, text_get(&e->tombstones), e->tombstones.length);
    return put(e, to, &content);
}

int32_t transport_export(sim *s, const char *layer, const char *parent, const char *folder,
                         refusal *why)
{
    cleanup_free char *disk = path_join(layer, "sandbox.vhdx");
    cleanup_free char *from = path_join(layer, "Files");
    cleanup_free char *other = path_join(parent, "Files");
    cleanup_free char *to = path_join(folder, "Files");
    sim_machine *machine = s->machine;
    export_state e = {.sim = s, .tombstones = TEXT_INIT};
    bool directory = false;
    int32_t hr;

    e.scratch = machine->exists(machine, disk, &directory);
    if (!machine->exists(machine, folder, &directory))
        return refuse(why, HR_PATH_NOT_FOUND, "There is no folder '%s'.", folder);
    hr = export_hives(&e, layer, folder);
    if (HR_SUCCEEDED(hr) && machine->exists(machine, from, &directory))
        hr = export_folder(&e, from, other, "", to);
    else if (HR_SUCCEEDED(hr)) {
        hr = machine->make_directory(machine, to); /* a scratch that nothing was written to */
        if (HR_SUCCEEDED(hr))
            hr = put_metadata(&e, to);
    }
    if (HR_SUCCEEDED(hr))
        hr = export_tombstones(&e, layer, folder);
    text_free(&e.tombstones);
    return hr;
}
