/* SPDX-License-Identifier: MIT */
/* Read-only layers: processed once their files are there, imported, exported (facts §6.5, §6.6,
 * §6.8). */
#include "internal.h"

#include <string.h>

#include "base/path.h"

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
        hr = folder_put(s, path, "layout", "vhd-with-hives\n");
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

/*
 * Windows fills a layer's folders with place-holders for what the parents have there: that is why a
 * client deletes by removing names from the layer after ImportLayer (facts §6.6). Here the parent's
 * files themselves are copied, with the same effect: the layer shows everything down to the base.
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
        hr = machine->copy_tree(machine, from, to);
    if (HR_SUCCEEDED(hr))
        hr = transport_import(c->sim, folder, path, contents, &c->why);
    if (HR_SUCCEEDED(hr))
        hr = folder_put(c->sim, path, "layout", "vhd-with-hives\n");
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
    if (!folder_is_there(c->sim, path))
        return refuse(&c->why, HR_PATH_NOT_FOUND, "There is no folder '%s'.", path);
    sim_lock(c->sim);
    m = mount_find(c->sim, path);
    prepared = m && m->status == MOUNT_PREPARED;
    sim_unlock(c->sim);
    if (prepared)
        return refuse(&c->why, HR_SHARING_VIOLATION, "'%s' is prepared.", path);
    return transport_export(c->sim, path, parents.items[0], folder, &c->why);
}
