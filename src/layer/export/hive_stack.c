/* SPDX-License-Identifier: MIT */
/* Hives merged with what is changed of them. */
#include "layer/export/hive_stack.h"

#include <stdlib.h>
#include <string.h>

#include "base/error.h"
#include "base/path.h"
#include "layer/codec/decompress.h"
#include "layer/export/layer_export.h"
#include "layer/store/folder.h"
#include "layer/store/name.h"
#include "layer/tar/tar.h"

#define BASES     "base"
#define DELTAS    "delta"
#define TRANSPORT "t" /* short, as layer_transport() */
#define COPY_SIZE (64u * 1024)

/* What the changes of each are called, in the order of hive_names. */
static const char *const delta_names[HIVE_COUNT] = {
    "DefaultUser_Delta", "Sam_Delta", "Security_Delta", "Software_Delta", "System_Delta"};

/* A file of the stack's folder. */
static char *file_of(const hive_stack *stack, const char *first, const char *second)
{
    cleanup_free char *outer = path_join(stack->folder.path, first);

    return outer && second ? path_join(outer, second) : TAKE(outer);
}

static wcow_status make_folder(const hive_stack *stack, const char *name, wcow_error *err)
{
    cleanup_free char *path = file_of(stack, name, NULL);
    files_port *files = stack->store->files;

    if (!path)
        return error_no_memory(err);
    return error_check(err, files->make_directory(files, path), "make a folder for hives");
}

/* Whether there is one with something in it. It came from others: a link is none. */
static wcow_status look(const hive_stack *stack, const char *path, bool *found, wcow_error *err)
{
    file_info info;
    int32_t hr = stack->store->files->info(stack->store->files, path, &info);

    if (hr == HR_FILE_NOT_FOUND || hr == HR_PATH_NOT_FOUND) {
        *found = false;
        return WCOW_OK;
    }
    if (HR_FAILED(hr))
        return error_wrap(err, error_hresult(err, hr, "look at"), "'%s'", path);
    if (info.kind != FILE_KIND_FILE)
        return error_set(err, WCOW_CORRUPT, "'%s' is no file", path);
    *found = info.size > 0;
    return WCOW_OK;
}

/* ---- the base ---- */

/* Within the trees, so that no link in the layer leads elsewhere. */
static wcow_status copy_base(hive_stack *stack, file_tree *base, const char *name, wcow_error *err)
{
    files_port *files = stack->store->files;
    cleanup_free char *from = text_format(LAYER_FILES "\\" HIVE_FOLDER "%s", name);
    cleanup_free char *to = text_format(BASES "\\%s", name);
    file_info info;
    int32_t hr;

    if (!from || !to)
        return error_no_memory(err);
    hr = files->tree_info(files, base, from, &info);
    if (hr == HR_FILE_NOT_FOUND || hr == HR_PATH_NOT_FOUND)
        return WCOW_OK;
    if (HR_SUCCEEDED(hr) && info.kind != FILE_KIND_FILE)
        return error_set(err, WCOW_CORRUPT, "the base layer's '%s' is no file", from);
    if (HR_SUCCEEDED(hr))
        hr = files->tree_copy(files, stack->tree, to, base, from);
    return HR_FAILED(hr) ? error_wrap(err, error_hresult(err, hr, "copy"), "'%s'", from) : WCOW_OK;
}

static wcow_status copy_bases(hive_stack *stack, const char *path, wcow_error *err)
{
    files_port *files = stack->store->files;
    file_tree *base = NULL;
    wcow_status status = make_folder(stack, BASES, err);

    if (!status)
        status = make_folder(stack, DELTAS, err);
    if (!status)
        status = error_check(err, files->tree_open(files, stack->folder.path, &stack->tree),
                             "open the folder for hives");
    if (!status)
        status = error_check(err, files->tree_open(files, path, &base), "open the base layer");
    for (size_t i = 0; i < HIVE_COUNT && !status; i++)
        status = copy_base(stack, base, hive_names[i], err);
    if (base)
        files->tree_close(files, base);
    return status;
}

