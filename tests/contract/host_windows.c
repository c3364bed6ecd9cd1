/* SPDX-License-Identifier: MIT */
/* Windows, real or simulated: the service through win32/hcs.c and win32/storage.c. */
#include <stdio.h>

#include "base/text.h"
#include "contract.h"
#include "host.h"
#include "port/machine.h"

#include <windows.h>

static void take_layers(contract_host *host, const char *list)
{
    while (*list) {
        size_t length = strcspn(list, ";");

        assert_true(string_list_own(&host->paths, text_copy_bytes(list, length)));
        list += length;
        list += *list == ';';
    }
}

void variant_open(contract_host *host)
{
    cleanup_free char *layers = machine_environment("WCOW_CONTRACT_LAYERS");

    assert_done(hcs_port_open(&host->hcs));
    assert_done(storage_port_open(&host->storage));
    native_temporary(host->folder, sizeof(host->folder));
    host->real = !native_is_wine();
    if (layers)
        take_layers(host, layers);
}

/* CONTRACT_PROGRAMS is where the build put those of the test images. */
void variant_copy_programs(contract_host *host, const char *folder)
{
    static const char *const names[] = {"cat", "exit", "flood", "stuck"};
    cleanup_free char *given = machine_environment("WCOW_CONTRACT_PROGRAMS");

    (void)host;
    for (size_t i = 0; i < sizeof(names) / sizeof(names[0]); i++) {
        cleanup_free char *from =
            text_format("%s\\%s.exe", given ? given : CONTRACT_PROGRAMS, names[i]);
        cleanup_free char *to = text_format("%s\\%s.exe", folder, names[i]);

        assert_true(CopyFileA(from, to, TRUE));
    }
}

size_t variant_close(contract_host *host)
{
    cleanup_strings string_list names = STRING_LIST_INIT;
    file_tree *tree;
    int32_t hr;

    host->hcs->free(host->hcs);
    host->storage->free(host->storage);
    assert_done(host->files->tree_open(host->files, host->folder, &tree));
    hr = host->files->tree_list(host->files, tree, "", &names);
    for (size_t i = 0; HR_SUCCEEDED(hr) && i < names.count; i++)
        hr = host->files->tree_remove(host->files, tree, names.items[i]);
    host->files->tree_close(host->files, tree);
    assert_done(hr);
    assert_done(host->files->remove_directory(host->files, host->folder));
    return 0;
}
