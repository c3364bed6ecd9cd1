/* SPDX-License-Identifier: MIT */
/* The network namespaces of port/hcs.h over the engine, in the same process. */
#include "exchange.h"

static int32_t take_object(exchange *e, const guid *id, hcn_namespace **out, char **result)
{
    char printed[GUID_TEXT_SIZE];
    void *made;
    int32_t hr;

    guid_print(id, printed);
    json_add_text(e->request, "id", printed);
    hr = exchange_carry_out(e);
    made = exchange_take_handle(e, "object");
    if (made)
        *out = made;
    return exchange_end(e, hr, result);
}

int32_t fake_create_namespace(hcs_port *port, const guid *id, const char *settings,
                              hcn_namespace **out, char **result)
{
    exchange e = exchange_begin(port, "HcnCreateNamespace");

    json_add_text(e.request, "settings", settings);
    return take_object(&e, id, out, result);
}

int32_t fake_open_namespace(hcs_port *port, const guid *id, hcn_namespace **out, char **result)
{
    exchange e = exchange_begin(port, "HcnOpenNamespace");

    return take_object(&e, id, out, result);
}

int32_t fake_close_namespace(hcs_port *port, hcn_namespace *space)
{
    return exchange_plainly(
        port,
        &(plain_call){.name = "HcnCloseNamespace", .handle_member = "object", .handle = space});
}

int32_t fake_modify_namespace(hcs_port *port, hcn_namespace *space, const char *settings,
                              char **result)
{
    return exchange_plainly(port, &(plain_call){.name = "HcnModifyNamespace",
                                                .handle_member = "object",
                                                .handle = space,
                                                .text_member = "settings",
                                                .content = settings,
                                                .result = result});
}

int32_t fake_query_namespace(hcs_port *port, hcn_namespace *space, const char *query,
                             char **properties, char **result)
{
    return exchange_plainly(port, &(plain_call){.name = "HcnQueryNamespaceProperties",
                                                .handle_member = "object",
                                                .handle = space,
                                                .text_member = "query",
                                                .content = query,
                                                .out_member = "properties",
                                                .out = properties,
                                                .result = result});
}

int32_t fake_enumerate_namespaces(hcs_port *port, const char *query, char **namespaces,
                                  char **result)
{
    return exchange_plainly(port, &(plain_call){.name = "HcnEnumerateNamespaces",
                                                .text_member = "query",
                                                .content = query,
                                                .out_member = "objects",
                                                .out = namespaces,
                                                .result = result});
}
