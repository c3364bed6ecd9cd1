/* SPDX-License-Identifier: MIT */
/* layer ls --foreign, and what layer zap has to end and unmount before it can destroy. */
#include "engine/layer/foreign.h"

#include <wcow/layer.h>

#include <stdlib.h>
#include <string.h>

#include "base/error.h"
#include "base/json.h"
#include "base/path.h"
#include "base/text.h"
#include "engine/host/paths.h"
#include "engine/host/store.h"
#include "hcs/system.h"
#include "layer/store/folder.h"
#include "layer/store/scratch.h"

#define DEEPEST 4 /* of the folders above layers: …\windows\snapshots\1 below containerd's root */

void foreign_layers_free(foreign_layers *layers)
{
    for (size_t i = 0; i < layers->count; i++) {
        free(layers->items[i].path);
        string_list_free(&layers->items[i].systems);
    }
    free(layers->items);
    string_list_free(&layers->others);
    *layers = (foreign_layers)FOREIGN_LAYERS_INIT;
}

/* A fresh one at the end; NULL for lack of memory. */
static foreign_layer *layers_grow(foreign_layers *layers)
{
    if (layers->count == layers->capacity) {
        size_t capacity = layers->capacity ? layers->capacity * 2 : 16;
        foreign_layer *grown = realloc(layers->items, capacity * sizeof(*grown));

        if (!grown)
            return NULL;
        layers->items = grown;
        layers->capacity = capacity;
    }
    layers->items[layers->count] = (foreign_layer){.systems = STRING_LIST_INIT};
    return &layers->items[layers->count++];
}

typedef struct finding {
    const layer_store *store;
    const cJSON *systems;
    foreign_layers *out;
} finding;

static bool has(const layer_store *store, const char *folder, const char *name, file_kind kind)
{
    cleanup_free char *path = path_join(folder, name);
    file_info info;

    return path && HR_SUCCEEDED(store->files->info(store->files, path, &info)) && info.kind == kind;
}

bool foreign_is_removing(const char *path)
{
    static const char *const digits = "0123456789";
    const char *name = path_base_name(path);

    if (text_starts_with(name, "rm-") && name[3] && !name[3 + strspn(name + 3, digits)])
        return true;
    return text_ends_with(name, REMOVING_SUFFIX);
}

/* What a layer's folder holds. Their names are Windows', so case does not count. */
typedef struct layer_part {
    const char *name;
    file_kind kind;
    bool large; /* a folder of the layer's own files */
} layer_part;

/* moby (daemon/graphdriver/windows), containerd (plugins/snapshots/windows), hcsshim (wclayer). */
static const layer_part layer_parts[] = {
    {"Files", FILE_KIND_DIRECTORY, true},
    {"Hives", FILE_KIND_DIRECTORY, true},
    {"UtilityVM", FILE_KIND_DIRECTORY, true},
    {"sandbox.vhdx", FILE_KIND_FILE, false},
    {"blank.vhdx", FILE_KIND_FILE, false},
    {"blank-base.vhdx", FILE_KIND_FILE, false},
    {"SystemTemplate.vhdx", FILE_KIND_FILE, false},
    {"SystemTemplateBase.vhdx", FILE_KIND_FILE, false},
    {"layout", FILE_KIND_FILE, false},
    {"layerchain.json", FILE_KIND_FILE, false},
    {"layerId", FILE_KIND_FILE, false},
    {"uvmbuildversion", FILE_KIND_FILE, false},
    {"tombstones.txt", FILE_KIND_FILE, false},
    {"bcd.bak", FILE_KIND_FILE, false},
    {"bcd.log.bak", FILE_KIND_FILE, false},
    {"bcd.log1.bak", FILE_KIND_FILE, false},
    {"bcd.log2.bak", FILE_KIND_FILE, false},
    {"layer.cim", FILE_KIND_FILE, false},
    {"merged.cim", FILE_KIND_FILE, false},
    {"layer.json", FILE_KIND_FILE, false}, /* of another store of wcow's */
};

