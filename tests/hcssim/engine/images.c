/* SPDX-License-Identifier: MIT */
/* Read-only layers: processed once their files are there, imported, exported (facts §6.5, §6.6,
 * §6.8). */
#include "codes.h"
#include "layers.h"
#include "mounts.h"
#include "transport.h"

#include <string.h>

#include "base/path.h"

#define LAYOUT_HEAD "vhd-with-hives\n"

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

    return folder_is_there(s, path) ? HR_OK : s->machine->make_directory(s->machine, path);
}

int32_t call_process_base(sim_context *c)
{
    const char *path = request_text(c, "path");
    sim *s = c->sim;
    int32_t hr;

    if (!path || !folder_has(s, path, "Files", true))
        return refuse(&c->why, HR_PATH_NOT_FOUND, "There is no folder 'Files' in '%s'.",
                      path ? path : "");
    if (folder_has(s, path, "layout", false))
        return refuse(&c->why, HR_ALREADY_EXISTS, "'%s' was processed already.", path);
    hr = make_folder(s, path, "Hives");
    for (size_t i = 0; i < sizeof(hives) / sizeof(hives[0]) && HR_SUCCEEDED(hr); i++)
        hr = copy_hive(c, path, i);
    if (HR_SUCCEEDED(hr))
        hr = disk_write(s, path, "blank-base.vhdx", DEFAULT_SCRATCH_SIZE, NULL);
    if (HR_SUCCEEDED(hr))
        hr = disk_write(s, path, "blank.vhdx", DEFAULT_SCRATCH_SIZE, NULL);
    if (HR_SUCCEEDED(hr))
        hr = folder_put(s, path, "layout", LAYOUT_HEAD);
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

    if (!path || !folder_has(c->sim, path, "Files", true))
        return refuse(&c->why, HR_PATH_NOT_FOUND, "There is no folder 'Files' in '%s'.",
                      path ? path : "");
    if (!c->sim->machine->exists(c->sim->machine, bcd, &directory) || directory)
        return refuse(&c->why, HR_FILE_NOT_FOUND, "There is no file '%s'.", bcd);
    if (folder_has(c->sim, path, "SystemTemplate.vhdx", false))
        return refuse(&c->why, HR_ALREADY_EXISTS, "'%s' was processed already.", path);
    hr = disk_write(c->sim, path, "SystemTemplateBase.vhdx", DEFAULT_SCRATCH_SIZE, NULL);
    if (HR_SUCCEEDED(hr))
        hr = disk_write(c->sim, path, "SystemTemplate.vhdx", DEFAULT_SCRATCH_SIZE, NULL);
    return hr;
}

static int32_t clear_folder(sim *s, const char *layer, const char *name)
{
    cleanup_free char *path = path_join(layer, name);

    return folder_is_there(s, path) ? s->machine->remove_tree(s->machine, path) : HR_OK;
}

/* What layer it is, in words that no source tells but the first; and which parents it was made for.
 */
static int32_t write_layout(sim *s, const char *path, const string_list *parents)
{
    cleanup_text text content = TEXT_INIT;

    text_add(&content, LAYOUT_HEAD);
    for (size_t i = 0; i < parents->count; i++)
        text_addf(&content, "%s\n", parents->items[i]);
    return folder_put(s, path, "layout", text_get(&content));
}

/* A layer that was made by hand has no parents on record, and fits any. */
static int32_t layer_check_layer_parents(sim_context *c, const char *path,
                                         const string_list *parents)
{
    cleanup_free char *layout = path_join(path, "layout");
    cleanup_free char *bytes = NULL;
    size_t size = 0;
    size_t count = 0;
    char *rest;
    bool same = true;
    int32_t hr = c->sim->machine->read_file(c->sim->machine, layout, &bytes, &size);

    if (HR_FAILED(hr) || !text_starts_with(bytes, LAYOUT_HEAD))
        return hr;
    strtok_r(bytes, "\n", &rest);
    for (const char *line = strtok_r(NULL, "\n", &rest); line; line = strtok_r(NULL, "\n", &rest)) {
        same = same && count < parents->count && layer_same_path(line, parents->items[count]);
        count++;
    }
    if (count && (!same || count != parents->count))
        return refuse(&c->why, SIM_E_INVALID_LAYER, "'%s' was made with other parents.", path);
    return HR_OK;
}

