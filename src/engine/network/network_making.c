/* SPDX-License-Identifier: MIT */
/* Making networks. */
#include "engine/network/network_making.h"

#include "base/error.h"
#include "base/text.h"
#include "engine/network/network_spec.h"

/* A call that failed may have been carried out all the same. */
static wcow_status find_made(hcs_port *hcs, const char *name, char **id)
{
    hns_network *networks = NULL;
    size_t count = 0;
    wcow_status status = hns_networks(hcs, &networks, &count, NULL);

    for (size_t i = 0; i < count && !status; i++)
        if (text_equal_ignore_case(networks[i].name, name) && !text_replace(id, networks[i].id))
            status = WCOW_NO_MEMORY;
    hns_networks_free(networks, count);
    return status;
}

/* Whether nothing is left of it. */
static bool undo(hcs_port *hcs, const network_note *note, const hns_network *made)
{
    cleanup_free char *id = NULL;

    if (made->id)
        return !hns_network_delete(hcs, made->id, NULL);
    return !find_made(hcs, note->hns_name, &id) && (!id || !hns_network_delete(hcs, id, NULL));
}

static wcow_status make(wcow_host *host, hcs_port *hcs, network_notes *notes, network_note *note,
                        hns_network *made, wcow_error *err)
{
    cleanup_network_order network_order order = {0};
    cleanup_free char *before = text_copy(note->id);
    wcow_status status = before ? network_order_of(note, &order, err) : error_no_memory(err);

    if (!status)
        status = hns_network_create(hcs, &order.wish, made, err);
    if (!status && !text_replace(&note->id, made->id))
        status = error_no_memory(err);
    if (status)
        return status;
    note->making = false;
    status = network_notes_write(host, notes, err);
    if (status) { /* the old id, which the file still has */
        free(note->id);
        note->id = TAKE(before);
        note->making = true;
    }
    return status;
}

wcow_status network_make(wcow_host *host, hcs_port *hcs, network_notes *notes, network_note *note,
                         wcow_error *err)
{
    cleanup_network hns_network made = HNS_NETWORK_INIT;
    wcow_status status;

    note->making = true;
    status = network_notes_write(host, notes, err);
    if (status) {
        note->making = false;
        return status;
    }
    status = make(host, hcs, notes, note, &made, err);
    /* Of one that exists already another program was faster just now: that is not ours to undo. */
    if (status == WCOW_ALREADY_EXISTS || (status && undo(hcs, note, &made)))
        note->making = false;
    return status;
}