static const layer_part *part_find(const layer_store *store, const char *folder, const char *name)
{
    for (size_t i = 0; i < sizeof(layer_parts) / sizeof(layer_parts[0]); i++)
        if (text_equal_ignore_case(name, layer_parts[i].name))
            return has(store, folder, name, layer_parts[i].kind) ? &layer_parts[i] : NULL;
    return NULL;
}

/* containerd keeps the disk of a scratch's utility VM so: vm\sandbox.vhdx. */
static bool is_vm_scratch(const layer_store *store, const char *folder, const char *name)
{
    cleanup_strings string_list names = STRING_LIST_INIT;
    cleanup_free char *path = path_join(folder, name);

    return text_equal_ignore_case(name, "vm") && has(store, folder, name, FILE_KIND_DIRECTORY) &&
           path && HR_SUCCEEDED(store->files->list(store->files, path, &names)) &&
           (!names.count ||
            (names.count == 1 && text_equal_ignore_case(names.items[0], "sandbox.vhdx") &&
             has(store, path, names.items[0], FILE_KIND_FILE)));
}

wcow_status foreign_stranger(const layer_store *layers, const char *path, char **name,
                             wcow_error *err)
{
    cleanup_strings string_list names = STRING_LIST_INIT;
    wcow_status status = error_check(err, layers->files->list(layers->files, path, &names), "list");

    *name = NULL;
    if (status)
        return error_wrap(err, status, "cannot look into '%s'", path);
    string_list_sort(&names);
    for (size_t i = 0; i < names.count && !*name; i++)
        if (!part_find(layers, path, names.items[i]) &&
            !is_vm_scratch(layers, path, names.items[i]))
            *name = TAKE(names.items[i]);
    return WCOW_OK;
}

/*
 * What a removal that was cut short left of a layer: renamed by Docker (<id>-removing), by
 * containerd (rm-<number>) or by layer zap, and nothing in it but what belongs to a layer.
 */
static bool is_remains(const layer_store *store, const char *folder)
{
    cleanup_strings string_list names = STRING_LIST_INIT;
    bool large = false;

    if (!foreign_is_removing(folder) || HR_FAILED(store->files->list(store->files, folder, &names)))
        return false;
    for (size_t i = 0; i < names.count; i++) {
        const layer_part *part = part_find(store, folder, names.items[i]);

        if (!part)
            return false;
        large = large || part->large;
    }
    return large;
}

/*
 * What the service, Docker and containerd put into a layer's folder. A folder "Files" alone makes
 * none: whoever has documents may have called theirs so.
 */
static bool is_layer(const layer_store *store, const char *folder)
{
    return has(store, folder, "sandbox.vhdx", FILE_KIND_FILE) ||
           has(store, folder, "layerchain.json", FILE_KIND_FILE) ||
           (has(store, folder, "Files", FILE_KIND_DIRECTORY) &&
            (has(store, folder, "Hives", FILE_KIND_DIRECTORY) ||
             has(store, folder, "UtilityVM", FILE_KIND_DIRECTORY))) ||
           is_remains(store, folder);
}

static bool add_systems(const finding *f, foreign_layer *one)
{
    const char *name = path_base_name(one->path);
    const cJSON *item;

    cJSON_ArrayForEach (item, f->systems) {
        const char *id = json_text(item, "Id", json_text(item, "Name", ""));
        const char *boot = json_text(item, "RuntimeImagePath", "");

        if (!*id || json_bool(item, "Stopped", false))
            continue;
        if ((text_equal_ignore_case(id, name) || path_lies_in(boot, one->path)) &&
            !string_list_add(&one->systems, id))
            return false;
    }
    return true;
}

static wcow_status add_layer(finding *f, const char *path, wcow_error *err)
{
    foreign_layer *one = layers_grow(f->out);

    if (!one)
        return error_no_memory(err);
    one->path = text_copy(path);
    one->scratch = has(f->store, path, "sandbox.vhdx", FILE_KIND_FILE);
    one->mounted = one->scratch && scratch_is_mounted(f->store, path);
    return one->path && add_systems(f, one) ? WCOW_OK : error_no_memory(err);
}

