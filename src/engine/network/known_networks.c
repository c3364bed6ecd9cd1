/* SPDX-License-Identifier: MIT */
/* What HNS tells and what wcow has noted, put together. */
#include "engine/network/known_networks.h"

#include <stdlib.h>
#include <string.h>

#include "base/error.h"
#include "base/text.h"
#include "engine/host/event_log.h"
#include "engine/network/network_making.h"

void known_networks_free(known_networks *networks)
{
    free(networks->items);
    hns_networks_free(networks->hns, networks->hns_count);
    network_notes_free(&networks->notes);
    *networks = (known_networks){0};
}

/* By its id; one that is being made, or whose maker died, by its name. */
static network_note *note_of(const network_notes *notes, const hns_network *hns)
{
    for (size_t i = 0; i < notes->list.count; i++) {
        network_note *note = network_notes_at(notes, i);

        if ((*note->id && text_equal_ignore_case(note->id, hns->id)) ||
            (note->making && text_equal_ignore_case(note->hns_name, hns->name)))
            return note;
    }
    return NULL;
}

static bool is_shown(const known_networks *networks, const network_note *note)
{
    for (size_t i = 0; i < networks->count; i++)
        if (networks->items[i].note == note ||
            text_equal_ignore_case(networks->items[i].name, note->name))
            return true;
    return false;
}

static void add_hns(known_networks *networks)
{
    for (size_t i = 0; i < networks->hns_count; i++) {
        const hns_network *hns = &networks->hns[i];
        network_note *note = note_of(&networks->notes, hns);

        networks->items[networks->count++] =
            (known_network){hns->id, note ? note->name : hns->name, hns->type, hns, note};
    }
}

/* Others than nat do not vanish by themselves: somebody has removed them. */
static void add_forgotten(known_networks *networks)
{
    for (size_t i = 0; i < networks->notes.list.count; i++) {
        network_note *note = network_notes_at(&networks->notes, i);

        if (*note->id && text_equal(note->driver, "nat") && !is_shown(networks, note))
            networks->items[networks->count++] =
                (known_network){note->id, note->name, note->driver, NULL, note};
    }
}

static int by_name(const void *a, const void *b)
{
    return strcmp(((const known_network *)a)->name, ((const known_network *)b)->name);
}

wcow_status known_networks_read(wcow_host *host, hcs_port *hcs, known_networks *out,
                                wcow_error *err)
{
    static const known_network none = {"00000000-0000-0000-0000-000000000000", "none", "null", NULL,
                                       NULL};
    cleanup_known_networks known_networks networks = {0};
    wcow_status status = hns_networks(hcs, &networks.hns, &networks.hns_count, err);

    if (!status)
        status = network_notes_read(host, &networks.notes, err);
    if (status)
        return status;
    networks.items =
        calloc(networks.hns_count + networks.notes.list.count + 1, sizeof(*networks.items));
    if (!networks.items)
        return error_no_memory(err);
    add_hns(&networks);
    add_forgotten(&networks);
    networks.items[networks.count++] = none;
    qsort(networks.items, networks.count, sizeof(*networks.items), by_name);
    *out = networks;
    networks = (known_networks){0};
    return WCOW_OK;
}

/* ---- finding ---- */

static bool has_id(const known_network *network, const char *reference)
{
    return text_equal_ignore_case(network->id, reference);
}

static bool has_name(const known_network *network, const char *reference)
{
    return text_equal_ignore_case(network->name, reference);
}

static bool has_prefix(const known_network *network, const char *reference)
{
    return hns_id_begins(network->id, reference);
}

wcow_status known_networks_find(const known_networks *networks, const char *reference,
                                const known_network **out, wcow_error *err)
{
    static const struct {
        bool (*fits)(const known_network *network, const char *reference);
        const char *what;
    } ways[] = {{has_id, "ID"}, {has_name, "name"}, {has_prefix, "ID prefix"}};

    for (size_t way = 0; way < sizeof(ways) / sizeof(ways[0]); way++) {
        const known_network *found = NULL;
        size_t matches = 0;

        for (size_t i = 0; i < networks->count; i++) {
            if (ways[way].fits(&networks->items[i], reference)) {
                found = &networks->items[i];
                matches++;
            }
        }
        if (matches > 1)
            return error_set(err, WCOW_CONFLICT,
                             "network %s is ambiguous (%zu matches found on %s)", reference,
                             matches, ways[way].what);
        if (matches == 1) {
            *out = found;
            return WCOW_OK;
        }
    }
    return error_set(err, WCOW_NOT_FOUND, "network %s not found", reference);
}

