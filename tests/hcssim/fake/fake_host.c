/* SPDX-License-Identifier: MIT */
/* A whole simulated host for a test, in a folder of its own. */
#include "fake.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/path.h"
#include "base/text.h"

/* Folders end with '/'. */
static const char *const layer_entries[] = {
    "",
    "Files/",
    "Files/Windows/",
    "Files/Windows/System32/",
    "Files/Windows/System32/config/",
    "Files/Windows/System32/config/DEFAULT",
    "Files/Windows/System32/config/SAM",
    "Files/Windows/System32/config/SECURITY",
    "Files/Windows/System32/config/SOFTWARE",
    "Files/Windows/System32/config/SYSTEM",
    "Files/Windows/System32/cmd.exe",
    "Hives/",
    "layout",
    "blank-base.vhdx",
    "blank.vhdx",
    NULL,
};

static const char *const utility_entries[] = {
    "UtilityVM/",
    "UtilityVM/Files/",
    "UtilityVM/Files/EFI/",
    "UtilityVM/Files/EFI/Microsoft/",
    "UtilityVM/Files/EFI/Microsoft/Boot/",
    "UtilityVM/Files/EFI/Microsoft/Boot/BCD",
    "UtilityVM/SystemTemplateBase.vhdx",
    "UtilityVM/SystemTemplate.vhdx",
    NULL,
};

static bool make_entry(const char *path, const char *entry)
{
    cleanup_free char *full = text_format("%s/%s", path, entry);
    FILE *file;

    if (text_ends_with(full, "/"))
        return mkdir(full, 0700) == 0;
    file = fopen(full, "wb");
    if (!file)
        return false;
    fputs(entry, file);
    return fclose(file) == 0;
}

static bool make_entries(const char *path, const char *const *entries)
{
    for (; *entries; entries++)
        if (!make_entry(path, *entries))
            return false;
    return true;
}

bool fake_layer_make(const char *path, bool utility_vm)
{
    return make_entries(path, layer_entries) &&
           (!utility_vm || make_entries(path, utility_entries));
}

static char *make_folder(void)
{
    const char *place = getenv("TMPDIR");
    char *folder;

    if (!place) /* what is flushed all the time need not reach a disk */
        place = access("/dev/shm", W_OK) == 0 ? "/dev/shm" : "/tmp";
    folder = text_format("%s/hcssim-XXXXXX", place);
    if (folder && !mkdtemp(folder)) {
        free(folder);
        return NULL;
    }
    return folder;
}

fake_host *fake_host_new(const sim_options *options)
{
    sim_options used = options ? *options : (sim_options){0};
    fake_host *host = calloc(1, sizeof(*host));

    if (!host)
        return NULL;
    host->folder = make_folder();
    host->machine = scripted_new();
    if (!host->folder || !host->machine) {
        fake_host_free(host);
        return NULL;
    }
    host->base = path_join(host->folder, "base");
    host->upper = path_join(host->folder, "upper");
    used.shutdown_ms = used.shutdown_ms ? used.shutdown_ms : 200; /* tests have less patience */
    host->sim = sim_new(&used, host->machine);
    if (!fake_layer_make(host->base, true) || !fake_layer_make(host->upper, false) || !host->sim) {
        fake_host_free(host);
        return NULL;
    }
    host->hcs = fake_hcs_open(host->sim);
    host->storage = fake_storage_open(host->sim);
    return host;
}

size_t fake_host_free(fake_host *host)
{
    size_t left;

    if (!host)
        return 0;
    if (host->hcs)
        host->hcs->free(host->hcs);
    if (host->storage)
        host->storage->free(host->storage);
    left = sim_free(host->sim);
    if (host->machine && host->folder)
        host->machine->remove_tree(host->machine, host->folder);
    scripted_free(host->machine);
    free(host->base);
    free(host->upper);
    free(host->folder);
    free(host);
    return left;
}