static bool is_matched(const foreign_layers *found, const char *id)
{
    for (size_t i = 0; i < found->count; i++)
        if (string_list_contains(&found->items[i].systems, id))
            return true;
    return false;
}

/* Those of the store's own containers stand on its own layers. */
static bool is_ours(wcow_host *host, const char *containers, const char *id)
{
    cleanup_free char *folder = strpbrk(id, "/\\.:") ? NULL : path_join(containers, id);

    return folder && store_exists(host, folder);
}

/*
 * The service tells of no running system which scratch it has for its root, and containerd's have
 * no folder of their name. Only a container has one that is mounted on the host: a VM's is
 * attached to the VM.
 */
static wcow_status add_others(wcow_host *host, const finding *f, wcow_error *err)
{
    cleanup_free char *containers = path_of_containers(host);
    const cJSON *item;

    if (!containers)
        return error_no_memory(err);
    cJSON_ArrayForEach (item, f->systems) {
        const char *id = json_text(item, "Id", json_text(item, "Name", ""));

        if (!*id || json_bool(item, "Stopped", false) ||
            text_equal_ignore_case(json_text(item, "SystemType", ""), "VirtualMachine") ||
            is_matched(f->out, id) || is_ours(host, containers, id))
            continue;
        if (!string_list_add(&f->out->others, id))
            return error_no_memory(err);
    }
    return WCOW_OK;
}

/* A reparse point is no folder of layers, and leads who knows where. */
static wcow_status walk(finding *f, const char *folder, int depth, wcow_error *err)
{
    cleanup_strings string_list names = STRING_LIST_INIT;
    wcow_status status = WCOW_OK;

    if (is_layer(f->store, folder))
        return add_layer(f, folder, err);
    if (depth == DEEPEST || HR_FAILED(f->store->files->list(f->store->files, folder, &names)))
        return WCOW_OK;
    string_list_sort(&names);
    for (size_t i = 0; i < names.count && !status; i++) {
        cleanup_free char *path = path_join(folder, names.items[i]);

        if (!path)
            return error_no_memory(err);
        if (has(f->store, folder, names.items[i], FILE_KIND_DIRECTORY))
            status = walk(f, path, depth + 1, err);
    }
    return status;
}

wcow_status foreign_layers_find(wcow_host *host, const layer_store *layers, const char *path,
                                foreign_layers *out, wcow_error *err)
{
    cleanup_foreign foreign_layers found = FOREIGN_LAYERS_INIT;
    cleanup_json cJSON *systems = NULL;
    finding f = {.store = layers, .out = &found};
    hcs_port *hcs = NULL;
    wcow_status status = host_hcs(host, &hcs, err);

    if (!status)
        status = compute_systems(hcs, host->version.build, NULL, &systems, err);
    f.systems = systems;
    if (!status)
        status = walk(&f, path, 0, err);
    if (!status)
        status = add_others(host, &f, err);
    if (status)
        return status;
    *out = found;
    found = (foreign_layers)FOREIGN_LAYERS_INIT;
    return WCOW_OK;
}

/* containerd's snapshotter keeps its database beside its folder of layers. */
static bool is_of_store(const layer_store *store, const char *folder, const char *name)
{
    return text_equal(name, "metadata.db") && has(store, folder, name, FILE_KIND_FILE) &&
           has(store, folder, "snapshots", FILE_KIND_DIRECTORY);
}

