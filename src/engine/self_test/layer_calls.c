/* SPDX-License-Identifier: MIT */
/* Steps on layers: the image's own, and calls of the storage service in and out of order. */
#include <wcow/image.h>

#include <string.h>

#include "base/error.h"
#include "base/path.h"
#include "engine/host/image_layers.h"
#include "engine/host/store.h"
#include "engine/self_test/self_test.h"
#include "layer/store/scratch.h"
#include "port/clock.h"
#include "port/survey.h"

/* The descriptors of the image's layers. */
static wcow_status open_chain(self_test *t, layer_chain *out, wcow_error *err)
{
    cleanup_image image *source = NULL;
    image_store images;
    layer_store layers;
    layer_id id;
    wcow_status status = host_images(t->host, &images, err);

    if (!status)
        status = host_layers(t->host, &layers, err);
    if (!status)
        status = image_store_open(&images, t->image, &source, err);
    if (!status)
        status = image_chain(source, id, err);
    return status ? status : layer_chain_open(&layers, id, out, err);
}

void step_image(self_test *t)
{
    cleanup_free char *json = NULL;
    cleanup_json cJSON *parsed = NULL;
    const uint64_t since = clock_ticks();
    wcow_error err = WCOW_ERROR_INIT;
    wcow_status status = wcow_image_inspect(t->host, t->image, &json, &err);

    note_status(t, "inspect", t->image, status, &err, since);
    if (!status)
        status = json_parse(json, strlen(json), "the image", &parsed, &err);
    if (note_expected(t, "the image is there", !status))
        note_json(t, "image", TAKE(parsed));
}

/* ---- calls in an order ---- */

typedef struct scratch {
    storage_port *storage;
    files_port *files;
    char *path, *moved, *exported;
    const layer_chain *chain;
} scratch;

static int32_t do_create(const scratch *s)
{
    return s->storage->create_sandbox_layer(s->storage, s->path, s->chain->items, s->chain->count);
}

static int32_t do_expand(const scratch *s)
{
    return s->storage->expand_sandbox_size(s->storage, s->path, UINT64_C(127) << 30);
}

static int32_t do_activate(const scratch *s)
{
    return s->storage->activate_layer(s->storage, s->path);
}

static int32_t do_prepare(const scratch *s)
{
    return s->storage->prepare_layer(s->storage, s->path, s->chain->items, s->chain->count);
}

static int32_t do_unprepare(const scratch *s)
{
    return s->storage->unprepare_layer(s->storage, s->path);
}

static int32_t do_deactivate(const scratch *s)
{
    return s->storage->deactivate_layer(s->storage, s->path);
}

static int32_t do_export(const scratch *s)
{
    return s->storage->export_layer(s->storage, s->path, s->exported, s->chain->items,
                                    s->chain->count);
}

static int32_t do_mount_path(const scratch *s)
{
    cleanup_free char *path = NULL;

    return s->storage->get_layer_mount_path(s->storage, s->path, &path);
}

static int32_t do_destroy(const scratch *s)
{
    return s->storage->destroy_layer(s->storage, s->path);
}

static int32_t do_detach(const scratch *s)
{
    cleanup_free char *disk = path_join(s->path, "sandbox.vhdx");

    return disk ? s->storage->detach_disk(s->storage, disk) : HR_OUT_OF_MEMORY;
}

static int32_t do_rename(const scratch *s)
{
    const int32_t hr = s->files->rename(s->files, s->path, s->moved);

    if (HR_SUCCEEDED(hr))
        (void)s->files->rename(s->files, s->moved, s->path);
    return hr;
}

enum { FAILS_OR_NOT, SUCCEEDS };

