/* SPDX-License-Identifier: MIT */
/* Removing networks. */
#include "engine/network/network_removal.h"

#include "base/error.h"

void endpoint_list_free(endpoint_list *list)
{
    hns_endpoints_free(list->items, list->count);
    *list = (endpoint_list){NULL, 0};
}

bool network_in_use(const known_network *network, const endpoint_list *endpoints)
{
    for (size_t i = 0; i < endpoints->count; i++)
        if (known_network_has(network, &endpoints->items[i]))
            return true;
    return false;
}

wcow_status network_discard(wcow_host *host, hcs_port *hcs, known_networks *networks,
                            const known_network *network, wcow_error *err)
{
    wcow_status status = network->hns ? hns_network_delete(hcs, network->hns->id, err) : WCOW_OK;

    if (status)
        return status;
    known_network_event(host, "destroy", network->id, network->name, network->driver);
    network_notes_drop(&networks->notes, network->note);
    return network_notes_write(host, &networks->notes, err);
}
