/* SPDX-License-Identifier: MIT */
/* network prune. */
#include <wcow/network.h>

#include "base/error.h"
#include "base/options.h"
#include "base/text.h"
#include "docker/labels.h"
#include "engine/network/network_removal.h"
#include "engine/network/network_spec.h"

/* What a prune looks at, under the lock: anew for each network, since all moves with each removal.
 */
typedef struct view {
    wcow_host *host;
    hcs_port *hcs;
    known_networks networks;
    endpoint_list endpoints;
} view;

static void view_free(view *v)
{
    known_networks_free(&v->networks);
    endpoint_list_free(&v->endpoints);
}

DEFINE_CLEANUP_VALUE(view, view, view_free)

static wcow_status look(view *v, wcow_error *err)
{
    wcow_status status = known_networks_read(v->host, v->hcs, &v->networks, err);

    return status ? status : hns_endpoints(v->hcs, &v->endpoints.items, &v->endpoints.count, err);
}

static bool is_to_go(const view *v, const known_network *network,
                     const wcow_network_prune_options *options)
{
    const network_note *note = network->note;

    return note && !network_is_predefined(network->name) &&
           !network_in_use(network, &v->endpoints) &&
           (!options->until || note->created <= options->until) &&
           labels_fit(&note->labels, options->labels, options->without);
}

static wcow_status choose(wcow_host *host, hcs_port *hcs, const wcow_network_prune_options *options,
                          string_list *names, wcow_error *err)
{
    CLEANUP(view) view v = {.host = host, .hcs = hcs};
    wcow_status status = look(&v, err);

    for (size_t i = 0; !status && i < v.networks.count; i++)
        if (is_to_go(&v, &v.networks.items[i], options) &&
            !string_list_add(names, v.networks.items[i].name))
            status = error_no_memory(err);
    return status;
}

static wcow_status prune_one(wcow_host *host, hcs_port *hcs,
                             const wcow_network_prune_options *options, const char *name,
                             wcow_error *err)
{
    CLEANUP(view) view v = {.host = host, .hcs = hcs};
    const known_network *found = NULL;
    wcow_status status = look(&v, err);

    if (!status)
        status = known_networks_find(&v.networks, name, &found, err);
    if (!status && !is_to_go(&v, found, options))
        return WCOW_OK; /* used meanwhile */
    if (!status)
        status = network_discard(host, hcs, &v.networks, found, err);
    if (status)
        return error_wrap(err, status, "cannot remove the network '%s'", name);
    if (options->removed)
        options->removed(options->context, name);
    return WCOW_OK;
}

/* Notes of what never was, or is gone for good. */
static wcow_status sweep(wcow_host *host, hcs_port *hcs, wcow_error *err)
{
    CLEANUP(view) view v = {.host = host, .hcs = hcs};
    wcow_status status = look(&v, err);
    const size_t before = v.networks.notes.list.count;

    for (size_t i = before; !status && i-- > 0;) {
        network_note *note = network_notes_at(&v.networks.notes, i);
        bool known = false;

        for (size_t k = 0; k < v.networks.count; k++)
            known = known || v.networks.items[k].note == note;
        if (!known) /* those behind it move, and were looked at */
            network_notes_drop(&v.networks.notes, note);
    }
    if (status || before == v.networks.notes.list.count)
        return status;
    return network_notes_write(host, &v.networks.notes, err);
}

wcow_status wcow_network_prune(wcow_host *host, const wcow_network_prune_options *options,
                               wcow_error *err)
{
    cleanup_lock store_lock lock = STORE_LOCK_INIT;
    cleanup_strings string_list names = STRING_LIST_INIT;
    wcow_network_prune_options wish = WCOW_NETWORK_PRUNE_OPTIONS_INIT;
    wcow_error first = WCOW_ERROR_INIT;
    hcs_port *hcs;
    wcow_status status =
        options_copy(&wish, sizeof wish, options, "wcow_network_prune_options", err);

    if (!status)
        status = host_hcs(host, &hcs, err);
    if (!status)
        status = network_notes_lock(host, &lock, err);
    if (!status)
        status = choose(host, hcs, &wish, &names, err);
    if (status)
        return status;
    for (size_t i = 0; i < names.count; i++) {
        wcow_error problem = WCOW_ERROR_INIT;

        error_keep_first(&first, prune_one(host, hcs, &wish, names.items[i], &problem), &problem);
    }
    if (!first.status)
        return sweep(host, hcs, err);
    return error_pass(err, first.status, &first);
}
