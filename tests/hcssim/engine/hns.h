/* SPDX-License-Identifier: MIT */
/** The simulated Host Network Service: what systems ask of it, and what its two files share. */
#ifndef HCSSIM_ENGINE_HNS_H
#define HCSSIM_ENGINE_HNS_H

#include "engine.h"

/** `shared`: the container whose network it joins, or NULL. */
int32_t hns_attach(sim *s, const char *id, const char *container, const char *shared, refusal *why);
void hns_detach(sim *s, const char *id, const char *container);
bool hns_has_namespace(sim *s, const char *id);
sim_handler call_hns;

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

/* addresses.c: what the service chooses for itself */
bool hns_network_fill(hns_request *r, cJSON *network);
bool hns_endpoint_fill(hns_request *r, cJSON *endpoint, const cJSON *network);
/** Port mappings: chosen where open, refused where taken. `self` may be NULL. */
bool hns_policies_fill(hns_request *r, cJSON *policies, const cJSON *self);

#endif
