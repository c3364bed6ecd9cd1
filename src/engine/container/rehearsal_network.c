/* SPDX-License-Identifier: MIT */
/* Networks and endpoints of a host that is not there. */
#include "engine/container/rehearsal_network.h"

#include <string.h>

#include "base/text.h"
#include "network/hns.h"
#include "network/network.h"

/*
 * The host's own networks where the service can be asked, which touches nothing; else those that
 * the container is to be on. The default one is always there: a run would make it.
 */
static bool add_network(cJSON *networks, const char *id, const char *name)
{
    cJSON *item = cJSON_CreateObject();
    const cJSON *each;

    cJSON_ArrayForEach (each, networks) {
        if (text_equal_ignore_case(json_text(each, "Name", ""), name)) {
            cJSON_Delete(item);
            return true;
        }
    }
    return json_append(networks, item) && json_add_text(item, "ID", id) &&
           json_add_text(item, "Name", name) && json_add_text(item, "Type", "nat");
}

static cJSON *list_networks(const rehearsal_network *r)
{
    hcs_port *real = NULL;
    cJSON *networks = NULL;
    bool asked = !host_hcs(r->host, &real, NULL) &&
                 !hns_call(real, "GET", "/networks/", NULL, &networks, NULL);

    if (!cJSON_IsArray(networks)) {
        cJSON_Delete(networks);
        networks = cJSON_CreateArray();
    }
    for (size_t i = 0; !asked && i < r->networks->count; i++) {
        const char *name = attachment_name(&r->networks->items[i]);
        cleanup_free char *id = text_format("<network:%s>", name);

        if (!id || !add_network(networks, id, name))
            break;
    }
    (void)add_network(networks, "<network>", DEFAULT_NETWORK);
    return networks;
}

/* Each one more of a run's has a number, as its name has. */
static cJSON *make_endpoint(rehearsal_network *r, const char *body)
{
    cleanup_json cJSON *endpoint = NULL;
    cleanup_free char *id =
        r->endpoints++ ? text_format("<endpoint%zu>", r->endpoints) : text_copy("<endpoint>");

    if (json_parse(body, strlen(body), "the endpoint", &endpoint, NULL) || !id ||
        !json_add_text(endpoint, "ID", id))
        return NULL;
    return TAKE(endpoint);
}

cJSON *rehearsal_network_answer(rehearsal_network *r, const char *what, const char *body)
{
    if (text_equal(what, "GET /networks/"))
        return list_networks(r);
    if (text_equal(what, "POST /endpoints/"))
        return make_endpoint(r, body);
    return text_equal(what, "GET /endpoints/") ? cJSON_CreateArray() : cJSON_CreateObject();
}