/* What no source tells is which code a call gives at the wrong time; FAILS_OR_NOT only notes it. */
static const struct {
    const char *call, *when;
    int32_t (*make)(const scratch *s);
    int expected;
} calls[] = {
    {"ActivateLayer", "of none", do_activate, FAILS_OR_NOT},
    {"DestroyLayer", "of none", do_destroy, FAILS_OR_NOT},
    {"CreateSandboxLayer", "", do_create, SUCCEEDS},
    {"CreateSandboxLayer", "again", do_create, FAILS_OR_NOT},
    {"ExpandSandboxSize", "to 127 GiB", do_expand, SUCCEEDS},
    {"GetLayerMountPath", "before activation", do_mount_path, FAILS_OR_NOT},
    {"PrepareLayer", "before activation", do_prepare, FAILS_OR_NOT},
    {"UnprepareLayer", "before activation", do_unprepare, FAILS_OR_NOT},
    {"DeactivateLayer", "before activation", do_deactivate, FAILS_OR_NOT},
    {"ExportLayer", "of one that was never prepared", do_export, FAILS_OR_NOT},
    {"ActivateLayer", "", do_activate, SUCCEEDS},
    {"ActivateLayer", "again", do_activate, FAILS_OR_NOT},
    {"GetLayerMountPath", "before preparation", do_mount_path, FAILS_OR_NOT},
    {"rename the folder", "of an attached one", do_rename, FAILS_OR_NOT},
    {"PrepareLayer", "", do_prepare, SUCCEEDS},
    {"PrepareLayer", "again", do_prepare, FAILS_OR_NOT},
    {"GetLayerMountPath", "", do_mount_path, SUCCEEDS},
    {"DeactivateLayer", "of a prepared one", do_deactivate, FAILS_OR_NOT},
    {"UnprepareLayer", "", do_unprepare, FAILS_OR_NOT},
    {"UnprepareLayer", "again", do_unprepare, FAILS_OR_NOT},
    {"DestroyLayer", "of an active one", do_destroy, FAILS_OR_NOT},
    {"DeactivateLayer", "", do_deactivate, FAILS_OR_NOT},
    {"DeactivateLayer", "again", do_deactivate, FAILS_OR_NOT},
    {"DetachVirtualDisk", "of a detached one", do_detach, FAILS_OR_NOT},
    {"rename the folder", "of a detached one", do_rename, FAILS_OR_NOT},
    {"DestroyLayer", "", do_destroy, FAILS_OR_NOT},
    {"DestroyLayer", "again", do_destroy, FAILS_OR_NOT},
};

static void note_mount_path(self_test *t, const scratch *s)
{
    cleanup_free char *path = NULL;

    if (HR_FAILED(s->storage->get_layer_mount_path(s->storage, s->path, &path)) || t->no_memory)
        return;
    if (!json_member(t->step, "mountPath"))
        note_text(t, "mountPath", path);
}

static void make_calls(self_test *t, const scratch *s)
{
    for (size_t i = 0; i < sizeof(calls) / sizeof(calls[0]); i++) {
        const uint64_t since = clock_ticks();
        const int32_t hr = calls[i].make(s);

        note_call(t, calls[i].call, calls[i].when, hr, since);
        if (calls[i].expected == SUCCEEDS)
            note_expected(t, calls[i].call, HR_SUCCEEDED(hr));
        note_mount_path(t, s);
    }
}

/* What a mounted scratch shows of its parents: exports walk it with the same calls. */
static void note_root(self_test *t, file_tree *tree)
{
    files_port *files = t->host->files;
    cleanup_strings string_list names = STRING_LIST_INIT;
    uint64_t since = clock_ticks();
    int32_t hr = files->tree_list(files, tree, "", &names);

    note_call(t, "list", "the volume's root", hr, since);
    string_list_sort(&names);
    for (size_t i = 0; i < names.count && i < 12; i++) {
        tree_backup *backup = NULL;
        file_identity identity;
        basic_info info;

        since = clock_ticks();
        hr = files->tree_backup_open(files, tree, names.items[i], &backup);
        note_call(t, "open for backup", names.items[i], hr, since);
        if (HR_FAILED(hr))
            continue;
        hr = files->backup_info(files, backup, &info, &identity);
        if (HR_SUCCEEDED(hr))
            note_number(t, names.items[i], info.attributes);
        files->backup_close(files, backup);
    }
}

static bool same_names(string_list *one, string_list *other)
{
    bool same = one->count == other->count;

    string_list_sort(one);
    string_list_sort(other);
    for (size_t i = 0; same && i < one->count; i++)
        same = text_equal(one->items[i], other->items[i]);
    return same;
}

/* Containers' files are listed by names alone (handle.c in win32), which asks wcifs in another way
 * than everybody else does. */
