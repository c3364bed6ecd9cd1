/* SPDX-License-Identifier: MIT */
/*
 * Layer folders: made, processed, imported, destroyed (facts §1.4, §6.5, §6.6). On the simulated
 * host a sandbox.vhdx is a JSON text that says how large the disk is and what its parents are.
 */
#include "layers.h"
#include "codes.h"
#include "mounts.h"

#include <string.h>

#include "base/path.h"

static const struct {
    const char *name;
    const char *guid;
} known_guids[] = {
    {"4", "bd9c3ef9-f239-59b5-a27e-15c523b1d149"},
    {"65bf96e5760a09edf1790cb229e2dfb2dbd0fcdc0bf7451bae099106bfbfea0c",
     "18955d65-d45a-557b-bf1c-49d6dfefc526"},
    {"e280ae88fe4afde08717cb8a598cb480a554bfd79316047592f1a3899997e6f3",
     "f3fa31ff-3646-5aa8-aae6-fd07fa98dc11"}, /* these two: moby #40128, a log of dockerd */
    {"e98a4f90ea0b0b172cbc2a6520403c18c5be676fc98d967d5112940318664d8e",
     "aee45bbb-f900-54e3-8b4a-667e447fdf14"},
};

static uint64_t mix(const char *name, uint64_t hash)
{
    for (; *name; name++)
        hash = (hash ^ (uint8_t)*name) * 0x100000001B3u;
    hash = (hash ^ (hash >> 32)) * 0xD6E8FEB86659FD93u;
    return hash ^ (hash >> 29);
}

/*
 * The real algorithm is not known, only some of its results. Others here follow a scheme of our own
 * that looks like them (a version 5 GUID of the name), and must not be taken for what Windows
 * answers.
 */
void layer_guid(const char *name, char out[GUID_TEXT_SIZE])
{
    uint64_t halves[2] = {mix(name, 0xCBF29CE484222325u), mix(name, 0x84222325CBF29CE4u)};
    guid g;

    for (size_t i = 0; i < sizeof(known_guids) / sizeof(known_guids[0]); i++)
        if (!strcmp(known_guids[i].name, name)) {
            memcpy(out, known_guids[i].guid, GUID_TEXT_SIZE);
            return;
        }
    memcpy(g.bytes, halves, sizeof(g.bytes));
    g.bytes[7] = (uint8_t)((g.bytes[7] & 0x0f) | 0x50);
    g.bytes[8] = (uint8_t)((g.bytes[8] & 0x3f) | 0x80);
    guid_print(&g, out);
}

int32_t call_name_to_guid(sim_context *c)
{
    const char *name = request_text(c, "name");
    char guid_text[GUID_TEXT_SIZE];

    if (!name)
        return HR_INVALID_PARAMETER;
    layer_guid(name, guid_text);
    json_add_text(c->reply, "guid", guid_text);
    return HR_OK;
}

char *layer_path(sim_context *c, const char *member)
{
    const char *home = json_text(json_member(c->request, "driver"), "home", "");
    const char *id = request_text(c, member);

    if (!id || !*id)
        return NULL;
    return *home ? path_join(home, id) : text_copy(id);
}

bool folder_has(sim *s, const char *folder, const char *name, bool directory)
{
    cleanup_free char *path = path_join(folder, name);
    bool is_directory = false;

    return s->machine->exists(s->machine, path, &is_directory) && is_directory == directory;
}

bool folder_is_there(sim *s, const char *path)
{
    bool directory = false;

    return s->machine->exists(s->machine, path, &directory) && directory;
}

int32_t folder_put(sim *s, const char *folder, const char *name, const char *content)
{
    cleanup_free char *path = path_join(folder, name);

    return s->machine->write_file(s->machine, path, content, strlen(content));
}

int32_t layer_check_parent(sim *s, const char *path, const char *id, refusal *why)
{
    char expected[GUID_TEXT_SIZE];
    char given[GUID_TEXT_SIZE];
    guid parsed;

    if (!folder_is_there(s, path))
        return refuse(why, HR_PATH_NOT_FOUND, "The layer '%s' is not there.", path);
    if (!folder_has(s, path, "Files", true) || !folder_has(s, path, "layout", false))
        return refuse(why, SIM_E_INVALID_LAYER,
                      "The layer '%s' was neither processed nor imported.", path);
    layer_guid(path_base_name(path), expected);
    if (!guid_parse(id, &parsed))
        return refuse(why, HR_INVALID_PARAMETER, "'%s' is not a GUID.", id);
    guid_print(&parsed, given);
    if (strcmp(expected, given))
        return refuse(why, SIM_E_INVALID_LAYER, "The layer '%s' has the identifier %s, not %s.",
                      path, expected, given);
    return HR_OK;
}

