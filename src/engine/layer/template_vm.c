/* SPDX-License-Identifier: MIT */
/* Template VMs, as moby ends them (daemon/graphdriver/windows, Remove). */
#include "engine/layer/template_vm.h"

#include <string.h>

#include "base/error.h"
#include "base/path.h"
#include "engine/host/store.h"
#include "hcs/system.h"
#include "layer/store/folder.h"
#include "layer/store/name.h"

/* Only such a layer can be stood on, and the others need not ask the service. */
static bool has_utility_vm(wcow_host *host, const char *chain_id)
{
    const layer_store layers = {.root = host->root};
    cleanup_free char *folder = layer_folder(&layers, chain_id, "");
    cleanup_free char *path = folder ? path_join(folder, LAYER_UTILITY_VM) : NULL;

    return path && store_exists(host, path);
}

void template_vms_end(wcow_host *host, const char *chain_id)
{
    cleanup_json cJSON *systems = NULL;
    const cJSON *item;
    hcs_port *hcs;

    if (!has_utility_vm(host, chain_id) || host_hcs(host, &hcs, NULL) ||
        compute_systems(hcs, host->version.build, NULL, &systems, NULL))
        return;
    cJSON_ArrayForEach (item, systems) {
        const char *id = json_text(item, "Id", json_text(item, "Name", NULL));
        wcow_status status;

        if (!id || !json_bool(item, "IsRuntimeTemplate", false) ||
            !strstr(json_text(item, "RuntimeImagePath", ""), chain_id))
            continue;
        status = compute_system_destroy(hcs, id, NULL, NULL);
        (void)status;
    }
}