wcow_status hive_stack_open(const layer_store *store, hives_port *hives,
                            const machine_version *version, const char *base, hive_stack *out,
                            wcow_error *err)
{
    hive_stack stack = {.store = store, .hives = hives, .version = *version};
    wcow_status status = working_folder_open(store, &stack.folder, err);

    if (status)
        return status;
    status = copy_bases(&stack, base, err);
    if (!status) {
        *out = stack;
        return WCOW_OK;
    }
    hive_stack_close(&stack);
    return status;
}

/* ---- merging ---- */

typedef struct opened {
    hives_port *port;
    offline_hive *hives[3]; /* the whole, the changes, both */
} opened;

static void close_hives(opened *o)
{
    for (size_t i = 0; i < 3; i++)
        if (o->hives[i])
            (void)o->port->close(o->port, o->hives[i]);
}

DEFINE_CLEANUP_VALUE(opened, opened, close_hives)

static wcow_status merge_files(const hive_stack *stack, const char *whole, bool has_whole,
                               const char *delta, const char *out, wcow_error *err)
{
    hives_port *port = stack->hives;
    CLEANUP(opened) opened o = {port, {NULL, NULL, NULL}};
    wcow_status status;
    int32_t hr;

    status = has_whole ? error_check(err, port->open(port, whole, &o.hives[0]), "OROpenHive")
                       : error_check(err, port->create(port, &o.hives[0]), "ORCreateHive");
    if (!status)
        status = error_check(err, port->open(port, delta, &o.hives[1]), "OROpenHive");
    if (status)
        return status;
    hr = port->merge(port, o.hives, 2, &o.hives[2]);
    if (hr == HR_PROC_NOT_FOUND)
        return error_set(
            err, WCOW_UNSUPPORTED,
            "this host's offreg.dll cannot merge registry hives: Windows Server 2022's "
            "is the first that can");
    status = error_check(err, hr, "ORMergeHives");
    if (status)
        return status;
    return error_check(
        err, port->save(port, o.hives[2], out, stack->version.major, stack->version.minor),
        "ORSaveHive");
}

/* What was merged before, or the base layer's. */
static wcow_status find_whole(const hive_stack *stack, const char *merged, size_t i, char **path,
                              bool *found, wcow_error *err)
{
    cleanup_free char *base = file_of(stack, BASES, hive_names[i]);
    wcow_status status = look(stack, merged, found, err);

    if (status || !base)
        return status ? status : error_no_memory(err);
    if (*found) {
        *path = text_copy(merged);
        return *path ? WCOW_OK : error_no_memory(err);
    }
    *path = TAKE(base);
    return look(stack, *path, found, err);
}

static wcow_status merge_one(hive_stack *stack, size_t i, const char *delta, wcow_error *err)
{
    files_port *files = stack->store->files;
    cleanup_free char *merged = file_of(stack, hive_names[i], NULL);
    cleanup_free char *next = file_of(stack, "next", NULL);
    cleanup_free char *whole = NULL;
    bool found = false;
    wcow_status status;
    int32_t hr;

    if (!merged || !next)
        return error_no_memory(err);
    status = find_whole(stack, merged, i, &whole, &found, err);
    if (!status)
        status = merge_files(stack, whole, found, delta, next, err);
    if (status)
        return status;
    hr = files->remove_file(files, merged);
    if (HR_SUCCEEDED(hr) || hr == HR_FILE_NOT_FOUND)
        hr = files->rename(files, next, merged);
    return error_check(err, hr, "replace the hive");
}

/* Puts the changes in a folder on top; one of no bytes says that there are none. */
static wcow_status merge_folder(hive_stack *stack, const char *folder, wcow_error *err)
{
    for (size_t i = 0; i < HIVE_COUNT; i++) {
        cleanup_free char *delta = path_join(folder, delta_names[i]);
        bool found = false;
        wcow_status status = delta ? look(stack, delta, &found, err) : error_no_memory(err);

        if (!status && found)
            status = merge_one(stack, i, delta, err);
        if (status)
            return error_wrap(err, status, "cannot merge the registry hive %s", hive_names[i]);
    }
    return WCOW_OK;
}

/* ---- a layer ---- */

static size_t delta_of(const char *name)
{
    size_t i = 0;

    if (!text_starts_with(name, LAYER_HIVES "/"))
        return HIVE_COUNT;
    while (i < HIVE_COUNT &&
           !text_equal_ignore_case(name + strlen(LAYER_HIVES "/"), delta_names[i]))
        i++;
    return i;
}