static void compare_listings(self_test *t, file_tree *tree, const char *volume, const char *name)
{
    files_port *files = t->host->files;
    cleanup_strings string_list bare = STRING_LIST_INIT;
    cleanup_strings string_list full = STRING_LIST_INIT;
    cleanup_free char *path = *name ? path_join(volume, name) : text_copy(volume);
    cleanup_free char *count = text_format("names in '%s'", name);
    cleanup_free char *same = text_format("both lists of '%s' have the same names", name);
    uint64_t since = clock_ticks();
    int32_t hr = files->tree_list(files, tree, name, &bare);

    note_call(t, "list by names alone", name, hr, since);
    if (!path || !count || !same)
        t->no_memory = true;
    if (HR_FAILED(hr) || t->no_memory)
        return;
    note_number(t, count, (int64_t)bare.count);
    since = clock_ticks();
    hr = survey_list(path, &full);
    note_call(t, "list with attributes", name, hr, since);
    if (HR_SUCCEEDED(hr))
        note_expected(t, same, same_names(&bare, &full));
}

void step_mounted(self_test *t)
{
    static const char *const listed[] = {"", "Windows", "Windows\\System32"};
    cleanup_layer_chain layer_chain chain = LAYER_CHAIN_INIT;
    cleanup_free char *path = self_test_path(t, "scratch-mounted");
    cleanup_free char *volume = NULL;
    files_port *files = t->host->files;
    layer_store layers;
    file_tree *tree = NULL;
    wcow_error err = WCOW_ERROR_INIT;
    uint64_t since = clock_ticks();
    wcow_status status = host_layers(t->host, &layers, &err);
    int32_t hr = HR_OK;

    if (!path) {
        t->no_memory = true;
        return;
    }
    if (!status)
        status = open_chain(t, &chain, &err);
    if (!status)
        status = scratch_create(&layers, path, &chain, 0, &err);
    if (!status)
        status = scratch_mount(&layers, path, &chain, &volume, &err);
    note_status(t, "make and mount a scratch", NULL, status, &err, since);
    since = clock_ticks();
    if (note_expected(t, "a scratch is mounted", !status))
        hr = files->tree_open(files, volume, &tree);
    note_call(t, "open the volume as a tree", volume, hr, since);
    if (tree) {
        note_root(t, tree);
        for (size_t i = 0; i < sizeof(listed) / sizeof(listed[0]); i++)
            compare_listings(t, tree, volume, listed[i]);
        files->tree_close(files, tree);
    }
    scratch_release(&layers, path);
    note_expected(t, "nothing is left of it", !scratch_destroy(&layers, path, &err));
}

static void destroy_for_good(self_test *t, const layer_store *layers, const scratch *s)
{
    wcow_error err = WCOW_ERROR_INIT;
    const uint64_t since = clock_ticks();
    wcow_status status;

    scratch_release(layers, s->path);
    status = scratch_destroy(layers, s->path, &err);
    note_status(t, "destroy the scratch for good", NULL, status, &err, since);
    note_expected(t, "nothing is left of the scratch", !status);
}

void step_order(self_test *t)
{
    cleanup_layer_chain layer_chain chain = LAYER_CHAIN_INIT;
    cleanup_free char *path = self_test_path(t, "scratch-in-order");
    cleanup_free char *moved = self_test_path(t, "scratch-moved");
    cleanup_free char *exported = self_test_path(t, "scratch-exported");
    scratch s = {t->host->storage, t->host->files, path, moved, exported, &chain};
    layer_store layers;
    wcow_error err = WCOW_ERROR_INIT;
    const uint64_t since = clock_ticks();
    wcow_status status = open_chain(t, &chain, &err);

    if (!status)
        status = host_layers(t->host, &layers, &err);
    note_status(t, "open the image's layers", t->image, status, &err, since);
    if (!path || !moved || !exported)
        t->no_memory = true;
    if (!note_expected(t, "the image's layers are there", !status) || t->no_memory)
        return;
    make_calls(t, &s);
    ignore(store_remove(t->host, t->host->root, path_base_name(exported), NULL));
    destroy_for_good(t, &layers, &s);
}