bool known_network_has(const known_network *network, const hns_endpoint *endpoint)
{
    return network->hns && text_equal_ignore_case(network->hns->id, endpoint->network_id);
}

void known_network_event(wcow_host *host, const char *action, const char *id, const char *name,
                         const char *driver)
{
    const event_attribute attributes[] = {{"name", name}, {"type", driver}};

    event_note(host, "network", action, id, attributes, 2);
}

/* ---- using ---- */

void network_use_free(network_use *use)
{
    hns_network_free(&use->network);
    free(use->name);
    string_list_free(&use->options);
    *use = (network_use){.network = HNS_NETWORK_INIT};
}

static wcow_status take(known_networks *networks, const known_network *found, network_use *out,
                        wcow_error *err)
{
    cleanup_network_use network_use use = {.network = HNS_NETWORK_INIT};
    hns_network *hns = &networks->hns[found->hns - networks->hns];

    use.name = text_copy(found->name);
    if (!use.name)
        return error_no_memory(err);
    for (size_t i = 0; found->note && i < found->note->options.count; i++)
        if (!string_list_add(&use.options, found->note->options.items[i]))
            return error_no_memory(err);
    use.network = *hns;
    *hns = (hns_network)HNS_NETWORK_INIT;
    *out = use;
    use = (network_use){.network = HNS_NETWORK_INIT};
    return WCOW_OK;
}

static wcow_status make_anew(wcow_host *host, hcs_port *hcs, known_networks *networks,
                             network_note *note, wcow_error *err)
{
    wcow_status status = network_make(host, hcs, &networks->notes, note, err);

    if (!status)
        return WCOW_OK;
    if (!note->making)
        ignore(network_notes_write(host, &networks->notes, NULL));
    return error_wrap(err, status, "cannot make the network '%s' anew, which Windows has forgotten",
                      note->name);
}

/* Under the lock: of several containers that start after a restart one makes it. Its id is another
 * one afterwards, its name is not. */
static wcow_status restore(wcow_host *host, hcs_port *hcs, const char *reference, char **name,
                           wcow_error *err)
{
    cleanup_lock store_lock lock = STORE_LOCK_INIT;
    cleanup_known_networks known_networks networks = {0};
    const known_network *found = NULL;
    wcow_status status = network_notes_lock(host, &lock, err);

    if (!status)
        status = known_networks_read(host, hcs, &networks, err);
    if (!status)
        status = known_networks_find(&networks, reference, &found, err);
    if (!status && !text_replace(name, found->name))
        status = error_no_memory(err);
    if (status || found->hns || !found->note)
        return status;
    return make_anew(host, hcs, &networks, found->note, err);
}

static wcow_status find(wcow_host *host, hcs_port *hcs, const char *reference, network_use *out,
                        bool *forgotten, wcow_error *err)
{
    cleanup_known_networks known_networks networks = {0};
    const known_network *found = NULL;
    wcow_status status = known_networks_read(host, hcs, &networks, err);

    if (status)
        return error_wrap(err, status, "cannot find the network '%s'", reference);
    status = known_networks_find(&networks, reference, &found, err);
    if (status)
        return status;
    *forgotten = !found->hns && found->note;
    if (found->hns)
        return take(&networks, found, out, err);
    return *forgotten ? error_set(err, WCOW_NOT_FOUND, "network %s not found", reference)
                      : error_set(err, WCOW_INVALID, "network %s connects to nothing", reference);
}

static wcow_status use_default(hcs_port *hcs, network_use *out, wcow_error *err)
{
    cleanup_network_use network_use use = {.network = HNS_NETWORK_INIT};
    wcow_status status;

    use.name = text_copy("nat");
    status = use.name ? hns_network_default(hcs, &use.network, err) : error_no_memory(err);
    if (status)
        return status;
    *out = use;
    use = (network_use){.network = HNS_NETWORK_INIT};
    return WCOW_OK;
}

wcow_status network_use_find(wcow_host *host, hcs_port *hcs, const char *reference,
                             network_use *out, wcow_error *err)
{
    cleanup_free char *name = NULL;
    bool forgotten = false;
    wcow_error problem = WCOW_ERROR_INIT;
    wcow_status status;

    if (!reference || text_equal_ignore_case(reference, "nat") ||
        text_equal_ignore_case(reference, "default"))
        return use_default(hcs, out, err);
    status = find(host, hcs, reference, out, &forgotten, &problem);
    if (forgotten) {
        status = restore(host, hcs, reference, &name, &problem);
        if (!status)
            status = find(host, hcs, name, out, &forgotten, &problem);
    }
    return error_pass(err, status, &problem);
}