/* The first in a folder that is neither an empty folder nor a store's own file. */
static wcow_status find_rest(const layer_store *store, const char *folder, int depth, char **rest,
                             wcow_error *err)
{
    cleanup_strings string_list names = STRING_LIST_INIT;
    wcow_status status = error_check(err, store->files->list(store->files, folder, &names), "list");

    if (status)
        return error_wrap(err, status, "cannot look into '%s'", folder);
    string_list_sort(&names);
    for (size_t i = 0; i < names.count && !status && !*rest; i++) {
        cleanup_free char *path = path_join(folder, names.items[i]);

        if (!path)
            return error_no_memory(err);
        if (is_of_store(store, folder, names.items[i]))
            continue;
        if (depth == DEEPEST || !has(store, folder, names.items[i], FILE_KIND_DIRECTORY))
            *rest = TAKE(path);
        else
            status = find_rest(store, path, depth + 1, rest, err);
    }
    return status;
}

wcow_status foreign_rest(const layer_store *layers, const char *path, char **rest, wcow_error *err)
{
    *rest = NULL;
    return find_rest(layers, path, 0, rest, err);
}

/* "C:\", "\\?\C:\", "\\?\Volume{…}\": without its separator it is another thing. */
static bool is_root(const char *path, size_t length)
{
    return length == 1 || path[length - 2] == ':' ||
           (text_starts_with(path, "\\\\?\\") && strcspn(path + 4, "\\/") + 5 == length);
}

char *foreign_path(const char *path)
{
    size_t length = strlen(path);

    while (length > 0 && (path[length - 1] == '\\' || path[length - 1] == '/') &&
           !is_root(path, length))
        length--;
    return text_copy_bytes(path, length);
}

wcow_status foreign_check_folder(const layer_store *layers, const char *path, wcow_error *err)
{
    file_info info;
    int32_t hr;

    if (!path_is_absolute(path))
        return error_set(err, WCOW_INVALID, "'%s' is not an absolute path", path);
    hr = layers->files->info(layers->files, path, &info);
    if (hr == HR_FILE_NOT_FOUND || hr == HR_PATH_NOT_FOUND)
        return error_set(err, WCOW_NOT_FOUND, "there is no folder '%s'", path);
    if (HR_FAILED(hr))
        return error_wrap(err, error_hresult(err, hr, "info"), "cannot look at '%s'", path);
    if (info.kind == FILE_KIND_DIRECTORY)
        return WCOW_OK;
    if (info.kind == FILE_KIND_FILE)
        return error_set(err, WCOW_INVALID, "'%s' is a file, not a folder of layers", path);
    error_set(err, WCOW_INVALID, "'%s' is a link, not a folder of layers", path);
    error_hint(err, "name the folder that it leads to");
    return WCOW_INVALID;
}

static cJSON *row_new(const foreign_layer *one)
{
    static const char *const none[] = {NULL};
    cleanup_json cJSON *row = cJSON_CreateObject();
    bool fine =
        row && json_add_text(row, "Id", path_base_name(one->path)) &&
        json_add_text(row, "Path", one->path) &&
        json_add_text(row, "Kind", one->scratch ? "scratch" : "layer") &&
        json_add_bool(row, "Mounted", one->mounted) &&
        json_add_strings(row, "Systems",
                         one->systems.count ? (const char *const *)one->systems.items : none);

    return fine ? TAKE(row) : NULL;
}

wcow_status foreign_print(const foreign_layers *layers, char **json, wcow_error *err)
{
    cleanup_json cJSON *rows = cJSON_CreateArray();
    char *printed;

    for (size_t i = 0; i < layers->count; i++)
        if (!rows || !json_append(rows, row_new(&layers->items[i])))
            return error_no_memory(err);
    printed = rows ? json_print(rows) : NULL;
    if (!printed)
        return error_no_memory(err);
    *json = printed;
    return WCOW_OK;
}

wcow_status wcow_layer_foreign(wcow_host *host, const char *path, char **json, wcow_error *err)
{
    cleanup_foreign foreign_layers found = FOREIGN_LAYERS_INIT;
    cleanup_free char *folder = foreign_path(path);
    layer_store layers;
    wcow_status status = folder ? host_layers(host, &layers, err) : error_no_memory(err);

    if (!status)
        status = foreign_check_folder(&layers, folder, err);
    if (!status)
        status = foreign_layers_find(host, &layers, folder, &found, err);
    return status ? status : foreign_print(&found, json, err);
}