int32_t layer_parents(sim_context *c, string_list *out)
{
    const cJSON *item;
    int32_t hr = HR_OK;

    cJSON_ArrayForEach (item, json_member(c->request, "parents")) {
        const char *path = json_text(item, "path", "");

        hr = layer_check_parent(c->sim, path, json_text(item, "id", ""), &c->why);
        if (HR_FAILED(hr))
            return hr;
        string_list_add(out, path);
    }
    if (!out->count)
        return refuse(&c->why, HR_INVALID_PARAMETER, "There is no parent layer.");
    return hr;
}

/* ---- scratch ---- */

static cJSON *read_disk(sim *s, const char *path)
{
    cleanup_free char *disk = path_join(path, "sandbox.vhdx");
    cleanup_free char *bytes = NULL;
    size_t size = 0;

    if (HR_FAILED(s->machine->read_file(s->machine, disk, &bytes, &size)))
        return NULL;
    return cJSON_ParseWithLength(bytes, size);
}

static int32_t disk_put(sim *s, const char *path, const char *name, const cJSON *disk)
{
    cleanup_free char *printed = json_print(disk);

    return folder_put(s, path, name, printed);
}

int32_t disk_write(sim *s, const char *path, const char *name, double size,
                   const string_list *parents)
{
    cleanup_json cJSON *disk = cJSON_CreateObject();

    json_add_text(disk, "hcssim", "disk");
    cJSON_AddNumberToObject(disk, "size", size);
    if (parents)
        json_add_strings(disk, "parents", (const char *const *)parents->items);
    return disk_put(s, path, name, disk);
}

int32_t disk_mark_prepared(sim *s, const char *path)
{
    cleanup_json cJSON *disk = read_disk(s, path);

    if (!disk || json_bool(disk, "prepared", false))
        return HR_OK;
    json_add_bool(disk, "prepared", true);
    return disk_put(s, path, "sandbox.vhdx", disk);
}

bool disk_was_prepared(sim *s, const char *path)
{
    cleanup_json cJSON *disk = read_disk(s, path);

    return json_bool(disk, "prepared", false);
}

uint64_t disk_size(sim *s, const char *path)
{
    cleanup_json cJSON *disk = read_disk(s, path);

    return (uint64_t)json_integer(disk, "size", 0);
}

/* A disk copied from blank.vhdx (containerd's way) names no parents and fits any. */
int32_t layer_check_scratch_parents(sim_context *c, const char *path, const string_list *parents)
{
    cleanup_json cJSON *disk = read_disk(c->sim, path);
    const cJSON *recorded = json_member(disk, "parents");
    size_t index = 0;
    const cJSON *item;

    if (!disk)
        return refuse(&c->why, HR_FROM_WIN32(1392), "The disk of '%s' is corrupt.", path);
    if (!recorded)
        return HR_OK;
    cJSON_ArrayForEach (item, recorded) {
        if (index == parents->count || !cJSON_IsString(item) ||
            !layer_same_path(parents->items[index], item->valuestring))
            break;
        index++;
    }
    if (item || index != parents->count)
        return refuse(&c->why, SIM_E_INVALID_LAYER, "'%s' was made with other parents.", path);
    return HR_OK;
}

int32_t call_create_sandbox(sim_context *c)
{
    cleanup_strings string_list parents = STRING_LIST_INIT;
    cleanup_free char *path = layer_path(c, "id");
    int32_t hr;

    if (!path)
        return HR_INVALID_PARAMETER;
    hr = layer_parents(c, &parents);
    if (HR_FAILED(hr))
        return hr;
    if (folder_has(c->sim, path, "sandbox.vhdx", false))
        return refuse(&c->why, HR_FILE_EXISTS, "'%s' has a disk already.", path);
    if (!folder_is_there(c->sim, path))
        hr = c->sim->machine->make_directory(c->sim->machine, path);
    if (HR_SUCCEEDED(hr))
        hr = disk_write(c->sim, path, "sandbox.vhdx", DEFAULT_SCRATCH_SIZE, &parents);
    return hr;
}

