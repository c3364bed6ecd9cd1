/* SPDX-License-Identifier: MIT */
/** The Host Compute Network, computenetwork.dll: version 2 of what hns.h keeps. */
#ifndef HCSSIM_ENGINE_HCN_H
#define HCSSIM_ENGINE_HCN_H

#include "hns.h"

/* The calls on a noun, as rows of the table of handlers. */
#define HCN_HANDLERS(noun, nouns)                                                                  \
    {"HcnEnumerate" #nouns, hcn_enumerate_##noun}, {"HcnCreate" #noun, hcn_create_##noun},         \
        {"HcnOpen" #noun, hcn_open_##noun}, {"HcnModify" #noun, hcn_modify_##noun},                \
        {"HcnQuery" #noun "Properties", hcn_query_##noun}, {"HcnDelete" #noun, hcn_delete_##noun}, \
    {                                                                                              \
        "HcnClose" #noun, hcn_close_##noun                                                         \
    }

#define HCN_DECLARE(noun)                                                                          \
    sim_handler hcn_enumerate_##noun, hcn_create_##noun, hcn_open_##noun, hcn_modify_##noun,       \
        hcn_query_##noun, hcn_delete_##noun, hcn_close_##noun

HCN_DECLARE(Network);
HCN_DECLARE(Namespace);
HCN_DECLARE(Endpoint);

/* hcn_shapes.c: as version 2 shows it, and what version 1 would have been asked; fresh, never NULL.
 */
cJSON *hcn_show_network(const sim *s, const cJSON *network);
cJSON *hcn_show_namespace(const sim *s, const cJSON *space);
cJSON *hcn_show_endpoint(const sim *s, const cJSON *endpoint);
cJSON *hcn_wanted_network(const cJSON *settings);
cJSON *hcn_wanted_endpoint(const cJSON *settings, const char *network);

#endif
