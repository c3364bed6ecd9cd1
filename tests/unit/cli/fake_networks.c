/* SPDX-License-Identifier: MIT */
/* What the scripted library says about networks. */
#include "tests/unit/cli/fake_wcow.h"

#include <stdlib.h>
#include <string.h>

#include "base/error.h"

static void add_list(const char *name, const char *const *list)
{
    for (; list && *list; list++)
        text_addf(&fake.calls, " %s=%s", name, *list);
}

wcow_status wcow_network_create(wcow_host *host, const wcow_network_spec *spec, char **id,
                                wcow_error *err)
{
    wcow_status status;

    (void)host;
    text_addf(&fake.calls, "network create %s driver=%s%s%s", spec->name,
              spec->driver ? spec->driver : "-", spec->internal ? " internal" : "",
              spec->attachable ? " attachable" : "");
    add_list("subnet", spec->subnets);
    add_list("gateway", spec->gateways);
    add_list("range", spec->ip_ranges);
    add_list("aux", spec->auxiliary);
    add_list("option", spec->options);
    add_list("label", spec->labels);
    text_add(&fake.calls, "\n");
    status = fake_note(err, "network made");
    if (status)
        return status;
    *id = strdup("0123abcd-0000-0000-0000-000000000001");
    return *id ? WCOW_OK : error_no_memory(err);
}

/* In one block, as the library does. */
wcow_status wcow_network_list(wcow_host *host, wcow_network_info **out, size_t *count,
                              wcow_error *err)
{
    static const wcow_network_info infos[] = {
        {"11111111-2222-3333-4444-555555555555", "back", "l2bridge", "local", "a=1\0b=\0", 86400,
         true, false, true, 0},
        {"0123abcd-0000-0000-0000-000000000001", "nat", "nat", "local", "", 0, false, true, false,
         2},
        {"00000000-0000-0000-0000-000000000000", "none", "null", "local", "", 0, false, true, false,
         0},
    };
    wcow_status status = fake_note(err, "network ls");

    (void)host;
    if (status)
        return status;
    *out = malloc(sizeof(infos));
    if (!*out)
        return error_no_memory(err);
    memcpy(*out, infos, sizeof(infos));
    *count = sizeof(infos) / sizeof(infos[0]);
    return WCOW_OK;
}

wcow_status wcow_network_inspect(wcow_host *host, const char *reference, char **json,
                                 wcow_error *err)
{
    (void)host;
    text_addf(&fake.calls, "network inspect %s\n", reference);
    if (!fake.network)
        return error_set(err, WCOW_NOT_FOUND, "network %s not found", reference);
    *json = strdup(fake.network);
    return *json ? WCOW_OK : error_no_memory(err);
}

wcow_status wcow_network_remove(wcow_host *host, const char *reference, wcow_error *err)
{
    (void)host;
    text_addf(&fake.calls, "network rm %s\n", reference);
    if (text_starts_with(reference, "no-"))
        return error_set(err, WCOW_NOT_FOUND, "network %s not found", reference);
    if (text_starts_with(reference, "used-"))
        return error_set(err, WCOW_CONFLICT, "network %s has active endpoints", reference);
    return WCOW_OK;
}

wcow_status wcow_network_prune(wcow_host *host, const wcow_network_prune_options *options,
                               wcow_error *err)
{
    (void)host;
    text_addf(&fake.calls, "network prune%s", options->until ? " until" : "");
    add_list("label", options->labels);
    add_list("without", options->without);
    text_add(&fake.calls, "\n");
    options->removed(options->context, "back");
    options->removed(options->context, "front");
    return fake_note(err, "network pruned");
}
