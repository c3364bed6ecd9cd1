/* SPDX-License-Identifier: MIT */
/* Making a base layer by the ports themselves. */
#include "host.h"

#include "base/path.h"
#include "base/text.h"
#include "contract.h"

/* In the order in which they can be made; those with a dot or all in capitals are files. */
static const struct {
    const char *name;
    bool file;
} base_entries[] = {
    {"base", false},
    {"base\\Files", false},
    {"base\\Files\\Windows", false},
    {"base\\Files\\Windows\\System32", false},
    {"base\\Files\\Windows\\System32\\config", false},
    {"base\\Files\\Windows\\System32\\config\\DEFAULT", true},
    {"base\\Files\\Windows\\System32\\config\\SAM", true},
    {"base\\Files\\Windows\\System32\\config\\SECURITY", true},
    {"base\\Files\\Windows\\System32\\config\\SOFTWARE", true},
    {"base\\Files\\Windows\\System32\\config\\SYSTEM", true},
    {"base\\UtilityVM", false},
    {"base\\UtilityVM\\Files", false},
    {"base\\UtilityVM\\Files\\EFI", false},
    {"base\\UtilityVM\\Files\\EFI\\Microsoft", false},
    {"base\\UtilityVM\\Files\\EFI\\Microsoft\\Boot", false},
    {"base\\UtilityVM\\Files\\EFI\\Microsoft\\Boot\\BCD", true},
};

char *host_path(const contract_host *host, const char *name)
{
    char *path = text_format("%s%c%s", host->folder, native_separator(), name);

    assert_non_null(path);
    for (char *c = path + strlen(host->folder); *c; c++) {
        if (*c == '\\')
            *c = native_separator();
    }
    return path;
}

static void make_base(contract_host *host)
{
    cleanup_free char *programs = host_path(host, "base\\Files\\Windows\\System32");
    cleanup_free char *utility = host_path(host, "base\\UtilityVM");
    char *base = host_path(host, "base");

    for (size_t i = 0; i < sizeof(base_entries) / sizeof(base_entries[0]); i++) {
        cleanup_free char *path = host_path(host, base_entries[i].name);

        if (base_entries[i].file)
            assert_done(host->files->replace(host->files, path, "hive", 4));
        else
            assert_done(host->files->make_directory(host->files, path));
    }
    variant_copy_programs(host, programs);
    assert_done(host->storage->process_base_image(host->storage, base));
    assert_done(host->storage->process_utility_image(host->storage, utility));
    assert_true(string_list_own(&host->paths, base));
}

void contract_host_open(contract_host *host)
{
    *host = (contract_host){.paths = STRING_LIST_INIT};
    assert_done(files_port_open(&host->files));
    variant_open(host);
    if (host->paths.count == 0)
        make_base(host);
    assert_in_range(host->paths.count, 1, HOST_LAYERS);
    for (size_t i = 0; i < host->paths.count; i++) {
        layer_descriptor *layer = &host->layers[i];

        layer->path = host->paths.items[i];
        assert_done(
            host->storage->name_to_guid(host->storage, path_base_name(layer->path), &layer->id));
    }
    host->layer_count = host->paths.count;
}

size_t contract_host_close(contract_host *host)
{
    size_t left = variant_close(host);

    host->files->free(host->files);
    string_list_free(&host->paths);
    return left;
}
