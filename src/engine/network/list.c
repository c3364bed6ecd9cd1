/* SPDX-License-Identifier: MIT */
/* network ls. */
#include <stddef.h>
#include <string.h>

#include <wcow/network.h>

#include "base/error.h"
#include "base/rows.h"
#include "engine/network/known_networks.h"
#include "engine/network/network_spec.h"

#define SECOND INT64_C(1000000000)

/* The texts of a row, in the order of add_row(). */
static const size_t texts[] = {
    offsetof(wcow_network_info, id),     offsetof(wcow_network_info, name),
    offsetof(wcow_network_info, driver), offsetof(wcow_network_info, scope),
    offsetof(wcow_network_info, labels),
};

typedef struct endpoints {
    hns_endpoint *items;
    size_t count;
} endpoints;

static size_t count_on(const known_network *network, const endpoints *all)
{
    size_t count = 0;

    for (size_t i = 0; i < all->count; i++)
        count += known_network_has(network, &all->items[i]);
    return count;
}

static void add_row(row_builder *b, const known_network *network, const endpoints *all)
{
    const network_note *note = network->note;
    const wcow_network_info row = {
        .created = note ? note->created / SECOND : 0,
        .internal = note && note->internal,
        .predefined = network_is_predefined(network->name),
        .ours = note != NULL,
        .endpoint_count = count_on(network, all),
    };

    rows_add(b, &row);
    rows_add_text(b, network->id);
    rows_add_text(b, network->name);
    rows_add_text(b, network->driver);
    rows_add_text(b, "local");
    rows_begin_text(b);
    for (size_t i = 0; note && i < note->labels.count; i++)
        text_add_bytes(&b->texts, note->labels.items[i], strlen(note->labels.items[i]) + 1);
    text_add_bytes(&b->texts, "", 1);
}

static wcow_status list(const known_networks *networks, const endpoints *all,
                        wcow_network_info **out, size_t *count, wcow_error *err)
{
    cleanup_rows row_builder b = {.row_size = sizeof(wcow_network_info),
                                  .members = texts,
                                  .member_count = sizeof(texts) / sizeof(texts[0])};
    wcow_network_info *block;

    for (size_t i = 0; i < networks->count; i++)
        add_row(&b, &networks->items[i], all);
    block = rows_take(&b);
    if (!block)
        return error_no_memory(err);
    *out = block;
    *count = networks->count;
    return WCOW_OK;
}

wcow_status wcow_network_list(wcow_host *host, wcow_network_info **out, size_t *count,
                              wcow_error *err)
{
    cleanup_known_networks known_networks networks = {0};
    endpoints all = {NULL, 0};
    hcs_port *hcs;
    wcow_status status = host_hcs(host, &hcs, err);

    if (!status)
        status = known_networks_read(host, hcs, &networks, err);
    if (!status)
        status = hns_endpoints(hcs, &all.items, &all.count, err);
    if (!status)
        status = list(&networks, &all, out, count, err);
    hns_endpoints_free(all.items, all.count);
    return status ? error_wrap(err, status, "cannot list the networks") : WCOW_OK;
}
