/* SPDX-License-Identifier: MIT */
/*
 * Layer folders: made, processed, imported, destroyed (facts §1.4, §6.5, §6.6). On the simulated
 * host a sandbox.vhdx is a JSON text that says how large the disk is and what its parents are.
 */
#include "internal.h"

#include <string.h>

#include "base/path.h"

#define DEFAULT_SCRATCH_SIZE 21474836480.0 /* 20 GiB, the platform's template */

static const struct {
    const char *name;
    const char *guid;
} known_guids[] = {
    {"4", "bd9c3ef9-f239-59b5-a27e-15c523b1d149"},
    {"65bf96e5760a09edf1790cb229e2dfb2dbd0fcdc0bf7451bae099106bfbfea0c",
     "18955d65-d45a-557b-bf1c-49d6dfefc526"},
};

static uint64_t mix(const char *name, uint64_t hash)
{
    for (; *name; name++)
        hash = (hash ^ (uint8_t)*name) * 0x100000001B3u;
    hash = (hash ^ (hash >> 32)) * 0xD6E8FEB86659FD93u;
    return hash ^ (hash >> 29);
}

/*
 * The real algorithm is not known, only two of its results. Others here follow a scheme of our own
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

static bool is_there(sim *s, const char *folder, const char *name, bool directory)
{
    cleanup_free char *path = path_join(folder, name);
    bool is_directory = false;

    return s->machine->exists(s->machine, path, &is_directory) && is_directory == directory;
}

static bool is_folder(sim *s, const char *path)
{
    bool directory = false;

    return s->machine->exists(s->machine, path, &directory) && directory;
}

static int32_t put(sim *s, const char *folder, const char *name, const char *content)
{
    cleanup_free char *path = path_join(folder, name);

    return s->machine->write_file(s->machine, path, content, strlen(content));
}

int32_t layer_check_parent(sim *s, const char *path, const char *guid_text, refusal *why)
{
    char expected[GUID_TEXT_SIZE];
    char given[GUID_TEXT_SIZE];
    guid parsed;

    if (!is_folder(s, path))
        return refuse(why, HR_PATH_NOT_FOUND, "The layer '%s' is not there.", path);
    if (!is_there(s, path, "Files", true) || !is_there(s, path, "layout", false))
        return refuse(why, SIM_E_INVALID_LAYER,
                      "The layer '%s' was neither processed nor imported.", path);
    layer_guid(path_base_name(path), expected);
    if (!guid_parse(guid_text, &parsed))
        return refuse(why, HR_INVALID_PARAMETER, "'%s' is not a GUID.", guid_text);
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

static int32_t write_disk(sim *s, const char *path, const char *name, double size,
                          const string_list *parents)
{
    cleanup_json cJSON *disk = cJSON_CreateObject();
    cleanup_free char *printed = NULL;

    json_add_text(disk, "hcssim", "disk");
    cJSON_AddNumberToObject(disk, "size", size);
    if (parents)
        json_add_strings(disk, "parents", (const char *const *)parents->items);
    printed = json_print(disk);
    return put(s, path, name, printed);
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
        if (index == parents->count || !layer_same_path(parents->items[index], item->valuestring))
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
    if (is_there(c->sim, path, "sandbox.vhdx", false))
        return refuse(&c->why, HR_FILE_EXISTS, "'%s' has a disk already.", path);
    if (!is_folder(c->sim, path))
        hr = c->sim->machine->make_directory(c->sim->machine, path);
    if (HR_SUCCEEDED(hr))
        hr = write_disk(c->sim, path, "sandbox.vhdx", DEFAULT_SCRATCH_SIZE, &parents);
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
    cleanup_strings string_list parents = STRING_LIST_INIT;
    cleanup_json cJSON *disk = path ? read_disk(c->sim, path) : NULL;
    bool mounted;

    if (!disk)
        return refuse(&c->why, HR_FILE_NOT_FOUND, "There is no disk to expand.");
    sim_lock(c->sim);
    mounted = mount_find(c->sim, path) != NULL;
    sim_unlock(c->sim);
    if (mounted)
        return refuse(&c->why, HR_SHARING_VIOLATION, "The disk of '%s' is attached.", path);
    if (wanted < json_member(disk, "size")->valuedouble)
        return refuse(&c->why, HR_INVALID_PARAMETER, "A disk cannot shrink.");
    json_strings(disk, "parents", &parents);
    return write_disk(c->sim, path, "sandbox.vhdx", wanted, parents.count ? &parents : NULL);
}

/* ---- read-only layers ---- */

