/* SPDX-License-Identifier: MIT */
/** Networks of wcow's and of other programs' on the simulated host. */
#ifndef TESTS_UNIT_ENGINE_NETWORK_NETWORKS_H
#define TESTS_UNIT_ENGINE_NETWORK_NETWORKS_H

#include "tests/unit/engine/fixture.h"

/** 172.40.0.0/16 alone. */
extern const char *const subnet_40[];

/** Of a test: its state is a fixture. */
int set_up(void **state);
int tear_down(void **state);

/** One call of another program's; its "Output". */
cJSON *hns(fixture *f, const char *method, const char *path, const char *body);

size_t networks_in_hns(fixture *f);

/** The id in an "Output", which is freed. */
char *made_id(cJSON *made);

/** The network goes from HNS, behind wcow's back. */
void forget_in_hns(fixture *f, const char *id);

/** Makes a network; its id. */
char *create_network(fixture *f, const char *name, const char *const *subnets);

cJSON *inspect_network(fixture *f, const char *reference);

/** A container "busy" that is to use the network. */
wcow_container *create_on(fixture *f, const char *network);

/** The notes of the networks are this. */
void write_notes(fixture *f, const char *json);

#endif
