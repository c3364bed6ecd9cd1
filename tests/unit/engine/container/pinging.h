/* SPDX-License-Identifier: MIT */
/** Containers that run until they are told to end ("ping"), of either schema. */
#ifndef TESTS_UNIT_ENGINE_CONTAINER_PINGING_H
#define TESTS_UNIT_ENGINE_CONTAINER_PINGING_H

#include "tests/unit/engine/fixture.h"

/** What one is made of. */
wcow_container_spec pinging_spec(const char *name, int schema);
/** One of that name, which is not started. */
wcow_container *pinging_new(fixture *f, const char *name, int schema);
void pinging_start(fixture *f, wcow_container *container);
/** Removes and frees it, whether it runs or not. */
void pinging_end(fixture *f, wcow_container *container);

/** How many network namespaces there are on the host. */
size_t count_namespaces(fixture *f);

#endif