int32_t call_create_layer(sim_context *c)
{
    const char *parent = request_text(c, "parent");
    cleanup_free char *path = layer_path(c, "id");

    if (!path)
        return HR_INVALID_PARAMETER;
    if (parent && *parent && !is_folder(c->sim, parent))
        return refuse(&c->why, HR_PATH_NOT_FOUND, "The parent '%s' is not there.", parent);
    if (is_folder(c->sim, path))
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
    if (!is_folder(c->sim, from))
        return refuse(&c->why, HR_PATH_NOT_FOUND, "The layer '%s' is not there.", from);
    if (is_folder(c->sim, to))
        return refuse(&c->why, HR_ALREADY_EXISTS, "'%s' exists already.", to);
    return c->sim->machine->copy_tree(c->sim->machine, from, to);
}

int32_t call_layer_exists(sim_context *c)
{
    cleanup_free char *path = layer_path(c, "id");

    if (!path)
        return HR_INVALID_PARAMETER;
    json_add_integer(c->reply, "exists", is_folder(c->sim, path));
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
    if (!is_folder(c->sim, path))
        return refuse(&c->why, HR_PATH_NOT_FOUND, "There is no folder '%s'.", path);
    sim_lock(c->sim);
    used = in_use(c->sim, path);
    sim_unlock(c->sim);
    if (used)
        return refuse(&c->why, HR_SHARING_VIOLATION, "The layer '%s' is in use.", path);
    return c->sim->machine->remove_tree(c->sim->machine, path);
}

/* The images that Windows itself would offer: none, as on every host since 2016. */
int32_t call_base_images(sim_context *c)
{
    json_add_text(c->reply, "images", "{\"Images\":[]}");
    return HR_OK;
}

int32_t call_grant_access(sim_context *c)
{
    const char *vm = request_text(c, "vm");
    const char *path = request_text(c, "path");
    bool directory;

    if (!vm || !*vm || !path)
        return HR_INVALID_PARAMETER;
    if (!c->sim->machine->exists(c->sim->machine, path, &directory))
        return refuse(&c->why, HR_FILE_NOT_FOUND, "There is no file '%s'.", path);
    return HR_OK;
}

static const struct {
    const char *from; /* in Files\Windows\System32\config */
    const char *base; /* in Hives */
} hives[] = {
    {"DEFAULT", "DefaultUser_Base"}, {"SAM", "Sam_Base"},       {"SECURITY", "Security_Base"},
    {"SOFTWARE", "Software_Base"},   {"SYSTEM", "System_Base"},
};

static int32_t copy_hive(sim_context *c, const char *layer, size_t index)
{
    static const char *const parts[] = {"Files", "Windows", "System32", "config"};
    sim_machine *machine = c->sim->machine;
    cleanup_free char *from = text_copy(layer);
    cleanup_free char *folder = path_join(layer, "Hives");
    cleanup_free char *to = path_join(folder, hives[index].base);
    cleanup_free char *hive = NULL;
    cleanup_free char *bytes = NULL;
    size_t size = 0;
    int32_t hr;

    for (size_t i = 0; i < sizeof(parts) / sizeof(parts[0]); i++) {
        char *longer = path_join(from, parts[i]);

        free(from);
        from = longer;
    }
    hive = path_join(from, hives[index].from);
    hr = machine->read_file(machine, hive, &bytes, &size);
    if (HR_FAILED(hr))
        return refuse(&c->why, hr, "The hive '%s' cannot be read.", hive);
    return machine->write_file(machine, to, bytes, size);
}

static int32_t make_folder(sim *s, const char *folder, const char *name)
{
    cleanup_free char *path = path_join(folder, name);

    return is_folder(s, path) ? HR_OK : s->machine->make_directory(s->machine, path);
}

int32_t call_process_base(sim_context *c)
{
    const char *path = request_text(c, "path");
    sim *s = c->sim;
    int32_t hr;

    if (!path || !is_there(s, path, "Files", true))
        return refuse(&c->why, HR_PATH_NOT_FOUND, "There is no folder 'Files' in '%s'.",
                      path ? path : "");
    if (is_there(s, path, "layout", false))
        return refuse(&c->why, HR_ALREADY_EXISTS, "'%s' was processed already.", path);
    hr = make_folder(s, path, "Hives");
    for (size_t i = 0; i < sizeof(hives) / sizeof(hives[0]) && HR_SUCCEEDED(hr); i++)
        hr = copy_hive(c, path, i);
    if (HR_SUCCEEDED(hr))
        hr = write_disk(s, path, "blank-base.vhdx", DEFAULT_SCRATCH_SIZE, NULL);
    if (HR_SUCCEEDED(hr))
        hr = write_disk(s, path, "blank.vhdx", DEFAULT_SCRATCH_SIZE, NULL);
    if (HR_SUCCEEDED(hr))
        hr = put(s, path, "layout", "vhd-with-hives\n");
    return hr;
}