/*
 * Windows fills a layer's folders with place-holders for what the parents have there: that is why a
 * client deletes by removing names from the layer after ImportLayer (facts §6.6). Here the parent's
 * files get names in the layer, too, with the same effect and about as much work: the layer shows
 * everything down to the base.
 */
static int32_t import(sim_context *c, const char *path, const char *folder,
                      const string_list *parents, transport_contents *contents)
{
    sim_machine *machine = c->sim->machine;
    cleanup_free char *from = path_join(parents->items[0], "Files");
    cleanup_free char *to = path_join(path, "Files");
    int32_t hr = HR_OK;

    if (!folder_is_there(c->sim, path))
        hr = machine->make_directory(machine, path);
    if (HR_SUCCEEDED(hr))
        hr = clear_folder(c->sim, path, "Files");
    if (HR_SUCCEEDED(hr))
        hr = clear_folder(c->sim, path, "Hives");
    if (HR_SUCCEEDED(hr))
        hr = machine->link_tree(machine, from, to);
    if (HR_SUCCEEDED(hr))
        hr = transport_import(c->sim, folder, path, contents, &c->why);
    if (HR_SUCCEEDED(hr))
        hr = write_layout(c->sim, path, parents);
    return hr;
}

int32_t call_import(sim_context *c)
{
    cleanup_strings string_list parents = STRING_LIST_INIT;
    cleanup_free char *path = layer_path(c, "id");
    cleanup_transport_contents transport_contents contents = {0};
    const char *folder = request_text(c, "folder");
    int32_t hr;

    if (!path || !folder)
        return HR_INVALID_PARAMETER;
    hr = layer_parents(c, &parents);
    if (HR_FAILED(hr))
        return hr;
    if (!folder_is_there(c->sim, folder))
        return refuse(&c->why, HR_PATH_NOT_FOUND, "There is no folder '%s'.", folder);
    hr = transport_check(c->sim, folder, &contents, &c->why);
    return HR_FAILED(hr) ? hr : import(c, path, folder, &parents, &contents);
}

/*
 * What may be exported: a scratch that was prepared once, else its disk was never initialised, and
 * is not now, or not all is on the disk; all known callers have it attached (facts §6.8).
 */
static int32_t check_exportable(sim_context *c, const char *path, const string_list *parents)
{
    const mount *m;
    bool attached;
    bool prepared;

    if (!folder_has(c->sim, path, "sandbox.vhdx", false))
        return layer_check_layer_parents(c, path, parents);
    if (HR_FAILED(layer_check_scratch_parents(c, path, parents)))
        return c->why.hr;
    sim_lock(c->sim);
    m = mount_find(c->sim, path);
    attached = m && !m->by_vm;
    prepared = m && m->status == MOUNT_PREPARED;
    sim_unlock(c->sim);
    if (prepared)
        return refuse(&c->why, HR_SHARING_VIOLATION, "'%s' is prepared.", path);
    if (!attached)
        return refuse(&c->why, HR_NOT_READY, "The disk of '%s' is not attached.", path);
    if (!disk_was_prepared(c->sim, path))
        return refuse(&c->why, HR_NOT_READY, "'%s' was never prepared: there is nothing on it.",
                      path);
    return HR_OK;
}

/* Made by the call or by its caller, but empty. */
static int32_t check_export_folder(sim_context *c, const char *folder)
{
    sim_machine *machine = c->sim->machine;
    cleanup_names char **names = NULL;
    int32_t hr;

    if (!folder_is_there(c->sim, folder))
        return machine->make_directory(machine, folder);
    hr = machine->list(machine, folder, &names);
    if (HR_SUCCEEDED(hr) && names[0])
        hr = refuse(&c->why, HR_DIR_NOT_EMPTY, "There is something in '%s' already.", folder);
    return hr;
}

int32_t call_export(sim_context *c)
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
    if (!folder_is_there(c->sim, path))
        return refuse(&c->why, HR_PATH_NOT_FOUND, "There is no folder '%s'.", path);
    hr = check_exportable(c, path, &parents);
    if (HR_SUCCEEDED(hr))
        hr = check_export_folder(c, folder);
    return HR_FAILED(hr) ? hr : transport_export(c->sim, path, parents.items[0], folder);
}