static double size_of_request(const cJSON *size)
{
    if (cJSON_IsString(size))
        return (double)strtoull(size->valuestring, NULL, 10);
    return cJSON_IsNumber(size) ? size->valuedouble : 0;
}

int32_t call_expand(sim_context *c)
{
    double wanted = size_of_request(json_member(c->request, "size"));
    cleanup_free char *path = layer_path(c, "id");
    cleanup_json cJSON *disk = path ? read_disk(c->sim, path) : NULL;
    bool mounted;

    if (!disk)
        return refuse(&c->why, HR_FILE_NOT_FOUND, "There is no disk to expand.");
    sim_lock(c->sim);
    mounted = mount_find(c->sim, path) != NULL;
    sim_unlock(c->sim);
    if (mounted)
        return refuse(&c->why, HR_SHARING_VIOLATION, "The disk of '%s' is attached.", path);
    if (wanted < (double)json_integer(disk, "size", 0))
        return refuse(&c->why, HR_INVALID_PARAMETER, "A disk cannot shrink.");
    cJSON_DeleteItemFromObjectCaseSensitive(disk, "size");
    cJSON_AddNumberToObject(disk, "size", wanted);
    return disk_put(c->sim, path, "sandbox.vhdx", disk);
}

/* ---- read-only layers ---- */

/* Docker names the parent by the name of its folder alone, beside the layer. */
static bool parent_is_there(sim *s, const char *layer, const char *parent)
{
    cleanup_free char *home = path_parent(layer);
    cleanup_free char *beside = home ? path_join(home, parent) : NULL;

    return folder_is_there(s, parent) || (beside && folder_is_there(s, beside));
}

int32_t call_create_layer(sim_context *c)
{
    const char *parent = request_text(c, "parent");
    cleanup_free char *path = layer_path(c, "id");

    if (!path)
        return HR_INVALID_PARAMETER;
    if (parent && *parent && !parent_is_there(c->sim, path, parent))
        return refuse(&c->why, HR_PATH_NOT_FOUND, "The parent '%s' is not there.", parent);
    if (folder_is_there(c->sim, path))
        return refuse(&c->why, HR_ALREADY_EXISTS, "'%s' exists already.", path);
    return c->sim->machine->make_directory(c->sim->machine, path);
}

int32_t call_copy_layer(sim_context *c)
{
    cleanup_strings string_list parents = STRING_LIST_INIT;
    cleanup_free char *from = layer_path(c, "source");
    cleanup_free char *to = layer_path(c, "destination");
    int32_t hr;

    if (!from || !to)
        return HR_INVALID_PARAMETER;
    hr = layer_parents(c, &parents);
    if (HR_FAILED(hr))
        return hr;
    if (!folder_is_there(c->sim, from))
        return refuse(&c->why, HR_PATH_NOT_FOUND, "The layer '%s' is not there.", from);
    if (folder_is_there(c->sim, to))
        return refuse(&c->why, HR_ALREADY_EXISTS, "'%s' exists already.", to);
    return c->sim->machine->copy_tree(c->sim->machine, from, to);
}

int32_t call_layer_exists(sim_context *c)
{
    cleanup_free char *path = layer_path(c, "id");

    if (!path)
        return HR_INVALID_PARAMETER;
    json_add_integer(c->reply, "exists", folder_is_there(c->sim, path));
    return HR_OK;
}

/* Under the lock: attached itself, or below something that is. */
static bool in_use(sim *s, const char *path)
{
    if (mount_find(s, path))
        return true;
    for (const mount *m = s->mounts; m; m = m->next)
        for (size_t i = 0; i < m->layers.count; i++)
            if (layer_same_path(m->layers.items[i], path))
                return true;
    return false;
}

int32_t call_destroy(sim_context *c)
{
    cleanup_free char *path = layer_path(c, "id");
    bool used;

    if (!path)
        return HR_INVALID_PARAMETER;
    if (!folder_is_there(c->sim, path))
        return refuse(&c->why, HR_PATH_NOT_FOUND, "There is no folder '%s'.", path);
    sim_lock(c->sim);
    used = in_use(c->sim, path);
    sim_unlock(c->sim);
    if (used)
        return refuse(&c->why, HR_SHARING_VIOLATION, "The layer '%s' is in use.", path);
    return c->sim->machine->remove_tree(c->sim->machine, path);
}
