/* SPDX-License-Identifier: MIT */
/** The simulated Host Network Service: what systems ask of it, and what its files share. */
#ifndef HCSSIM_ENGINE_HNS_H
#define HCSSIM_ENGINE_HNS_H

#include "engine.h"

/** `shared`: the container whose network it joins, or NULL. */
int32_t hns_attach(sim *s, const char *id, const char *container, const char *shared, refusal *why);
void hns_detach(sim *s, const char *id, const char *container);
sim_handler call_hns;

/* The two texts that clients of the field compare with, to the last blank (facts §7.1). */
#define HNS_TEXT_NO_OBJECT   "The object identifier does not represent a valid object. "
#define HNS_TEXT_NO_ELEMENT  "Element not found. "
#define HNS_TEXT_UNSUPPORTED "The specified request is unsupported. "

/* Facts §7.8. */
#define HNS_NOT_FOUND            0x80070490u
#define HNS_UNSPECIFIED          0x80004005u
#define HNS_INVALID_PARAMETER    0x80070057u
#define HNS_NO_ADAPTER           0x803B0006u
#define HNS_NO_NETWORK           0x803B0001u
#define HNS_NO_ENDPOINT          0x803B0002u
#define HNS_INVALID_NETWORK      0x803B000Au
#define HNS_INVALID_NETWORK_TYPE 0x803B000Bu
#define HNS_INVALID_POLICY       0x803B000Du
#define HNS_NETWORK_EXISTS       0x803B0010u
#define HNS_PORT_EXISTS          0x803B0013u
#define HNS_UNSUPPORTED          0x803B0015u
#define HNS_INVALID_JSON         0x803B001Bu
#define HNS_INVALID_IP           0x803B001Eu
#define HNS_IN_NAMESPACE         0x803B002Bu
#define HNS_REFERENCES           0x803B002Cu
#define HNS_ADDRESS_RESERVED     0x803B002Fu
#define HNS_INVALID_PREFIX       0x803B0030u

struct prefix;

typedef struct hns_request {
    sim *sim;
    const cJSON *body;
    char id[64];
    cJSON *output;
    const char *error;
    uint32_t code;
} hns_request;

/** Ends a request with an error; returns false. */
bool hns_fail(hns_request *r, uint32_t code, const char *message);
/** By ID, without regard to case. */
cJSON *hns_find(cJSON *list, const char *id);
const char *hns_text(const cJSON *object, const char *name, const char *otherwise);
void hns_remove(cJSON *list, cJSON *item);
void hns_set_text(cJSON *object, const char *name, const char *value);
void hns_set_whole(cJSON *object, const char *name, uint32_t value);

/** The output of a request: a copy. Returns true. */
bool hns_put_out(hns_request *r, const cJSON *value);

/* What the routes of a noun answer: true, or false after hns_fail(). */
typedef bool hns_answer(hns_request *r);

/* hns_networks.c */
hns_answer answer_network_list, answer_network_get, answer_network_post, answer_network_delete;
/** NULL if it has none. */
const cJSON *hns_first_subnet(const cJSON *network);
/** Of the first subnet; false if that is open. */
bool hns_network_prefix(const cJSON *network, struct prefix *out);

/* hns_endpoints.c */
hns_answer answer_endpoint_list, answer_endpoint_get, answer_endpoint_post, answer_endpoint_update;
hns_answer answer_endpoint_delete, answer_endpoint_attach, answer_endpoint_detach,
    answer_endpoint_statistics;

/* hns_namespaces.c */
hns_answer answer_namespace_list, answer_namespace_get, answer_namespace_post,
    answer_namespace_delete, answer_namespace_add, answer_namespace_take;
/** A new one, empty, in the list. */
cJSON *hns_namespace_new(sim *s, const char *id);
/** Puts an endpoint into the namespace of the request, or takes it out. */
bool hns_namespace_change(hns_request *r, const char *endpoint, bool add);
/** That an endpoint is in; NULL: none. */
const cJSON *hns_namespace_of(const sim *s, const char *endpoint);
/** An endpoint is no more. */
void hns_namespaces_forget(sim *s, const char *endpoint);
bool hns_has_namespace(sim *s, const char *id);
/** A container that names it starts, or has ended. */
int32_t hns_namespace_enter(sim *s, const char *id, const char *container, refusal *why);
void hns_namespace_leave(sim *s, const char *id, const char *container);

#endif
