/* SPDX-License-Identifier: MIT */
/* network create: the note, the network, the note's id. */
#include <stdlib.h>

#include <wcow/network.h>

#include "base/error.h"
#include "base/ipv4.h"
#include "base/options.h"
#include "base/text.h"
#include "engine/network/known_networks.h"
#include "engine/network/network_making.h"
#include "engine/network/network_spec.h"
#include "port/clock.h"

/* Server 2016: WinNAT has one prefix for all nat networks there. */
#define BUILD_OF_ONE_NAT 14393

static wcow_status check_free(const known_networks *networks, const network_note *note,
                              wcow_error *err)
{
    for (size_t i = 0; i < networks->count; i++) {
        const known_network *other = &networks->items[i];

        if (text_equal_ignore_case(other->name, note->name) ||
            (other->hns && text_equal_ignore_case(other->hns->name, note->hns_name)))
            return error_set(err, WCOW_ALREADY_EXISTS, "network with name %s already exists",
                             note->name);
    }
    return WCOW_OK;
}

static wcow_status check_subnet(const char *printed, const known_network *other, wcow_error *err)
{
    ipv4_prefix wanted, taken;

    if (!ipv4_parse_prefix(printed, &wanted))
        return WCOW_OK;
    for (size_t i = 0; i < other->hns->subnet_count; i++) {
        const char *prefix = other->hns->subnets[i].prefix;

        if (ipv4_parse_prefix(prefix, &taken) && taken.length && ipv4_overlap(&wanted, &taken))
            return error_set(err, WCOW_CONFLICT, "subnet %s overlaps that of the network '%s' (%s)",
                             printed, other->name, prefix);
    }
    return WCOW_OK;
}

/* HNS says no more than "The object already exists" of two nat networks with one subnet. */
static wcow_status check_subnets(const known_networks *networks, const network_note *note,
                                 wcow_error *err)
{
    const subnet_note *subnets = note->subnets.items;
    wcow_status status = WCOW_OK;

    if (!text_equal(note->driver, "nat"))
        return WCOW_OK;
    for (size_t i = 0; i < networks->count && !status; i++) {
        const known_network *other = &networks->items[i];

        if (!other->hns || !text_equal(other->driver, "nat"))
            continue;
        for (size_t k = 0; k < note->subnets.count && !status; k++)
            status = check_subnet(subnets[k].prefix, other, err);
    }
    return status;
}

/* Debris of a crash, of this name, makes room. */
static wcow_status put_note(network_notes *notes, network_note *note, network_note **out,
                            wcow_error *err)
{
    network_note *old = network_notes_by_name(notes, note->name);
    wcow_status status;

    if (old)
        network_notes_drop(notes, old);
    status = network_notes_add(notes, note, err);
    if (!status)
        *out = network_notes_at(notes, notes->list.count - 1);
    return status;
}

/* What HNS leaves unsaid; seen by users (moby 29207, for-win 4354). */
static void advise(const wcow_host *host, const known_networks *networks, const network_note *note,
                   wcow_error *err)
{
    if (!err || !text_equal(note->driver, "nat"))
        return;
    if (err->hresult == HR_FILE_NOT_FOUND)
        error_hint(err, "Windows cannot make another nat network until it has been restarted");
    for (size_t i = 0; i < networks->count && host->version.build <= BUILD_OF_ONE_NAT; i++)
        if (networks->items[i].hns && text_equal(networks->items[i].driver, "nat"))
            error_hint(err,
                       "this Windows has one NAT prefix for all nat networks: a subnet must lie in "
                       "that of '%s' (Get-NetNat)",
                       networks->items[i].name);
}

static wcow_status make(wcow_host *host, hcs_port *hcs, known_networks *networks,
                        network_note *note, char **id, wcow_error *err)
{
    wcow_status status = network_make(host, hcs, &networks->notes, note, err);
    char *copy;

    if (status) {
        advise(host, networks, note, err);
        if (!note->making) { /* only what is certainly not there loses its note */
            network_notes_drop(&networks->notes, note);
            ignore(network_notes_write(host, &networks->notes, NULL));
        }
        return status;
    }
    known_network_event(host, "create", note->id, note->name, note->driver);
    copy = text_copy(note->id);
    if (!copy)
        return error_no_memory(err);
    *id = copy;
    return WCOW_OK;
}

static wcow_status create(wcow_host *host, network_note *note, char **id, wcow_error *err)
{
    cleanup_lock store_lock lock = STORE_LOCK_INIT;
    cleanup_known_networks known_networks networks = {0};
    network_note *kept = NULL;
    hcs_port *hcs;
    wcow_status status = host_hcs(host, &hcs, err);

    if (!status)
        status = network_notes_lock(host, &lock, err);
    if (!status)
        status = known_networks_read(host, hcs, &networks, err);
    if (!status)
        status = check_free(&networks, note, err);
    if (!status)
        status = check_subnets(&networks, note, err);
    if (!status)
        status = put_note(&networks.notes, note, &kept, err);
    return status ? status : make(host, hcs, &networks, kept, id, err);
}

wcow_status wcow_network_create(wcow_host *host, const wcow_network_spec *spec, char **id,
                                wcow_error *err)
{
    cleanup_network_note network_note note = {0};
    wcow_network_spec wish = WCOW_NETWORK_SPEC_INIT;
    wcow_status status = options_copy(&wish, sizeof wish, spec, "wcow_network_spec", err);

    if (!status)
        status = network_spec_check(&wish, &note, err);
    if (status)
        return status;
    note.created = clock_now();
    status = create(host, &note, id, err);
    return status ? error_wrap(err, status, "cannot create the network '%s'", wish.name) : WCOW_OK;
}
