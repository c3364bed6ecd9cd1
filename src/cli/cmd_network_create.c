/* SPDX-License-Identifier: MIT */
/* wcow network create. */
#include <wcow/network.h>

#include "base/error.h"
#include "base/text.h"
#include "cli/all.h"

struct create {
    const char *driver;
    bool internal, attachable, ipv4;
    string_list subnets, gateways, auxiliary, options, labels;
};

#define TEXT(member, name, value, help)                                                            \
    {                                                                                              \
        0, name, OPTION_STRING, offsetof(struct create, member), value, help                       \
    }
#define LIST(member, name, value, help)                                                            \
    {                                                                                              \
        0, name, OPTION_LIST, offsetof(struct create, member), value, help                         \
    }
#define FLAG(member, name, help)                                                                   \
    {                                                                                              \
        0, name, OPTION_FLAG, offsetof(struct create, member), NULL, help                          \
    }

static const struct option options[] = {
    {'d', "driver", OPTION_STRING, offsetof(struct create, driver), "string",
     "Kind of network: nat (the default), transparent, l2bridge, l2tunnel, internal, private, ics"},
    {'o', "opt", OPTION_LIST, offsetof(struct create, options), "map",
     "Set driver specific options: com.docker.network.windowsshim.… (see below)"},
    FLAG(attachable, "attachable", "Noted, and without effect: all networks here are"),
    LIST(auxiliary, "aux-address", "map", "Addresses to be noted; HNS does not keep them free"),
    LIST(gateways, "gateway", "ip", "Gateway of a subnet"),
    FLAG(internal, "internal", "Noted; -d internal or private is what keeps containers inside"),
    FLAG(ipv4, "ipv4", "Taken for Docker's sake: it is always on"),
    LIST(labels, "label", "list", "Set metadata on a network"),
    LIST(subnets, "subnet", "strings", "Subnet, as 172.30.0.0/16"),
    {0},
};

static wcow_status check_pairs(const string_list *labels, wcow_error *err)
{
    for (size_t i = 0; i < labels->count; i++)
        if (!*labels->items[i] || *labels->items[i] == '=')
            return error_set(err, WCOW_INVALID, "invalid label '%s': it has no name",
                             labels->items[i]);
    return WCOW_OK;
}

/* What is noted only, and would surprise. */
static void warn(const struct session *session, const struct create *create)
{
    if (create->internal && (!create->driver || text_equal(create->driver, "nat")))
        session_warning(session, "--internal does not keep the containers of a nat network from "
                                 "the outside: use -d internal");
}

static const char *const *list_of(const string_list *list)
{
    return (const char *const *)list->items;
}

static wcow_status run(struct session *session, void *values, wcow_error *err)
{
    const struct create *create = values;
    wcow_network_spec spec = WCOW_NETWORK_SPEC_INIT;
    cleanup_wcow char *id = NULL;
    wcow_host *host = NULL;
    wcow_status status = check_pairs(&create->labels, err);

    if (!status)
        status = session_host(session, &host, err);
    spec.name = session->arguments[0];
    spec.driver = create->driver && *create->driver ? create->driver : NULL;
    spec.subnets = list_of(&create->subnets);
    spec.gateways = list_of(&create->gateways);
    spec.auxiliary = list_of(&create->auxiliary);
    spec.options = list_of(&create->options);
    spec.labels = list_of(&create->labels);
    spec.internal = create->internal;
    spec.attachable = create->attachable;
    if (!status)
        status = wcow_network_create(host, &spec, &id, err);
    if (status)
        return status;
    warn(session, create);
    fprintf(session->out, "%s\n", id);
    return WCOW_OK;
}

const struct command cmd_network_create = {
    .name = "network create",
    .section = SECTION_OTHER,
    .summary = "Create a network",
    .arguments = "NETWORK",
    .notes = "The options are those of Docker on Windows, each after "
             "com.docker.network.windowsshim.: "
             "interface=ADAPTER of the host, vlanid=NUMBER, vsid=NUMBER, dnsservers=IP,IP, "
             "dnssuffix=DOMAIN, macpool=FIRST,LAST, networkname=NAME in HNS, "
             "enable_outboundnat=true, outboundnat_exceptions=SUBNET,SUBNET, "
             "disable_gatewaydns=true. disable_dns, disableicc, routingdomain and sourcemac are "
             "noted, and do nothing, as in Docker. Windows forgets nat networks when it restarts; "
             "wcow makes its own anew when a container uses them.",
    .options = options,
    .size = sizeof(struct create),
    .minimum = 1,
    .maximum = 1,
    .run = run,
};