static char *boot_file(const char *utility_vm)
{
    static const char *const parts[] = {"Files", "EFI", "Microsoft", "Boot", "BCD"};
    char *path = text_copy(utility_vm);

    for (size_t i = 0; i < sizeof(parts) / sizeof(parts[0]); i++) {
        char *longer = path_join(path, parts[i]);

        free(path);
        path = longer;
    }
    return path;
}

int32_t call_process_utility(sim_context *c)
{
    const char *path = request_text(c, "path");
    cleanup_free char *bcd = path ? boot_file(path) : NULL;
    bool directory = false;
    int32_t hr;

    if (!path || !is_there(c->sim, path, "Files", true))
        return refuse(&c->why, HR_PATH_NOT_FOUND, "There is no folder 'Files' in '%s'.",
                      path ? path : "");
    if (!c->sim->machine->exists(c->sim->machine, bcd, &directory) || directory)
        return refuse(&c->why, HR_FILE_NOT_FOUND, "There is no file '%s'.", bcd);
    if (is_there(c->sim, path, "SystemTemplate.vhdx", false))
        return refuse(&c->why, HR_ALREADY_EXISTS, "'%s' was processed already.", path);
    hr = write_disk(c->sim, path, "SystemTemplateBase.vhdx", DEFAULT_SCRATCH_SIZE, NULL);
    if (HR_SUCCEEDED(hr))
        hr = write_disk(c->sim, path, "SystemTemplate.vhdx", DEFAULT_SCRATCH_SIZE, NULL);
    return hr;
}

static int32_t clear_folder(sim *s, const char *layer, const char *name)
{
    cleanup_free char *path = path_join(layer, name);

    return is_folder(s, path) ? s->machine->remove_tree(s->machine, path) : HR_OK;
}

/*
 * Windows fills a layer's folders with place-holders for what the parents have there: that is why a
 * client deletes by removing names from the layer after ImportLayer (facts §6.6). Here the parent's
 * files themselves are copied, with the same effect: the layer shows everything down to the base.
 */
static int32_t import(sim_context *c, const char *path, const char *folder,
                      const string_list *parents)
{
    sim_machine *machine = c->sim->machine;
    cleanup_free char *from = path_join(parents->items[0], "Files");
    cleanup_free char *to = path_join(path, "Files");
    int32_t hr = HR_OK;

    if (!is_folder(c->sim, path))
        hr = machine->make_directory(machine, path);
    if (HR_SUCCEEDED(hr))
        hr = clear_folder(c->sim, path, "Files");
    if (HR_SUCCEEDED(hr))
        hr = clear_folder(c->sim, path, "Hives");
    if (HR_SUCCEEDED(hr))
        hr = machine->copy_tree(machine, from, to);
    if (HR_SUCCEEDED(hr))
        hr = transport_import(c->sim, folder, path, &c->why);
    if (HR_SUCCEEDED(hr))
        hr = put(c->sim, path, "layout", "vhd-with-hives\n");
    return hr;
}

int32_t call_import(sim_context *c)
{
    cleanup_strings string_list parents = STRING_LIST_INIT;
    cleanup_free char *path = layer_path(c, "id");
    const char *folder = request_text(c, "folder");
    int32_t hr;

    if (!path || !folder)
        return HR_INVALID_PARAMETER;
    hr = layer_parents(c, &parents);
    if (HR_FAILED(hr))
        return hr;
    if (!is_folder(c->sim, folder))
        return refuse(&c->why, HR_PATH_NOT_FOUND, "There is no folder '%s'.", folder);
    hr = transport_check(c->sim, folder, &c->why);
    return HR_FAILED(hr) ? hr : import(c, path, folder, &parents);
}

/* A scratch must not be prepared, since only then its changes are on its disk (facts §6.8). */
int32_t call_export(sim_context *c)
{
    cleanup_strings string_list parents = STRING_LIST_INIT;
    cleanup_free char *path = layer_path(c, "id");
    const char *folder = request_text(c, "folder");
    const mount *m;
    bool prepared;
    int32_t hr;

    if (!path || !folder)
        return HR_INVALID_PARAMETER;
    hr = layer_parents(c, &parents);
    if (HR_FAILED(hr))
        return hr;
    if (!is_folder(c->sim, path))
        return refuse(&c->why, HR_PATH_NOT_FOUND, "There is no folder '%s'.", path);
    sim_lock(c->sim);
    m = mount_find(c->sim, path);
    prepared = m && m->status == MOUNT_PREPARED;
    sim_unlock(c->sim);
    if (prepared)
        return refuse(&c->why, HR_SHARING_VIOLATION, "'%s' is prepared.", path);
    return transport_export(c->sim, path, parents.items[0], folder, &c->why);
}