static wcow_status copy_contents(tar_reader *tar, files_port *files, file *to, wcow_error *err)
{
    cleanup_free char *buffer = malloc(COPY_SIZE);
    size_t got = 1;

    if (!buffer)
        return error_no_memory(err);
    while (got) {
        wcow_status status = tar_read(tar, buffer, COPY_SIZE, &got, err);

        if (!status && got)
            status = error_check(err, files->write_all(files, to, buffer, got), "write");
        if (status)
            return status;
    }
    return WCOW_OK;
}

static wcow_status take_delta(const hive_stack *stack, tar_reader *tar, size_t i, wcow_error *err)
{
    files_port *files = stack->store->files;
    cleanup_free char *path = file_of(stack, DELTAS, delta_names[i]);
    file *to = NULL;
    wcow_status status;

    if (!path)
        return error_no_memory(err);
    status = error_check(err, files->open(files, path, FILE_CREATE, &to), "make a file");
    if (status)
        return status;
    status = copy_contents(tar, files, to, err);
    files->close(files, to);
    return status;
}

static wcow_status take_deltas(const hive_stack *stack, const byte_source *blob, wcow_error *err)
{
    cleanup_decompressor decompressor *d = NULL;
    cleanup_tar_reader tar_reader *tar = NULL;
    const tar_entry *entry = NULL;
    wcow_status status = decompressor_new(blob, &d, err);

    if (status)
        return status;
    tar = tar_reader_new(decompressor_source(d));
    if (!tar)
        return error_no_memory(err);
    for (status = tar_next(tar, &entry, err); !status && entry;
         status = tar_next(tar, &entry, err)) {
        size_t i = entry->kind == TAR_FILE ? delta_of(entry->name) : HIVE_COUNT;

        if (i < HIVE_COUNT)
            status = take_delta(stack, tar, i, err);
        if (status)
            return error_wrap(err, status, "entry '%s'", entry->name);
    }
    return status ? status : tar_drain(tar, err);
}

/* Those of one layer must not be there when the next one's come. */
static wcow_status forget_deltas(const hive_stack *stack, wcow_error *err)
{
    files_port *files = stack->store->files;

    for (size_t i = 0; i < HIVE_COUNT; i++) {
        cleanup_free char *path = file_of(stack, DELTAS, delta_names[i]);
        int32_t hr;

        if (!path)
            return error_no_memory(err);
        hr = files->remove_file(files, path);
        if (HR_FAILED(hr) && hr != HR_FILE_NOT_FOUND)
            return error_hresult(err, hr, "remove a layer's hive");
    }
    return WCOW_OK;
}

wcow_status hive_stack_add_layer(hive_stack *stack, const byte_source *blob, wcow_error *err)
{
    cleanup_free char *folder = file_of(stack, DELTAS, NULL);
    wcow_status status = folder ? take_deltas(stack, blob, err) : error_no_memory(err);

    if (!status)
        status = merge_folder(stack, folder, err);
    return status ? status : forget_deltas(stack, err);
}

/* ---- the scratch ---- */

wcow_status hive_stack_add_scratch(hive_stack *stack, const char *scratch,
                                   const layer_chain *parents, wcow_error *err)
{
    cleanup_free char *folder = file_of(stack, TRANSPORT, NULL);
    cleanup_free char *deltas = file_of(stack, TRANSPORT, LAYER_HIVES);
    wcow_status status;

    if (!folder || !deltas)
        return error_no_memory(err);
    status = make_folder(stack, TRANSPORT, err);
    if (!status)
        status = scratch_export(stack->store, scratch, parents, folder, err);
    if (!status)
        status = merge_folder(stack, deltas, err);
    /* It has all that the container changed, and the disk may have better use for the room. */
    if (!status)
        folder_discard(stack->store->files, folder);
    return status;
}

const char *hive_stack_folder(const hive_stack *stack)
{
    return stack->folder.path;
}

void hive_stack_close(hive_stack *stack)
{
    if (!stack->store)
        return;
    if (stack->tree)
        stack->store->files->tree_close(stack->store->files, stack->tree);
    working_folder_close(stack->store, &stack->folder);
    *stack = (hive_stack)HIVE_STACK_INIT;
}
